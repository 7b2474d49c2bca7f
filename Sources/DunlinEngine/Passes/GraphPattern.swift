import DunlinInference
import DunlinKernels
import DunlinTensor

/// A graph with what a pass asks of it: who makes and uses each value, and what is known of it.
struct GraphPattern {
    let graph: Graph
    let makers: [Int: Int]
    let uses: [Int]
    let facts: [TensorFact?]
    /// The nodes that use each value, each once.
    private let users: [Int: [Int]]

    init(_ graph: Graph) throws(InferError) {
        self.graph = graph
        makers = graph.makers()
        uses = graph.useCounts()
        facts = try graph.facts(given: graph.inputFacts())
        var users: [Int: [Int]] = [:]
        for (index, node) in graph.nodes.enumerated() {
            for case let input? in node.inputs where users[input]?.last != index {
                users[input, default: []].append(index)
            }
        }
        self.users = users
    }

    /// The node that makes `value`.
    func node(_ value: Int?) -> GraphNode? { value.flatMap { makers[$0] }.map { graph.nodes[$0] } }

    /// The node that makes `value`, when nothing but one other node uses it.
    func soleNode(_ value: Int?) -> GraphNode? {
        graph.soleMaker(value, makers, uses).map { graph.nodes[$0] }
    }

    /// The only node that uses `value`, when this is no output of the graph.
    func soleUser(_ value: Int) -> Int? {
        guard uses[value] == 1 else { return nil }
        return users[value]?.first
    }

    /// The only node that reads the elements of `value`: others may ask for its shape. `nil` for an output of the
    /// graph.
    func soleReader(_ value: Int) -> Int? {
        let readers = users[value] ?? []
        guard uses[value] == readers.count else { return nil }
        let others = readers.filter { !(graph.nodes[$0].body is ShapeOf) }
        return others.count == 1 ? others[0] : nil
    }

    /// The number that `value` is, when it is one constant number that leaves the shape of `other` as it is.
    func number(_ value: Int?, beside other: Int?) -> Double? {
        guard let value, let fact = facts[value], let rank = fact.rank, let number = fact.number else { return nil }
        if rank == 0 { return number }
        guard let other, let otherRank = facts[other]?.rank, rank <= otherRank else { return nil }
        return number
    }

    /// Whether `value` is known to be about `expected`; FP16 and BF16 constants have few digits.
    func isNear(_ value: Double, _ expected: Double, _ dataType: DataType?) -> Bool {
        let tolerance = dataType == .bf16 ? 1e-2 : dataType == .fp16 ? 1e-3 : 1e-5
        return (value - expected).magnitude <= tolerance * expected.magnitude
    }

    /// The two inputs of a node of this arithmetic, when their shape does not matter.
    func operands(_ node: GraphNode?, _ function: BinaryFunction) -> (Int, Int)? {
        guard let node, let body = node.body as? Arithmetic, body.function == function, let left = node.inputs[0],
            let right = node.inputs[1]
        else { return nil }
        return (left, right)
    }

    /// The other input of an `Add` or `Mul` with one constant number, and the number.
    func withNumber(_ node: GraphNode?, _ function: BinaryFunction) -> (value: Int, number: Double)? {
        guard let (left, right) = operands(node, function) else { return nil }
        if let number = number(right, beside: left) { return (left, number) }
        if let number = number(left, beside: right) { return (right, number) }
        return nil
    }

    /// `value` as a product: its factors that are no numbers, and the number they are multiplied by. Follows values
    /// that nothing else uses.
    func product(_ value: Int) -> (factors: [Int], number: Double) {
        var open = [value], factors: [Int] = [], total = 1.0
        var steps = 0
        while let next = open.popLast() {
            let maker = steps == 0 ? node(next) : steps < Self.mostSteps ? soleNode(next) : nil
            steps += 1
            if let (rest, number) = withNumber(maker, .multiply) {
                total *= number
                open.append(rest)
            } else if let (left, right) = operands(maker, .divide), let number = number(right, beside: left) {
                total /= number
                open.append(left)
            } else if let (left, right) = operands(maker, .multiply), factors.count + open.count < Self.mostFactors {
                open += [left, right]
            } else {
                factors.append(next)
            }
        }
        return (factors, total)
    }

    /// Factors after which a product is followed no further.
    static let mostFactors = 8
    /// Values after which it is not either: each node of a long chain is asked for its product.
    static let mostSteps = 64
}
