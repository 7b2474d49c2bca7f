import DunlinInference
import DunlinTensor

extension Graph {
    /// Whether each row of all outputs depends on the same row of the inputs alone: the first axis of every input is
    /// open, and every node keeps to it. Only nodes that are known to do so count.
    func hasIndependentRows() throws(InferError) -> Bool {
        let facts = try facts(given: try inputFacts())
        var rows = Set(inputs)
        guard rows.allSatisfy({ facts[$0]?.extents?.first == -1 }) else { return false }
        for node in nodes {
            let given = node.inputs.map { $0.map { rows.contains($0) } ?? false }
            guard given.contains(true) else { continue }
            guard node.body.keepsRows(InputFacts(node.inputs.map { $0.flatMap { facts[$0] } }), given) else {
                return false
            }
            for case let output? in node.outputs {
                guard facts[output]?.extents?.first == -1 else { return false }
                rows.insert(output)
            }
        }
        return outputs.allSatisfy { rows.contains($0.value) }
    }
}

extension Operator {
    /// Whether row i of the output depends on rows i of the inputs that have rows, and on all of the others.
    fileprivate func keepsRows(_ inputs: InputFacts, _ hasRows: [Bool]) -> Bool {
        let isFirstAlone = hasRows[0] && !hasRows.dropFirst().contains(true)
        switch self {
        case is BlockedConv, is BlockedScale, is Arithmetic:
            let rank = inputs.facts.compactMap { $0?.rank }.max() ?? 0
            return hasRows.indices.allSatisfy { index in
                guard let extents = inputs.optional(index)?.extents else { return false }
                // Another operand must be the same for all rows.
                return hasRows[index] ? extents.count == rank : extents.count < rank || extents.first == 1
            }
        case is BlockedPool, is BlockedMeans, is BlockChannels, is UnblockChannels, is Conv, is Pool, is GlobalPool,
            is Elementwise, is SignedElementwise, is Clip, is BatchNormalization:
            return isFirstAlone
        case let body as Concat: return body.keepsRows(rank: inputs[0].rank ?? 0) && !hasRows.contains(false)
        case let body as Flatten: return body.keepsRows && isFirstAlone
        case let body as Gemm: return body.keepsRows(inputs) && isFirstAlone
        default: return false
        }
    }
}
