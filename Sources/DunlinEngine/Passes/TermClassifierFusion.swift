import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes `TfIdfVectorizer`, any `Mul` by a constant row and `Normalizer` after it, and `LinearClassifier` one operator
/// that computes with the few columns of a row that are not zero.
struct TermClassifierFusion: Pass {
    let name = "term-classifier-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let makers = graph.makers()
        let uses = graph.useCounts()
        let facts = try graph.facts(given: graph.inputFacts())
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            guard let core = Self.core(graph.nodes[index].body) else { continue }
            var steps: [TermClassifier.Step] = []
            var passed: Set<Int> = []
            var value = graph.nodes[index].inputs[0]
            while let maker = graph.soleMaker(value, makers, uses), !removed.contains(maker) {
                let node = graph.nodes[maker]
                passed.insert(maker)
                if let vectorizer = node.body as? TfIdfVectorizer {
                    guard let fused = TermClassifier(vectorizer, steps, core) else { break }
                    graph.nodes[index].body = fused
                    graph.nodes[index].type = "TfIdfVectorizer+LinearClassifier"
                    graph.nodes[index].inputs = node.inputs
                    removed.formUnion(passed)
                    break
                }
                guard let (step, input) = Self.step(node, facts, columnCount: core.linear.featureCount) else { break }
                steps.insert(step, at: 0)
                value = input
            }
        }
        return graph.removing(removed)
    }

    private static func core(_ body: any Operator) -> LinearClassifier? {
        (body as? TextClassifier<LinearClassifier>)?.core ?? (body as? IntegerClassifier<LinearClassifier>)?.core
    }

    /// What `node` does to the rows of one of its inputs, and this input.
    private static func step(
        _ node: GraphNode, _ facts: [TensorFact?], columnCount: Int
    ) -> (TermClassifier.Step, input: Int)? {
        if let normalizer = node.body as? Normalizer, let input = node.inputs[0] {
            return (.normalize(normalizer), input)
        }
        guard let product = node.body as? Arithmetic, product.function == .multiply else { return nil }
        for (rows, row) in [(0, 1), (1, 0)] {
            guard let input = node.inputs[rows], facts[input]?.dataType == .fp32, facts[input]?.rank != nil,
                let constant = node.inputs[row].flatMap({ facts[$0]?.constant }), constant.shape.rank <= 2
            else { continue }
            let factors = constant.elements(as: Float.self)
            if factors.count == 1 { return (.scale([Float](repeating: factors[0], count: columnCount)), input) }
            // A column of factors, one for each row, has another last axis.
            if factors.count == columnCount, constant.shape.dimensions.last == columnCount {
                return (.scale(factors), input)
            }
        }
        return nil
    }
}
