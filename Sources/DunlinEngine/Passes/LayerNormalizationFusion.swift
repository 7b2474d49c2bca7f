import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes `LayerNormalization` of its steps (mean, difference, mean of squares, root, quotient, scale, shift), and
/// `RMSNormalization` of those without the mean.
struct LayerNormalizationFusion: Pass {
    let name = "layer-normalization-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let pattern = try GraphPattern(graph)
        var graph = graph
        for (index, node) in graph.nodes.enumerated() {
            guard let (left, right) = pattern.operands(node, .multiply) else { continue }
            for (scale, quotient) in [(left, right), (right, left)] {
                guard let found = Normalized(pattern, quotient), found.takes(scale, pattern) else { continue }
                var target = index
                var inputs: [Int?] = [found.input, scale]
                let output = node.outputs[0]
                if !found.isSimplified, let output, let user = pattern.soleUser(output),
                    let (a, b) = pattern.operands(graph.nodes[user], .add)
                {
                    let shift = a == output ? b : a
                    if found.takes(shift, pattern) {
                        target = user
                        inputs.append(shift)
                    }
                }
                graph.nodes[target].inputs = inputs
                if found.isSimplified {
                    graph.nodes[target].type = "RMSNormalization"
                    graph.nodes[target].body = RMSNormalization(epsilon: found.epsilon)
                } else {
                    graph.nodes[target].type = "LayerNormalization"
                    graph.nodes[target].body = LayerNormalization(epsilon: found.epsilon)
                }
                break
            }
        }
        return graph.withoutUnusedNodes()
    }

    /// A value that is a tensor whose rows were normalized.
    private struct Normalized {
        let input: Int
        let epsilon: Float
        let isSimplified: Bool
        private let columns: Int

        /// `quotient` must be x / √(mean(x²) + ε), or x · (1 / √…), and nothing else may use it.
        init?(_ pattern: GraphPattern, _ quotient: Int) {
            guard let maker = pattern.soleNode(quotient) else { return nil }
            var pairs: [(Int, Int)] = []
            if let (dividend, divisor) = pattern.operands(maker, .divide) {
                pairs = [(dividend, divisor)]
            } else if let (a, b) = pattern.operands(maker, .multiply) {
                for (value, inverse) in [(a, b), (b, a)] {
                    guard let node = pattern.soleNode(inverse) else { continue }
                    if Self.function(node) == .reciprocal, let root = node.inputs[0] { pairs.append((value, root)) }
                    if let (one, root) = pattern.operands(node, .divide), pattern.number(one, beside: root) == 1 {
                        pairs.append((value, root))
                    }
                }
            }
            for (difference, root) in pairs {
                guard let node = pattern.soleNode(root), Self.function(node) == .squareRoot,
                    let (mean, epsilon) = pattern.withNumber(pattern.soleNode(node.inputs[0]), .add), epsilon >= 0,
                    let square = Self.mean(pattern, pattern.soleNode(mean)),
                    Self.isSquare(pattern, square, of: difference),
                    let extents = pattern.facts[difference]?.extents, let columns = extents.last, columns > 0,
                    pattern.facts[difference]?.dataType != .fp64
                else { continue }
                if let (input, mean) = pattern.operands(pattern.node(difference), .subtract),
                    Self.mean(pattern, pattern.node(mean)) == input
                {
                    // The difference is used as dividend and in the square, nowhere else.
                    guard pattern.uses[mean] == 1 else { continue }
                    self.input = input
                    isSimplified = false
                } else {
                    self.input = difference
                    isSimplified = true
                }
                self.epsilon = Float(epsilon)
                self.columns = columns
                return
            }
            return nil
        }

        /// Whether `value` has one element for each column and does not change the shape.
        func takes(_ value: Int, _ pattern: GraphPattern) -> Bool {
            guard let fact = pattern.facts[value], let input = pattern.facts[self.input], let rank = input.rank,
                let extents = fact.extents
            else { return false }
            return extents.count <= rank && extents.last == columns && extents.dropLast().allSatisfy { $0 == 1 }
                && fact.dataType == input.dataType
        }

        private static func function(_ node: GraphNode) -> UnaryFunction.Code? {
            (node.body as? Elementwise)?.function.code
        }

        /// The value whose mean over the last axis, with the axis kept, the node computes.
        private static func mean(_ pattern: GraphPattern, _ node: GraphNode?) -> Int? {
            guard let node, let body = node.body as? Reduce,
                body.isMeanOfLastAxis(pattern.graph.constantFacts(node, pattern.facts))
            else { return nil }
            return node.inputs[0]
        }

        private static func isSquare(_ pattern: GraphPattern, _ value: Int, of base: Int) -> Bool {
            guard let node = pattern.soleNode(value) else { return false }
            if node.body is Pow || (node.body as? Arithmetic)?.function == .power {
                return node.inputs[0] == base && pattern.number(node.inputs[1], beside: base) == 2
            }
            guard let (a, b) = pattern.operands(node, .multiply) else { return false }
            return a == base && b == base
        }
    }
}
