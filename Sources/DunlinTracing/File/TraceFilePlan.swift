import DunlinBytes

/// Which traces go into which file: as they come into the trace file itself, or so many at a time into files with
/// numbers. Pure: the caller writes.
struct TraceFilePlan {
    enum Write: Equatable {
        /// To the trace file, behind what is there.
        case append(Bytes)
        /// A file of its own: the trace file's name, a point and this number.
        case numbered(Int, Bytes)
    }

    private struct Pending {
        var elements: [Bytes] = []
        var byteCount = 0
        var frequency = 0
    }

    /// Text of one scope that waits for its file. With more, a file has fewer traces than it should.
    static let maxPendingByteCount = 16 << 20

    private var pending: [String?: Pending] = [:]
    private var nextNumber = 0

    /// What is to be written with one more trace, whose text is `elements`.
    mutating func add(_ elements: Bytes, _ sampling: TraceSampling) -> [Write] {
        guard sampling.logFrequency > 0 else { return flush(sampling.scope) + [.append(elements)] }
        var writes: [Write] = []
        var scope = pending[sampling.scope] ?? Pending()
        if !scope.elements.isEmpty, scope.frequency != sampling.logFrequency {
            writes += flush(sampling.scope)
            scope = Pending()
        }
        scope.frequency = sampling.logFrequency
        scope.elements.append(elements)
        scope.byteCount += elements.count
        pending[sampling.scope] = scope
        let isFull = scope.elements.count >= scope.frequency || scope.byteCount >= Self.maxPendingByteCount
        if isFull || sampling.isLast { writes += flush(sampling.scope) }
        return writes
    }

    /// What is left at the end.
    mutating func finish() -> [Write] {
        pending.keys.sorted { ($0 ?? "") < ($1 ?? "") }.flatMap { flush($0) }
    }

    private mutating func flush(_ scope: String?) -> [Write] {
        guard let elements = pending.removeValue(forKey: scope)?.elements, !elements.isEmpty else { return [] }
        var text = BytesBuilder()
        for (index, element) in elements.enumerated() {
            if index > 0 { text.append(",\n") }
            text.append(element)
        }
        defer { nextNumber += 1 }
        return [.numbered(nextNumber, text.finish())]
    }
}
