import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes one operator of attention: softmax(scale · Q·Kᵀ + masks) · V, with the scale on Q, K or their product, masks
/// that are added or chosen with `Where`, a guard against rows without weights, and the transposes around it.
struct AttentionFusion: Pass {
    let name = "attention-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let pattern = try GraphPattern(graph)
        var replacements: [Int: [GraphNode]] = [:]
        for (index, node) in graph.nodes.enumerated() {
            guard node.body is MatMul, let match = Match(pattern, node), let output = node.outputs[0] else { continue }
            var fused = GraphNode(
                name: node.name, domain: "", type: "Attention", body: match.body, inputs: match.inputs,
                outputs: [output])
            replacements[index] = [fused]
            // What transposes the result only says where it is written.
            if let user = pattern.soleReader(output), let transpose = graph.nodes[user].body as? Transpose,
                let order = try? transpose.order(match.rank), let turned = graph.nodes[user].outputs[0]
            {
                var body = match.body
                body.outputOrder = order
                fused.body = body
                fused.outputs = [turned]
                // For those that ask for the shape as it was; nothing else reads it, so that it is never computed.
                let back = Transpose(permutation: order.indices.map { order.firstIndex(of: $0)! })
                replacements[index] = [
                    fused,
                    GraphNode(
                        name: graph.nodes[user].name, domain: "", type: "Transpose", body: back, inputs: [turned],
                        outputs: [output]),
                ]
                replacements[user] = []
            }
        }
        var fused = graph
        fused.nodes = graph.nodes.indices.flatMap { replacements[$0] ?? [graph.nodes[$0]] }
        return fused.withoutUnusedNodes()
    }

    /// What was found before the product with V.
    private struct Match {
        let rank: Int
        private(set) var body: ScaledAttention
        private(set) var inputs: [Int?] = []

        init?(_ pattern: GraphPattern, _ node: GraphNode) {
            guard var value = node.inputs[0], let values = node.inputs[1], let rank = pattern.facts[values]?.rank,
                rank == 3 || rank == 4, pattern.facts[value]?.rank == rank,
                let dataType = pattern.facts[values]?.dataType, [.fp32, .fp16, .bf16].contains(dataType)
            else { return nil }
            self.rank = rank
            let plain = Array(0..<rank)
            body = ScaledAttention(orders: [plain, plain, plain], outputOrder: plain, scale: 1, masks: [])
            if let guarded = Self.guarded(pattern, value) {
                body.guardsNaN = true
                value = guarded
            }
            // The guard itself uses the weights twice.
            let softmaxNode = body.guardsNaN ? pattern.node(value) : pattern.soleNode(value)
            guard let softmaxNode, let softmax = softmaxNode.body as? Softmax, softmax.isPlain(rank: rank),
                let scores = softmaxNode.inputs[0]
            else { return nil }
            value = scores
            var maskValues: [Int] = []
            while let (mask, tensor, rest) = Self.mask(pattern, value, rank, maskValues.count) {
                // Masks were met from the last one on.
                body.masks.insert(mask, at: 0)
                maskValues.insert(tensor, at: 0)
                value = rest
            }
            let (factors, number) = pattern.product(value)
            guard factors.count == 1, let product = pattern.soleNode(factors[0]), product.body is MatMul,
                pattern.facts[factors[0]]?.rank == rank, let left = product.inputs[0], let right = product.inputs[1],
                let q = Source(pattern, left, rank), let k = Source(pattern, right, rank),
                let v = Source(pattern, values, rank)
            else { return nil }
            let scale = Float(number * q.number * k.number)
            guard scale.isFinite, v.number == 1 else { return nil }
            body.scale = scale
            // Kᵀ has the depth before the keys.
            let turned = k.order.dropLast(2) + [k.order[rank - 1], k.order[rank - 2]]
            body.orders = [q.order, Array(turned), v.order]
            inputs = [q.value, k.value, v.value] + maskValues
        }

        /// x, when `value` is `Where(IsNaN(x), 0, x)`.
        private static func guarded(_ pattern: GraphPattern, _ value: Int) -> Int? {
            guard let node = pattern.soleNode(value), node.body is Where, let inner = node.inputs[2],
                pattern.uses[inner] == 2, pattern.number(node.inputs[1], beside: inner) == 0,
                let test = pattern.soleNode(node.inputs[0]), let body = test.body as? FloatTest, body.findsNaN,
                test.inputs[0] == inner
            else { return nil }
            return inner
        }

        /// The last thing done to the scores `value`, when it is a mask that the kernel can apply.
        private static func mask(
            _ pattern: GraphPattern, _ value: Int, _ rank: Int, _ count: Int
        ) -> (ScaledAttention.Mask, tensor: Int, scores: Int)? {
            guard count < ScaledAttention.mostMasks, let node = pattern.soleNode(value) else { return nil }
            if let (left, right) = pattern.operands(node, .add) {
                for (scores, mask) in [(left, right), (right, left)] {
                    guard leadsToProduct(pattern, scores, rank), let maskRank = pattern.facts[mask]?.rank,
                        maskRank <= rank
                    else { continue }
                    return (.added, mask, scores)
                }
            }
            guard node.body is Where, let condition = node.inputs[0],
                let conditionRank = pattern.facts[condition]?.rank,
                conditionRank <= rank
            else { return nil }
            for (scores, fill, when) in [
                (node.inputs[2], node.inputs[1], true), (node.inputs[1], node.inputs[2], false),
            ] {
                guard let scores, leadsToProduct(pattern, scores, rank),
                    let number = pattern.number(fill, beside: scores), number != 0, !number.isNaN
                else { continue }
                return (.replacing(fill: Float(number), when: when), condition, scores)
            }
            return nil
        }

        /// Whether `value` comes from a `MatMul` through scales and masks that nothing else uses.
        private static func leadsToProduct(_ pattern: GraphPattern, _ value: Int, _ rank: Int) -> Bool {
            guard pattern.facts[value]?.rank == rank else { return false }
            var open = [value]
            for _ in 0..<Self.longestChain {
                guard let next = open.popLast() else { return false }
                let (factors, _) = pattern.product(next)
                guard factors.count == 1, pattern.uses[next] == 1, let node = pattern.soleNode(factors[0]) else {
                    continue
                }
                if node.body is MatMul { return true }
                if let (left, right) = pattern.operands(node, .add) { open += [right, left] }
                if node.body is Where { open += [node.inputs[1], node.inputs[2]].compactMap { $0 } }
            }
            return false
        }

        private static let longestChain = 12
    }

    /// What Q, Kᵀ or V is made of: a tensor whose axes stand in another order, times a number.
    private struct Source {
        private(set) var value: Int
        /// The tensor's axis that each axis of the matrix is.
        private(set) var order: [Int]
        private(set) var number = 1.0

        init?(_ pattern: GraphPattern, _ value: Int, _ rank: Int) {
            guard pattern.facts[value]?.rank == rank else { return nil }
            self.value = value
            order = Array(0..<rank)
            while let node = pattern.node(self.value), let next = step(pattern, node, rank) { self.value = next }
        }

        /// A tensor of 4 axes whose last two the node's result has swapped, by way of one with 3 axes.
        private func untransposed(_ pattern: GraphPattern, _ node: GraphNode) -> Int? {
            let trace = ShapeTrace(pattern)
            guard node.inputs.count == 2, let turn = pattern.node(node.inputs[0]), let body = turn.body as? Transpose,
                (try? body.order(3)) == [0, 2, 1], let inner = pattern.node(turn.inputs[0]), inner.body is Reshape,
                inner.inputs.count == 2, let source = inner.inputs[0], let extents = trace.extents(of: source),
                extents.count == 4, let merged = trace.elements(of: inner.inputs[1]), merged.count == 3,
                let split = trace.elements(of: node.inputs[1])
            else { return nil }
            // A 0 would copy an extent, or be one.
            guard !(extents + merged + split).contains(0), merged[1...] == extents[2...],
                split == [extents[0], extents[1], extents[3], extents[2]]
            else { return nil }
            return source
        }

        /// Goes past a transpose or the product with a number.
        private mutating func step(_ pattern: GraphPattern, _ node: GraphNode, _ rank: Int) -> Int? {
            if let body = node.body as? Transpose, let input = node.inputs[0], pattern.facts[input]?.rank == rank,
                let inner = try? body.order(rank)
            {
                order = order.map { inner[$0] }
                return input
            }
            if node.body is Reshape, let input = untransposed(pattern, node), rank == 4 {
                order = order.map { [0, 1, 3, 2][$0] }
                return input
            }
            if let (rest, factor) = pattern.withNumber(node, .multiply), pattern.facts[rest]?.rank == rank {
                number *= factor
                return rest
            }
            if let (rest, divisor) = pattern.operands(node, .divide), pattern.facts[rest]?.rank == rank,
                let factor = pattern.number(divisor, beside: rest)
            {
                number /= factor
                return rest
            }
            return nil
        }
    }
}
