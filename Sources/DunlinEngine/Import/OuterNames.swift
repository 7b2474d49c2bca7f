import DunlinONNX

extension ONNXGraph {
    /// The names that this graph's nodes and outputs, and those of graphs inside it, use without making them; each
    /// once, in the order of use.
    var outerNames: [String] {
        var known = Set(inputs.map(\.name) + initializers.map(\.name))
        var found: [String] = []
        func use(_ name: String) {
            if !name.isEmpty, known.insert(name).inserted { found.append(name) }
        }
        for node in nodes {
            for input in node.inputs { use(input) }
            for attribute in node.attributes {
                if case .graph(let inner) = attribute.value {
                    for name in inner.outerNames { use(name) }
                }
            }
            known.formUnion(node.outputs)
        }
        for output in outputs { use(output.name) }
        return found
    }
}
