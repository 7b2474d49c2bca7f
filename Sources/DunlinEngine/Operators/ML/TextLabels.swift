import DunlinBytes
import DunlinInference
import DunlinTensor

/// Text that stands for numbers: a classifier's class names, an encoder's values.
struct TextLabels: Sendable {
    /// The most bytes that one output of labels may take, lengths included: 256 MiB. A few long names in the model and
    /// a few bytes for each row could ask for very many.
    static let mostByteCount = 1 << 28

    /// Bytes of an output of labels up to which it has room for the longest in every place: then it can be written again.
    static let mostSpareByteCount = 1 << 16

    /// All labels as elements of a `BYTES` tensor, one after another.
    private let elements: [UInt8]
    /// Where each label's element begins in `elements`, and where the last one ends.
    private let starts: [Int]

    init(_ labels: [Bytes]) {
        var builder = BytesBuilder(capacity: labels.reduce(0) { $0 + 4 + $1.count })
        var starts = [0]
        for label in labels {
            builder.append(littleEndian: UInt32(label.count))
            builder.append(label)
            starts.append(builder.count)
        }
        elements = builder.finish().array
        self.starts = starts
        mostElementByteCount = zip(starts, starts.dropFirst()).reduce(0) { max($0, $1.1 - $1.0) }
    }

    var count: Int { starts.count - 1 }
    var memoryByteCount: Int { elements.count + starts.count * 8 }

    /// Bytes of the longest label's element.
    private let mostElementByteCount: Int

    /// The labels that `numbers` stand for.
    ///
    /// - Parameter numbers: As many as `shape` has elements, each in `0..<count`.
    /// - Throws: `.resourceExhausted` beyond `mostByteCount`, before anything is allocated.
    func tensor(_ numbers: UnsafeBufferPointer<Int32>, shape: Shape) throws(InferError) -> Tensor {
        let capacity = try capacity(numbers)
        let bytes = Bytes(capacity: capacity) { write(numbers, to: $0) }
        return Tensor(dataType: .bytes, shape: shape, bytes: bytes)
    }

    /// Writes a tensor again that `tensor` made for as many numbers, when it has room for every label.
    ///
    /// - Returns: False when it has not; then it is as it was.
    /// - Precondition: Nobody else holds the tensor.
    func rewrite(_ tensor: inout Tensor, _ numbers: UnsafeBufferPointer<Int32>) -> Bool {
        guard let capacity = fixedCapacity(numbers.count) else { return false }
        tensor.rewriteBytes { $0.rewrite(capacity: capacity) { write(numbers, to: $0) } }
        return true
    }

    /// Bytes that any labels fit, where that is little.
    private func fixedCapacity(_ elementCount: Int) -> Int? {
        let (byteCount, isTooMuch) = mostElementByteCount.multipliedReportingOverflow(by: elementCount)
        return isTooMuch || byteCount > Self.mostSpareByteCount ? nil : byteCount
    }

    private func capacity(_ numbers: UnsafeBufferPointer<Int32>) throws(InferError) -> Int {
        if let fixed = fixedCapacity(numbers.count) { return fixed }
        var byteCount = 0
        for number in numbers {
            byteCount += starts[Int(number) + 1] - starts[Int(number)]
            guard byteCount <= Self.mostByteCount else {
                throw InferError(
                    .resourceExhausted,
                    "the labels of \(numbers.count) elements need more than \(Self.mostByteCount) bytes")
            }
        }
        return byteCount
    }

    /// Writes the labels one after another; returns their bytes.
    private func write(_ numbers: UnsafeBufferPointer<Int32>, to target: UnsafeMutableRawBufferPointer) -> Int {
        elements.withUnsafeBytes { elements in
            var next = 0
            for number in numbers {
                let (start, end) = (starts[Int(number)], starts[Int(number) + 1])
                // Checks that the label fits.
                UnsafeMutableRawBufferPointer(rebasing: target[next...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: elements[start..<end]))
                next += end - start
            }
            return next
        }
    }
}
