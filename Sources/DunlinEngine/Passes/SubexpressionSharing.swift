import DunlinBytes
import DunlinInference
import DunlinTensor

/// Lets nodes that compute the same from the same values share one result.
struct SubexpressionSharing: Pass {
    let name = "subexpression-sharing"

    /// Constants up to this size are compared; exporters repeat small ones for each use.
    static let mostConstantByteCount = 256

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        var replacements = Self.equalConstants(graph)
        var firsts: [Key: Twins] = [:]
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            for (position, input) in graph.nodes[index].inputs.enumerated() {
                if let input, let other = replacements[input] { graph.nodes[index].inputs[position] = other }
            }
            let node = graph.nodes[index]
            guard Self.isComparable(node.body) else { continue }
            let key = Key(domain: node.domain, type: node.type, inputs: node.inputs, outputCount: node.outputs.count)
            let twin = firsts[key, default: Twins()].twin(of: index, graph)
            guard let twin else { continue }
            for case (let first?, let second?) in zip(graph.nodes[twin].outputs, node.outputs) {
                replacements[second] = first
            }
            removed.insert(index)
        }
        for index in graph.outputs.indices {
            if let other = replacements[graph.outputs[index].value] { graph.outputs[index].value = other }
        }
        return graph.removing(removed)
    }

    /// Nodes of one type that take the same values, each different from the others.
    private struct Twins {
        private var only: Int?
        private var byText: [String: Int] = [:]

        /// The node that computes the same as the one at `index`, which is added where there is none.
        mutating func twin(of index: Int, _ graph: Graph) -> Int? {
            guard !byText.isEmpty || only != nil else {
                // Most nodes have no twin: describing them takes longer than all else here.
                only = index
                return nil
            }
            if let first = only {
                byText[Self.text(graph.nodes[first])] = first
                only = nil
            }
            let text = Self.text(graph.nodes[index])
            if let twin = byText[text] { return twin }
            byText[text] = index
            return nil
        }

        private static func text(_ node: GraphNode) -> String {
            "\(node.outputs.map { $0 != nil }) \(node.body)"
        }
    }

    private struct Key: Hashable {
        let domain: String
        let type: String
        let inputs: [Int?]
        let outputCount: Int
    }

    /// Whether everything the operator is made of shows in its description: attributes that are plain values.
    private static func isComparable(_ body: any Operator) -> Bool {
        guard body.isDeterministic else { return false }
        switch body {
        case is ShapeOf, is Gather, is Unsqueeze, is Squeeze, is Concat, is Cast, is Slice, is Transpose, is Reshape,
            is Expand, is Arithmetic, is Pow, is Elementwise, is SignedElementwise, is Comparison, is Where, is Reduce,
            is MatMul, is Softmax, is LayerNormalization, is RMSNormalization, is Logic, is Not:
            return true
        default: return false
        }
    }

    /// For each small constant that an earlier one equals, that one.
    private static func equalConstants(_ graph: Graph) -> [Int: Int] {
        struct Content: Hashable {
            let dataType: DataType
            let shape: Shape
            let bytes: [UInt8]
        }
        var firsts: [Content: Int] = [:]
        var replacements: [Int: Int] = [:]
        let outputs = Set(graph.outputs.map(\.value))
        for (value, entry) in graph.values.enumerated() {
            guard let constant = entry.constant, constant.bytes.count <= mostConstantByteCount else { continue }
            let content = Content(
                dataType: constant.dataType, shape: constant.shape, bytes: constant.bytes.array)
            if let first = firsts[content] {
                if !outputs.contains(value) { replacements[value] = first }
            } else {
                firsts[content] = value
            }
        }
        return replacements
    }
}
