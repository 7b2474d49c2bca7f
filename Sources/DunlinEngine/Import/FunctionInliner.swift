import DunlinInference
import DunlinONNX

/// Replaces each node that calls a function of the file by the function's nodes, also inside graphs.
///
/// A function imports opsets of its own; its nodes keep those versions.
struct FunctionInliner {
    /// Calls inside calls that are followed; ONNX forbids recursion.
    static let mostDepth = 32
    /// Nodes after inlining.
    static let mostNodes = 1 << 20
    /// `Identity` is the same in every version; the model may import none of its domain.
    private static let copyOpset = 13

    private struct Key: Hashable {
        var domain: String
        var name: String
        var overload: String
    }

    private let functions: [Key: ONNXFunction]
    private var opsets: [String: Int]
    private var calls = 0
    private var nodeCount = 0

    static func inlined(_ model: ONNXModel) throws(InferError) -> ONNXModel {
        guard !model.functions.isEmpty else { return model }
        var inliner = FunctionInliner(model)
        var result = model
        result.graph.nodes = try inliner.inlined(model.graph.nodes, depth: 0)
        result.opsets = inliner.opsets
        result.functions = []
        return result
    }

    private init(_ model: ONNXModel) {
        functions = Dictionary(
            model.functions.map { (Key(domain: $0.domain, name: $0.name, overload: $0.overload), $0) },
            uniquingKeysWith: { first, _ in first })
        opsets = model.opsets
    }

    private mutating func inlined(_ nodes: [ONNXNode], depth: Int) throws(InferError) -> [ONNXNode] {
        var result: [ONNXNode] = []
        for node in nodes { try add(node, depth: depth, to: &result) }
        return result
    }

    private mutating func add(_ node: ONNXNode, depth: Int, to nodes: inout [ONNXNode]) throws(InferError) {
        if let function = functions[Key(domain: node.domain, name: node.type, overload: node.overload)] {
            try call(function, from: node, depth: depth, to: &nodes)
            return
        }
        nodeCount += 1
        guard nodeCount <= Self.mostNodes else {
            throw InferError(.invalidArgument, "functions expand to more than \(Self.mostNodes) nodes")
        }
        var node = node
        for (index, attribute) in node.attributes.enumerated() {
            guard case .graph(var graph) = attribute.value else { continue }
            graph.nodes = try inlined(graph.nodes, depth: depth)
            node.attributes[index].value = .graph(graph)
        }
        nodes.append(node)
    }

    private mutating func call(
        _ function: ONNXFunction, from node: ONNXNode, depth: Int, to nodes: inout [ONNXNode]
    ) throws(InferError) {
        let place = "function '\(function.name)'"
        guard depth < Self.mostDepth else {
            throw InferError(.invalidArgument, "\(place): calls are nested more than \(Self.mostDepth) deep")
        }
        guard node.inputs.count <= function.inputs.count, node.outputs.count <= function.outputs.count else {
            throw InferError(.invalidArgument, "\(place): called with too many inputs or outputs")
        }
        for (domain, version) in function.opsets where opsets[domain] == nil { opsets[domain] = version }
        calls += 1
        guard calls <= Self.mostNodes else {
            throw InferError(.invalidArgument, "functions are called more than \(Self.mostNodes) times")
        }
        var names: [String: String] = ["": ""]
        for (index, input) in function.inputs.enumerated() {
            names[input] = index < node.inputs.count ? node.inputs[index] : ""
        }
        // An output that the caller leaves out keeps a name of its own: the body may use it.
        let wanted = node.outputs.indices.filter { !node.outputs[$0].isEmpty }
        for index in wanted {
            let output = function.outputs[index]
            // An output that is an input passes through: it keeps the function's own name and is copied below.
            if names[output] == nil { names[output] = node.outputs[index] }
        }
        var attributes = Dictionary(
            function.attributes.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        for attribute in node.attributes { attributes[attribute.name] = attribute.value }
        let scope = FunctionScope(
            function: function.name, prefix: "\(node.name)/\(calls)/", attributes: attributes, opsets: function.opsets)
        for inner in function.nodes { try add(try scope.renamed(inner, &names), depth: depth + 1, to: &nodes) }
        for index in wanted {
            let output = function.outputs[index]
            guard let name = names[output], name != node.outputs[index] else { continue }
            var copy = ONNXNode()
            copy.name = "\(node.name)/\(output)"
            copy.type = "Identity"
            copy.opset = Self.copyOpset
            copy.inputs = [name]
            copy.outputs = [node.outputs[index]]
            nodes.append(copy)
        }
    }
}
