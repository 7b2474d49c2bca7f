import DunlinBytes
import DunlinInference
import DunlinTensor

/// Text that stands for numbers: a classifier's class names, an encoder's values.
struct TextLabels: Sendable {
    /// The most bytes that one output of labels may take, lengths included: 256 MiB. A few long names in the model and
    /// a few bytes for each row could ask for very many.
    static let mostByteCount = 1 << 28

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
    }

    var count: Int { starts.count - 1 }
    var memoryByteCount: Int { elements.count + starts.count * 8 }

    /// The labels that `numbers` stand for.
    ///
    /// - Parameter numbers: As many as `shape` has elements, each in `0..<count`.
    /// - Throws: `.resourceExhausted` beyond `mostByteCount`, before anything is allocated.
    func tensor(_ numbers: UnsafeBufferPointer<Int32>, shape: Shape) throws(InferError) -> Tensor {
        var byteCount = 0
        for number in numbers {
            byteCount += starts[Int(number) + 1] - starts[Int(number)]
            guard byteCount <= Self.mostByteCount else {
                throw InferError(
                    .resourceExhausted,
                    "the labels of \(numbers.count) elements need more than \(Self.mostByteCount) bytes")
            }
        }
        let bytes = Bytes(uninitializedCount: byteCount) { target in
            elements.withUnsafeBytes { elements in
                var next = target.baseAddress!
                for number in numbers {
                    let (start, end) = (starts[Int(number)], starts[Int(number) + 1])
                    next.copyMemory(from: elements.baseAddress! + start, byteCount: end - start)
                    next += end - start
                }
            }
        }
        return Tensor(dataType: .bytes, shape: shape, bytes: bytes)
    }
}
