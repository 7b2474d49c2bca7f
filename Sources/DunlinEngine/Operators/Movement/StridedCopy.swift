import DunlinTensor
import Glibc

/// A copy between two tensors that are walked with different strides: transposing, slicing, repeating, padding.
/// Axes that both sides walk alike are merged when it is made.
struct StridedCopy: Sendable {
    private let extents: [Int]
    private let sourceStrides: [Int]
    private let targetStrides: [Int]
    private let sourceOffset: Int
    private let targetOffset: Int
    private let elementCount: Int

    /// - Parameters:
    ///   - extents: How many elements to copy along each axis.
    ///   - sourceStrides: Elements between two of an axis in the source; 0 repeats, negative reverses.
    ///   - targetStrides: The same for the target.
    init(
        _ extents: [Int], sourceStrides: [Int], targetStrides: [Int], sourceOffset: Int = 0, targetOffset: Int = 0
    ) {
        var merged: [(extent: Int, source: Int, target: Int)] = []
        for axis in extents.indices where extents[axis] != 1 {
            let next = (extent: extents[axis], source: sourceStrides[axis], target: targetStrides[axis])
            if let last = merged.last, last.source == next.source * next.extent,
                last.target == next.target * next.extent
            {
                merged[merged.count - 1] = (last.extent * next.extent, next.source, next.target)
            } else {
                merged.append(next)
            }
        }
        if merged.isEmpty { merged = [(1, 1, 1)] }
        self.extents = merged.map(\.extent)
        self.sourceStrides = merged.map(\.source)
        self.targetStrides = merged.map(\.target)
        self.sourceOffset = sourceOffset
        self.targetOffset = targetOffset
        elementCount = extents.product
    }

    /// Copies `extents` elements into a contiguous target.
    init(_ extents: [Int], sourceStrides: [Int], sourceOffset: Int = 0) {
        self.init(
            extents, sourceStrides: sourceStrides, targetStrides: strides(of: extents), sourceOffset: sourceOffset)
    }

    /// Repeats a tensor as numpy broadcasts it.
    init(broadcasting source: [Int], to target: [Int]) {
        let own = strides(of: source)
        let missing = target.count - source.count
        self.init(
            target,
            sourceStrides: target.indices.map { axis in
                axis < missing || source[axis - missing] == 1 ? 0 : own[axis - missing]
            })
    }

    /// - Parameter elementByteCount: 1, 2, 4 or 8.
    func run(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, elementByteCount: Int) {
        guard elementCount > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
        switch elementByteCount {
        case 1: copy(UInt8.self, from, to, source.count, target.count)
        case 2: copy(UInt16.self, from, to, source.count / 2, target.count / 2)
        case 4: copy(UInt32.self, from, to, source.count / 4, target.count / 4)
        case 8: copy(UInt64.self, from, to, source.count / 8, target.count / 8)
        default: preconditionFailure("elements of \(elementByteCount) bytes")
        }
    }

    private func copy<Element: BitwiseCopyable>(
        _ type: Element.Type, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ sourceCount: Int,
        _ targetCount: Int
    ) {
        checkBounds(sourceCount, targetCount)
        let from = source.assumingMemoryBound(to: Element.self)
        let to = target.assumingMemoryBound(to: Element.self)
        let last = extents.count - 1
        let rowCount = extents[last]
        let sourceStep = sourceStrides[last]
        let targetStep = targetStrides[last]
        // On the stack: a run allocates nothing.
        withUnsafeTemporaryAllocation(of: Int.self, capacity: extents.count) { index in
            index.initialize(repeating: 0)
            var s = sourceOffset
            var t = targetOffset
            while true {
                if sourceStep == 1 && targetStep == 1 {
                    memcpy(to + t, from + s, rowCount * MemoryLayout<Element>.size)
                } else {
                    for i in 0..<rowCount { to[t + i * targetStep] = from[s + i * sourceStep] }
                }
                var axis = last - 1
                while axis >= 0 {
                    index[axis] += 1
                    s += sourceStrides[axis]
                    t += targetStrides[axis]
                    if index[axis] < extents[axis] { break }
                    s -= sourceStrides[axis] * extents[axis]
                    t -= targetStrides[axis] * extents[axis]
                    index[axis] = 0
                    axis -= 1
                }
                if axis < 0 { return }
            }
        }
    }

    /// Traps when the walk would leave either side: once per call, so that the loop need not check.
    private func checkBounds(_ sourceCount: Int, _ targetCount: Int) {
        var lowest = (source: sourceOffset, target: targetOffset)
        var highest = lowest
        for axis in extents.indices {
            let source = (extents[axis] - 1) * sourceStrides[axis]
            let target = (extents[axis] - 1) * targetStrides[axis]
            lowest.source += min(source, 0)
            lowest.target += min(target, 0)
            highest.source += max(source, 0)
            highest.target += max(target, 0)
        }
        precondition(
            lowest.source >= 0 && lowest.target >= 0 && highest.source < sourceCount && highest.target < targetCount,
            "a strided copy leaves its tensors")
    }
}
