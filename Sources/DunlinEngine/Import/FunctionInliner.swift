import DunlinInference
import DunlinONNX

/// Replaces each node that calls a function of the file by the function's nodes.
struct FunctionInliner {
    /// Calls inside calls that are followed; ONNX forbids recursion.
    static let mostDepth = 32
    /// Nodes after inlining.
    static let mostNodes = 1 << 20

    private struct Key: Hashable {
        var domain: String
        var name: String
    }

    private let functions: [Key: ONNXFunction]
    private var opsets: [String: Int]
    private var calls = 0
    private var nodes: [ONNXNode] = []

    static func inlined(_ model: ONNXModel) throws(InferError) -> ONNXModel {
        guard !model.functions.isEmpty else { return model }
        var inliner = FunctionInliner(model)
        for node in model.graph.nodes { try inliner.add(node, depth: 0) }
        var result = model
        result.graph.nodes = inliner.nodes
        result.opsets = inliner.opsets
        result.functions = []
        return result
    }

    private init(_ model: ONNXModel) {
        functions = Dictionary(
            model.functions.map { (Key(domain: $0.domain, name: $0.name), $0) }, uniquingKeysWith: { first, _ in first }
        )
        opsets = model.opsets
    }

    private mutating func add(_ node: ONNXNode, depth: Int) throws(InferError) {
        guard let function = functions[Key(domain: node.domain, name: node.type)] else {
            guard nodes.count < Self.mostNodes else {
                throw InferError(.invalidArgument, "functions expand to more than \(Self.mostNodes) nodes")
            }
            nodes.append(node)
            return
        }
        let place = "function '\(function.name)'"
        guard depth < Self.mostDepth else {
            throw InferError(.invalidArgument, "\(place): calls are nested more than \(Self.mostDepth) deep")
        }
        guard node.inputs.count <= function.inputs.count, node.outputs.count <= function.outputs.count else {
            throw InferError(.invalidArgument, "\(place): called with too many inputs or outputs")
        }
        for (domain, version) in function.opsets {
            guard opsets[domain] ?? version == version else {
                throw InferError(
                    .unsupported, "\(place): uses opset \(version) of domain '\(domain)', the model another")
            }
            opsets[domain] = version
        }
        calls += 1
        guard calls <= Self.mostNodes else {
            throw InferError(.invalidArgument, "functions are called more than \(Self.mostNodes) times")
        }
        var names: [String: String] = ["": ""]
        for (index, input) in function.inputs.enumerated() {
            names[input] = index < node.inputs.count ? node.inputs[index] : ""
        }
        for (index, output) in function.outputs.enumerated() where index < node.outputs.count {
            // An output that is an input passes through: it keeps the function's own name and is copied below.
            if names[output] == nil { names[output] = node.outputs[index] }
        }
        var given = Dictionary(
            function.attributes.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        for attribute in node.attributes { given[attribute.name] = attribute.value }
        for inner in function.nodes {
            try add(try renamed(inner, "\(node.name)/\(calls)/", &names, given, place), depth: depth + 1)
        }
        for (index, output) in function.outputs.enumerated() where index < node.outputs.count {
            guard let name = names[output], name != node.outputs[index], !node.outputs[index].isEmpty else { continue }
            var copy = ONNXNode()
            copy.name = "\(node.name)/\(output)"
            copy.type = "Identity"
            copy.inputs = [name]
            copy.outputs = [node.outputs[index]]
            nodes.append(copy)
        }
    }

    private func renamed(
        _ inner: ONNXNode, _ prefix: String, _ names: inout [String: String],
        _ given: [String: ONNXAttribute.Value], _ place: String
    ) throws(InferError) -> ONNXNode {
        var node = inner
        node.name = prefix + inner.name
        for (index, input) in inner.inputs.enumerated() {
            guard let name = names[input] else {
                throw InferError(.invalidArgument, "\(place): input '\(input)' of a node is made by no node before it")
            }
            node.inputs[index] = name
        }
        for (index, output) in inner.outputs.enumerated() where !output.isEmpty {
            let name = names[output] ?? prefix + output
            names[output] = name
            node.outputs[index] = name
        }
        node.attributes = []
        for var attribute in inner.attributes {
            switch attribute.value {
            case .reference(let name):
                // A reference to an attribute the call does not give leaves the operator's own default.
                guard let value = given[name] else { continue }
                attribute.value = value
            case .graph, .graphs:
                throw InferError(.unsupported, "\(place): graphs inside functions are not supported")
            default: break
            }
            node.attributes.append(attribute)
        }
        return node
    }
}
