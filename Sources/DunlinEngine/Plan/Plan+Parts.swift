import DunlinInference
import DunlinTensor

extension Plan {
    /// Bytes of an arena up to which the values of a run stay in the last-level cache. A batch of images that needs more
    /// is run in parts: from layer to layer they would come from memory, which takes longer than computing them.
    package static let cachedArenaByteCount = 8 << 20

    /// A plan that runs a batch of images in equal parts; `nil` where the rows depend on each other, or all fit.
    static func inParts(_ graph: Graph, inputShapes: [Shape], byteLimit: Int) throws(InferError) -> Plan? {
        guard let rows = inputShapes.first?.dimensions.first, rows > 1,
            inputShapes.allSatisfy({ $0.dimensions.first == rows }),
            graph.nodes.contains(where: { $0.body is BlockedConv }),
            try graph.hasIndependentRows()
        else { return nil }
        func planner(_ part: Int) throws(InferError) -> Planner {
            let shapes = inputShapes.map { Shape([part] + $0.dimensions.dropFirst()) }
            var planner = try Planner(graph, inputShapes: shapes, byteLimit: byteLimit)
            try planner.plan()
            return planner
        }
        var planned = try planner(1)
        let most = min(max(cachedArenaByteCount / max(planned.arenaByteCount, 1), 1), rows)
        let part = (1...most).last { rows % $0 == 0 } ?? 1
        guard part < rows else { return nil }
        if part > 1 { planned = try planner(part) }
        guard planned.isRepeatable else { return nil }
        let repeats = rows / part
        let needed = planned.fresh.reduce(planned.arenaByteCount) { $0 + $1.byteCount * repeats }
        guard needed <= byteLimit else {
            throw InferError(.resourceExhausted, "the request needs \(needed) bytes, the limit is \(byteLimit)")
        }
        return Plan(planned, inputShapes: inputShapes, repeats: repeats)
    }
}

extension Planner {
    /// Whether all steps are kernels, and all outputs of a run lie one after the other in memory of their own.
    fileprivate var isRepeatable: Bool {
        let isKernels = steps.allSatisfy { if case .kernel = $0 { true } else { false } }
        return isKernels
            && outputs.allSatisfy { if case .fresh(_, _, let shape) = $0 { shape.rank > 0 } else { false } }
    }
}
