import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `RNN`, `GRU` and `LSTM`: a cell that is stepped along a sequence, in one direction or in both.
///
/// Inputs: X `[S, B, I]`, W `[D, G·H, I]`, R `[D, G·H, H]`, bias `[D, 2·G·H]`, sequence_lens `[B]`, initial_h
/// `[D, B, H]`; LSTM also initial_c `[D, B, H]` and P `[D, 3·H]`. Outputs: Y `[S, D, B, H]`, Y_h and (LSTM) Y_c
/// `[D, B, H]`. With `layout` 1 the batch axis comes first in X, Y and the states. S: steps, B: batch, I: input size,
/// H: hidden size, D: directions, G: gates.
struct Recurrent: Operator {
    /// What one step computes.
    enum Cell: Sendable {
        case rnn
        case gru(isLinearBeforeReset: Bool)
        /// - Parameter couplesForget: Whether the forget gate is 1 minus the input gate.
        case lstm(couplesForget: Bool)

        /// Blocks of H rows in W and R.
        var gateCount: Int {
            switch self {
            case .rnn: 1
            case .gru: 3
            case .lstm: 4
            }
        }

        var activations: [String] {
            switch self {
            case .rnn: ["Tanh"]
            case .gru: ["Sigmoid", "Tanh"]
            case .lstm: ["Sigmoid", "Tanh", "Tanh"]
            }
        }

        var isLSTM: Bool { if case .lstm = self { true } else { false } }
    }

    let cell: Cell
    /// One entry for each direction: whether it walks from the end.
    let isReverse: [Bool]
    /// For each direction the cell's activations.
    let activations: [[RecurrentActivation]]
    /// Bound of what goes into the activations; `nil` for none.
    let clip: Float?
    let isBatchFirst: Bool
    let hiddenSize: Int?
    private var packed: [RecurrentWeights]?

    static func rnn(_ node: Node) throws(InferError) -> any Operator { try Recurrent(node, .rnn) }

    static func gru(_ node: Node) throws(InferError) -> any Operator {
        try Recurrent(node, .gru(isLinearBeforeReset: node.bool("linear_before_reset", default: false)))
    }

    static func lstm(_ node: Node) throws(InferError) -> any Operator {
        try Recurrent(node, .lstm(couplesForget: node.bool("input_forget", default: false)))
    }

    private init(_ node: Node, _ cell: Cell) throws(InferError) {
        self.cell = cell
        let direction = try node.string("direction", default: "forward")
        switch direction.lowercased() {
        case "forward": isReverse = [false]
        case "reverse": isReverse = [true]
        case "bidirectional": isReverse = [false, true]
        default:
            throw InferError(
                .invalidArgument,
                "attribute 'direction' is '\(direction)', expected forward, reverse or bidirectional")
        }
        let names = try node.strings("activations") ?? isReverse.flatMap { _ in cell.activations }
        let perDirection = cell.activations.count
        guard names.count == perDirection * isReverse.count else {
            throw InferError(
                .invalidArgument,
                "attribute 'activations' has \(names.count) names, expected \(perDirection * isReverse.count)")
        }
        var parameters = RecurrentActivation.Parameters(
            alphas: try node.floats("activation_alpha")?[...] ?? [],
            betas: try node.floats("activation_beta")?[...] ?? [])
        var functions: [RecurrentActivation] = []
        for name in names { functions.append(try RecurrentActivation(name, &parameters)) }
        activations = isReverse.indices.map { Array(functions[$0 * perDirection..<($0 + 1) * perDirection]) }
        clip = try node.float("clip")
        if let clip, !(clip >= 0) { throw InferError(.invalidArgument, "attribute 'clip' is \(clip), less than 0") }
        isBatchFirst = try node.bool("layout", default: false)
        hiddenSize = try node.int("hidden_size")
        if let hiddenSize, hiddenSize < 1 {
            throw InferError(.invalidArgument, "attribute 'hidden_size' is \(hiddenSize), less than 1")
        }
    }

    var packedInputs: [Int] { packed == nil ? [] : [1, 2] }

    var memoryByteCount: Int { packed?.reduce(0) { $0 + $1.byteCount } ?? 0 }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        for index in [1, 2, 3, 5, 6, 7] where inputs.optional(index) != nil { try inputs.requireSameType(0, index) }
        if inputs.optional(4) != nil { try inputs.require(4, isOneOf: [.int32]) }
        if clip != nil && inputs.optional(7) != nil {
            // The specification does not say whether peepholes are added before or after; ONNX Runtime knows its way.
            throw InferError(.unsupported, "attribute 'clip' together with peepholes is not supported")
        }
        let extents = try RecurrentExtents(self, inputs)
        let states = TensorFact(inputs[0].dataType, extents.states(isBatchFirst))
        let sequence = TensorFact(inputs[0].dataType, extents.sequence(isBatchFirst))
        return cell.isLSTM ? [sequence, states, states] : [sequence, states]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard inputs[0].dataType == .fp32, let w = inputs[1].constant, let r = inputs[2].constant else { return self }
        let extents = try RecurrentExtents(self, inputs)
        var prepared = self
        prepared.packed = w.withElements(as: Float.self) { w in
            r.withElements(as: Float.self) { r in
                isReverse.indices.map { RecurrentWeights(cell, extents, w, r, direction: $0) }
            }
        }
        return prepared
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let run = RecurrentRun(self, try RecurrentExtents(self, inputs), packed)
        return Kernel(scratchByteCount: run.scratchByteCount) { (buffers) throws(InferError) in
            try run.callAsFunction(buffers)
        }
    }
}
