import DunlinONNX

extension ONNXGraph {
    /// Positions of the nodes in an order in which each comes after the makers of its inputs.
    ///
    /// The format asks files to be in such an order, but some converters append nodes at the end, and other readers
    /// sort. Nodes that wait for each other in a circle keep the file's order: import then names what is missing.
    var sortedNodes: [Int] {
        var makers: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for output in node.outputs where !output.isEmpty && makers[output] == nil { makers[output] = index }
        }
        let needs = nodes.map { node in node.usedNames.compactMap { makers[$0] } }
        if needs.enumerated().allSatisfy({ index, makers in makers.allSatisfy { $0 < index } }) {
            return Array(nodes.indices)
        }
        var order: [Int] = []
        var isVisited = [Bool](repeating: false, count: nodes.count)
        for first in nodes.indices where !isVisited[first] {
            isVisited[first] = true
            // A stack of its own: files decide how deep this goes.
            var path = [(node: first, next: 0)]
            while let (node, next) = path.last {
                if next == needs[node].count {
                    order.append(node)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let maker = needs[node][next]
                if !isVisited[maker] {
                    isVisited[maker] = true
                    path.append((maker, 0))
                }
            }
        }
        return order
    }
}

extension ONNXNode {
    /// The values that the node and the graphs among its attributes use.
    fileprivate var usedNames: [String] {
        attributes.reduce(into: inputs) { names, attribute in
            if case .graph(let inner) = attribute.value { names += inner.outerNames }
        }
    }
}
