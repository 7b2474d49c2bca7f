import DunlinInference
import DunlinTensor

/// Lets images flow with their channels last between operators on 8-bit integers that compute so anyway; they change
/// their layout only where other operators need it.
struct QuantizedLayout: Pass {
    let name = "quantized-layout"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        guard graph.nodes.contains(where: { $0.body is IntegerConvolution }) else { return graph }
        let facts = try graph.facts(given: graph.inputFacts())
        var result = graph
        result.nodes = []
        /// The value that holds the same image with its channels last.
        var twins: [Int: Int] = [:]
        /// Values that exist only as their twin so far.
        var missing: Set<Int> = []

        func transposed(_ value: Int, to target: Int, _ permutation: [Int]) {
            result.nodes.append(
                GraphNode(
                    name: graph.values[value].name, domain: "", type: "Transpose",
                    body: Transpose(permutation: permutation), inputs: [value], outputs: [target]))
        }
        func twin(_ value: Int) -> Int {
            if let twin = twins[value] { return twin }
            let twin = result.add(Graph.Value(name: graph.values[value].name + " channels last"))
            transposed(value, to: twin, [0, 2, 3, 1])
            twins[value] = twin
            return twin
        }
        func provide(_ value: Int) {
            guard missing.remove(value) != nil, let twin = twins[value] else { return }
            result.nodes.append(
                GraphNode(
                    name: graph.values[value].name, domain: "", type: "Transpose",
                    body: Transpose(permutation: [0, 3, 1, 2]), inputs: [twin], outputs: [value]))
        }
        /// Whether a value is of 8-bit elements.
        func isNarrow(_ value: Int?) -> Bool {
            value.map { facts[$0]?.dataType == .int8 || facts[$0]?.dataType == .uint8 } ?? false
        }
        func isImage(_ value: Int?) -> Bool {
            guard let value, let fact = facts[value] else { return false }
            return fact.rank == 4 && fact.constant == nil
        }

        for node in graph.nodes {
            if let change = Self.channelsLast(node, isImage, isNarrow, { twins[$0] != nil }),
                let output = node.outputs[0]
            {
                var changed = node
                changed.body = change.body
                for position in change.images {
                    if let value = node.inputs[position] { changed.inputs[position] = twin(value) }
                }
                for (position, input) in changed.inputs.enumerated() where !change.images.contains(position) {
                    if let input { provide(input) }
                }
                if change.isOutputImage {
                    let value = result.add(Graph.Value(name: graph.values[output].name + " channels last"))
                    changed.outputs = [value]
                    twins[output] = value
                    missing.insert(output)
                }
                result.nodes.append(changed)
                continue
            }
            for case let input? in node.inputs { provide(input) }
            result.nodes.append(node)
        }
        for output in graph.outputs { provide(output.value) }
        return result
    }

    private struct Change {
        var body: any Operator
        /// Inputs that become channels last.
        var images: [Int]
        var isOutputImage = true
    }

    /// The operator for images with their channels last, where it has that form and gains from it.
    private static func channelsLast(
        _ node: GraphNode, _ isImage: (Int?) -> Bool, _ isNarrow: (Int?) -> Bool, _ hasTwin: (Int) -> Bool
    ) -> Change? {
        guard let output = node.outputs.first, isImage(output) else { return nil }
        func isReady(_ position: Int) -> Bool {
            node.inputs[position].map { isImage($0) && hasTwin($0) } ?? false
        }
        switch node.body {
        case var body as IntegerConvolution where !body.isChannelsLast && isImage(node.inputs[0]):
            body.isChannelsLast = true
            return Change(body: body, images: [0])
        case var body as QuantizedMaximumPool where !body.isChannelsLast && isReady(0):
            body.isChannelsLast = true
            return Change(body: body, images: [0])
        case is QuantizedCombine where isReady(0) && isReady(3): return Change(body: node.body, images: [0, 3])
        case is QuantizedTable where isReady(0): return Change(body: node.body, images: [0])
        case let body as QuantizedGlobalAveragePool where !body.isChannelsLast && isReady(0):
            return Change(
                body: QuantizedGlobalAveragePool(isChannelsLast: true, isResultChannelsFirst: true), images: [0],
                isOutputImage: false)
        case let body as QuantizedConcat where body.axis == 1 || body.axis == -3:
            let images = stride(from: 2, to: node.inputs.count, by: 3).map { $0 }
            guard images.allSatisfy({ isReady($0) }) else { return nil }
            return Change(body: QuantizedConcat(axis: 3), images: images)
        case let body as Pool where isReady(0) && isNarrow(node.inputs[0]):
            // A maximum of bytes; others stay.
            guard let window = body.maximumWindow else { return nil }
            var pool = QuantizedMaximumPool(window)
            pool.isChannelsLast = true
            return Change(body: pool, images: [0])
        default: return nil
        }
    }
}
