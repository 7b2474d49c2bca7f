import DunlinInference
import DunlinTensor

/// The sizes of a recurrent node, -1 where one is not known yet.
struct RecurrentExtents: Sendable {
    private(set) var steps = -1
    private(set) var batch = -1
    private(set) var input = -1
    private(set) var hidden: Int
    let directions: Int

    /// Finds the sizes in the inputs' shapes.
    ///
    /// - Throws: `.invalidArgument` where two inputs contradict each other or the attributes.
    init(_ node: Recurrent, _ facts: InputFacts) throws(InferError) {
        directions = node.isReverse.count
        hidden = node.hiddenSize ?? -1
        let gates = node.cell.gateCount
        try facts.require(0, rank: 3...3)
        try facts.require(1, rank: 3...3)
        try facts.require(2, rank: 3...3)
        if let x = facts[0].extents {
            (steps, batch, input) = node.isBatchFirst ? (x[1], x[0], x[2]) : (x[0], x[1], x[2])
        }
        if let r = facts[2].extents?[node.isQuantized ? 1 : 2], r >= 0 {
            try Self.join(&hidden, r, "input 2: hidden size")
        }
        // 8-bit weights are the other way round.
        let (rowAxis, columnAxis) = node.isQuantized ? (2, 1) : (1, 2)
        if hidden < 0, let r = facts[2].extents, r[rowAxis] >= 0 { hidden = r[rowAxis] / gates }
        if hidden < 0, let w = facts[1].extents, w[rowAxis] >= 0 { hidden = w[rowAxis] / gates }
        if let w = facts[1].extents, w[columnAxis] >= 0 { try Self.join(&input, w[columnAxis], "input 1: input size") }
        if let lengths = facts.optional(4)?.extents, lengths.count == 1 {
            try Self.join(&batch, lengths[0], "input 4: batch size")
        }
        // `hidden` may come from a file: its multiples must not overflow.
        guard hidden <= TensorFact.mostElements else {
            throw InferError(.invalidArgument, "the hidden size \(hidden) is more than \(TensorFact.mostElements)")
        }
        let rows = hidden < 0 ? -1 : gates * hidden
        try Self.check(facts, 1, node.isQuantized ? [directions, input, rows] : [directions, rows, input])
        try Self.check(facts, 2, node.isQuantized ? [directions, hidden, rows] : [directions, rows, hidden])
        try Self.check(facts, 3, [directions, rows < 0 ? -1 : 2 * rows])
        try Self.check(facts, 4, [batch])
        try Self.check(facts, 5, states(node.isBatchFirst))
        try Self.check(facts, 6, states(node.isBatchFirst))
        try Self.check(facts, 7, [directions, hidden < 0 ? -1 : 3 * hidden])
    }

    /// The shape of Y_h, Y_c and the initial states.
    func states(_ isBatchFirst: Bool) -> [Int] {
        isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    }

    /// The shape of Y.
    func sequence(_ isBatchFirst: Bool) -> [Int] {
        isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]
    }

    private static func join(_ known: inout Int, _ found: Int, _ what: String) throws(InferError) {
        guard known < 0 || found < 0 || known == found else {
            throw InferError(.invalidArgument, "\(what) is \(found), expected \(known)")
        }
        if known < 0 { known = found }
    }

    private static func check(_ facts: InputFacts, _ index: Int, _ expected: [Int]) throws(InferError) {
        guard let fact = facts.optional(index), let extents = fact.extents else { return }
        guard extents.count == expected.count, zip(extents, expected).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 })
        else {
            throw InferError(
                .invalidArgument, "input \(index) is \(fact), expected \(TensorFact(fact.dataType, expected))")
        }
    }
}
