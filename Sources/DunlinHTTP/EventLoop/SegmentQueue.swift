import DunlinBytes

/// Bytes that wait to be sent, in the pieces they came in: taken from the front at a cost that does not depend on how many
/// wait behind.
struct SegmentQueue {
    /// Slots at the front that are used up are removed together, once they are so many and at least half.
    static let minRemovedCount = 64

    private var segments: [Bytes] = []
    /// The first segment that has something left; what is gone of it is cut off.
    private var next = 0
    private(set) var byteCount = 0

    var isEmpty: Bool { byteCount == 0 }

    /// What waits, none of it empty.
    var waiting: ArraySlice<Bytes> { segments[next...] }

    mutating func append(_ bytes: Bytes) {
        guard !bytes.isEmpty else { return }
        segments.append(bytes)
        byteCount += bytes.count
    }

    mutating func removeAll() { self = SegmentQueue() }

    /// Gives the next `count` bytes, in pieces.
    ///
    /// - Precondition: So many are left.
    mutating func take(_ count: Int, _ visit: (Bytes) -> Void = { _ in }) {
        byteCount -= count
        var missing = count
        while missing > 0 {
            let segment = segments[next]
            guard segment.count <= missing else {
                visit(segment[0..<missing])
                segments[next] = segment.dropFirst(missing)
                break
            }
            visit(segment)
            missing -= segment.count
            // Its memory is let go at once.
            segments[next] = Bytes()
            next += 1
        }
        if next == segments.count {
            segments.removeAll(keepingCapacity: true)
            next = 0
        } else if next >= Self.minRemovedCount && next * 2 >= segments.count {
            segments.removeFirst(next)
            next = 0
        }
    }
}
