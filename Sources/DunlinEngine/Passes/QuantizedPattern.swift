import DunlinInference
import DunlinTensor

/// A graph on which a pass looks for quantised operators, and what the pass puts in their place.
struct QuantizedPattern {
    let graph: Graph
    let facts: [TensorFact?]
    private let makers: [Int: Int]
    private let uses: [Int]
    private var users: [Int: [Int]] = [:]
    /// What stands in the place of a node.
    private(set) var replacements: [Int: [GraphNode]] = [:]
    private var added: [Graph.Value] = []

    init(_ graph: Graph) throws(InferError) {
        self.graph = graph
        facts = try graph.facts(given: graph.inputFacts())
        makers = graph.makers()
        uses = graph.useCounts()
        for (index, node) in graph.nodes.enumerated() {
            for case let input? in node.inputs { users[input, default: []].append(index) }
        }
    }

    /// The node that makes a value, unless it was replaced.
    func maker(_ value: Int?) -> (index: Int, node: GraphNode)? {
        guard let value, let index = makers[value], replacements[index] == nil else { return nil }
        return (index, graph.nodes[index])
    }

    /// The only node that uses a value which is no output.
    func soleUser(_ value: Int?) -> (index: Int, node: GraphNode)? {
        guard let value, uses[value] == 1, let index = users[value]?.first, replacements[index] == nil else {
            return nil
        }
        return (index, graph.nodes[index])
    }

    func inputs(_ node: GraphNode) -> InputFacts { graph.constantFacts(node, facts) }

    /// What is known of a value; values that the pass added are not asked for.
    func fact(_ value: Int?) -> TensorFact? { value.flatMap { $0 < facts.count ? facts[$0] : nil } }

    /// A tensor of 8-bit integers with constant scales: what a `DequantizeLinear` reads or a `QuantizeLinear` writes.
    struct Quantized {
        var tensor: Int
        var scale: Int
        var zero: Int?
        var scales: [Float]
        var zeros: [Int32]
        var dataType: DataType
        /// The axis of the scales where there are several.
        var axis: Int

        var isPerTensor: Bool { scales.count == 1 }

        /// Whether elements of both stand for the same numbers.
        func matches(_ other: Quantized) -> Bool {
            let isSame = { (a: [Int32], b: [Int32]) in (a.first ?? 0) == (b.first ?? 0) }
            return isPerTensor && other.isPerTensor && scales == other.scales && isSame(zeros, other.zeros)
                && dataType == other.dataType
        }
    }

    /// What a value was dequantised from, if it was, with constant positive scales.
    func dequantized(_ value: Int?) -> Quantized? {
        guard let value, let index = makers[value], let body = graph.nodes[index].body as? LinearQuantization,
            !body.quantizes, let tensor = graph.nodes[index].inputs[0], facts[value]?.dataType == .fp32
        else { return nil }
        return quantized(graph.nodes[index], body, tensor)
    }

    /// What a node quantises to, if it does, with one constant positive scale.
    func quantizing(_ node: GraphNode) -> Quantized? {
        guard let body = node.body as? LinearQuantization, body.quantizes, let output = node.outputs[0],
            fact(node.inputs[0])?.dataType == .fp32, let found = quantized(node, body, output), found.isPerTensor
        else { return nil }
        return found
    }

    private func quantized(_ node: GraphNode, _ body: LinearQuantization, _ tensor: Int) -> Quantized? {
        guard let dataType = facts[tensor]?.dataType, dataType == .int8 || dataType == .uint8,
            body.block == 0, let scale = node.inputs[1], let constants = ConstantParameters(inputs(node), [1, 2]),
            facts[scale]?.dataType == .fp32, facts[scale]?.rank ?? 2 <= 1
        else { return nil }
        let scales = constants.floats(1)
        guard !scales.isEmpty, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
        let zero = node.inputs.count > 2 ? node.inputs[2] : nil
        return Quantized(
            tensor: tensor, scale: scale, zero: zero, scales: scales, zeros: constants.integers(2, dataType),
            dataType: dataType, axis: body.axis)
    }

    // MARK: Rewriting

    /// Puts nodes in the place of the last of some nodes, which vanish.
    mutating func replace(_ vanishing: [Int], by nodes: [GraphNode]) {
        for index in vanishing { replacements[index] = [] }
        replacements[vanishing.max()!] = nodes
    }

    /// A new value.
    mutating func add(_ name: String, _ constant: Tensor? = nil) -> Int {
        added.append(Graph.Value(name: name, declared: constant.map { TensorFact(constant: $0) }))
        return graph.values.count + added.count - 1
    }

    /// A result's zero point, made here where the node that quantises it has none: fused operators take their element
    /// type from it.
    mutating func zero(of result: Quantized, _ name: String) -> Int {
        if let zero = result.zero { return zero }
        let isSigned = result.dataType == .int8
        return add(name + " zero", isSigned ? Tensor([0] as [Int8], shape: []) : Tensor([0] as [UInt8], shape: []))
    }

    /// The graph with what was replaced.
    func rewritten() -> Graph {
        var result = graph
        result.values += added
        result.nodes = graph.nodes.indices.flatMap { replacements[$0] ?? [graph.nodes[$0]] }
        return result
    }
}
