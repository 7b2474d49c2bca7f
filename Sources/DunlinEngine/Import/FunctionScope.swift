import DunlinInference
import DunlinONNX

/// One call of a function: how the names, attributes and opsets of its body read where it is called.
struct FunctionScope {
    let function: String
    /// Set before the names of what the body makes, so that two calls do not make the same value.
    let prefix: String
    /// The call's attributes, and the function's defaults for those it leaves out.
    let attributes: [String: ONNXAttribute.Value]
    let opsets: [String: Int]

    /// - Parameter names: The body's names as the caller knows them; what the node makes is added.
    func renamed(_ inner: ONNXNode, _ names: inout [String: String]) throws(InferError) -> ONNXNode {
        var node = inner
        node.name = prefix + inner.name
        node.opset = opsets[inner.domain]
        for (index, input) in inner.inputs.enumerated() { node.inputs[index] = try known(input, names) }
        node.attributes = []
        for var attribute in inner.attributes {
            switch attribute.value {
            case .reference(let name):
                // A reference to an attribute the call does not give leaves the operator's own default.
                guard let value = attributes[name] else { continue }
                attribute.value = value
            case .graph(let graph): attribute.value = .graph(try renamed(graph, names))
            case .graphs:
                throw InferError(.unsupported, "\(place): lists of graphs inside functions are not supported")
            default: break
            }
            node.attributes.append(attribute)
        }
        for (index, output) in inner.outputs.enumerated() where !output.isEmpty {
            let name = names[output] ?? prefix + output
            names[output] = name
            node.outputs[index] = name
        }
        return node
    }

    /// A graph inside the body: it sees the body's names, and those it makes are its own.
    private func renamed(_ inner: ONNXGraph, _ outer: [String: String]) throws(InferError) -> ONNXGraph {
        var graph = inner
        var names = outer
        func define(_ name: String) -> String {
            let renamed = prefix + name
            names[name] = renamed
            return renamed
        }
        for index in graph.inputs.indices { graph.inputs[index].name = define(inner.inputs[index].name) }
        for index in graph.initializers.indices {
            graph.initializers[index].name = define(inner.initializers[index].name)
        }
        for node in inner.nodes { for output in node.outputs where !output.isEmpty { _ = define(output) } }
        graph.nodes = []
        for index in inner.sortedNodes { graph.nodes.append(try renamed(inner.nodes[index], &names)) }
        for index in graph.outputs.indices { graph.outputs[index].name = try known(inner.outputs[index].name, names) }
        graph.values = []
        return graph
    }

    private var place: String { "function '\(function)'" }

    private func known(_ name: String, _ names: [String: String]) throws(InferError) -> String {
        guard let found = names[name] else {
            throw InferError(.invalidArgument, "\(place): input '\(name)' of a node is made by no node before it")
        }
        return found
    }
}
