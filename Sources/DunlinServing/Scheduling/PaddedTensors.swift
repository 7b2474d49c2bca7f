import DunlinBytes
import DunlinTensor
import Glibc

/// Copies boxes of elements in and out of larger ones.
enum PaddedTensors {
    /// Copies the elements of a tensor of extents `small` to or from the beginning of a box of extents `large`, both
    /// row-major.
    ///
    /// - Precondition: As many extents, none of `small` above that of `large`; memory for both.
    static func copy(
        small: [Int], at smallBase: UnsafeMutableRawPointer, large: [Int], at largeBase: UnsafeMutableRawPointer,
        elementByteCount: Int, isInto: Bool
    ) {
        guard !small.contains(0) else { return }
        // Inner axes of equal extents are one run.
        var run = elementByteCount
        var axis = small.count - 1
        while axis >= 0 {
            run *= small[axis]
            if small[axis] != large[axis] { break }
            axis -= 1
        }
        let outer = max(axis, 0)
        var strides = [Int](repeating: 0, count: outer)
        var stride = large[outer...].reduce(elementByteCount, *)
        for index in (0..<outer).reversed() {
            strides[index] = stride
            stride *= large[index]
        }
        var position = [Int](repeating: 0, count: outer)
        var smallOffset = 0
        while true {
            let largeOffset = zip(position, strides).reduce(0) { $0 + $1.0 * $1.1 }
            if isInto {
                memcpy(largeBase + largeOffset, smallBase + smallOffset, run)
            } else {
                memcpy(smallBase + smallOffset, largeBase + largeOffset, run)
            }
            smallOffset += run
            var next = outer - 1
            while next >= 0 {
                position[next] += 1
                if position[next] < small[next] { break }
                position[next] = 0
                next -= 1
            }
            if next < 0 { return }
        }
    }

    /// Writes `pattern` again and again.
    static func fill(_ memory: UnsafeMutableRawPointer, _ byteCount: Int, with pattern: [UInt8]) {
        guard let first = pattern.first else { return }
        if pattern.allSatisfy({ $0 == first }) {
            memset(memory, Int32(first), byteCount)
            return
        }
        pattern.withUnsafeBytes { source in
            for offset in stride(from: 0, to: byteCount, by: source.count) {
                memcpy(memory + offset, source.baseAddress!, min(source.count, byteCount - offset))
            }
        }
    }

    /// The part of a numeric tensor that has the extents `kept`, from row `row` on.
    ///
    /// - Precondition: `kept` has as many extents, none above the tensor's.
    static func part(of tensor: Tensor, row: Int, kept: [Int]) -> Tensor {
        let size = tensor.dataType.byteCount ?? 1
        let extents = tensor.shape.dimensions
        // Extents whose product no number holds stand beside a 0.
        let begin = extents.contains(0) ? 0 : row * extents.dropFirst().reduce(size, *)
        let count = kept.contains(0) ? 0 : kept.reduce(size, *)
        // All inner extents but the outermost of one row are whole: the elements lie in one piece.
        let isWhole = kept.dropFirst().elementsEqual(extents.dropFirst())
        let isPrefix = kept[0] == 1 && kept.dropFirst(2).elementsEqual(extents.dropFirst(2))
        if isWhole || isPrefix || count == 0 {
            return Tensor(
                dataType: tensor.dataType, shape: Shape(kept), bytes: tensor.bytes[begin..<(begin + count)])
        }
        let bytes = Bytes(uninitializedCount: count) { memory in
            guard let to = memory.baseAddress, let from = tensor.bytes.base else { return }
            var large = extents
            large[0] = kept[0]
            copy(
                small: kept, at: to, large: large, at: UnsafeMutableRawPointer(mutating: from) + begin,
                elementByteCount: size, isInto: false)
        }
        return Tensor(dataType: tensor.dataType, shape: Shape(kept), bytes: bytes)
    }
}
