import DunlinBytes
import DunlinInference
import DunlinTensor
import Glibc

/// Makes one set of inputs of several requests' and hands the outputs back in pieces.
///
/// The inputs are copied once, into memory that is used again when nobody holds on to it; the outputs are slices of
/// what the model answered. Belongs to one instance.
struct BatchTensors {
    /// Buffers above this size are not kept for the next batch.
    static let maxKeptByteCount = 16 << 20

    /// By input.
    private var buffers: [Bytes] = []

    /// The requests' inputs one behind the other along the first axis.
    ///
    /// - Precondition: There is one at least, and all are mergeable with the first.
    mutating func gather(_ requests: [ScheduledRequest]) -> [NamedTensor] {
        requests[0].inputs.indices.map { index in
            let tensor = concatenate(requests.lazy.map { $0.inputs[index].tensor }, index)
            return NamedTensor(requests[0].inputs[index].name, tensor)
        }
    }

    /// Tensors one behind the other along the first axis; a lone one is not copied.
    ///
    /// - Parameter index: The input they become.
    /// - Precondition: There is one at least, and all have the same datatype and other extents.
    mutating func concatenate(_ parts: some Collection<Tensor>, _ index: Int) -> Tensor {
        guard let first = parts.first else { preconditionFailure("nothing to put together") }
        if parts.count == 1 { return first }
        let bytes = space(index, parts.reduce(0) { $0 + $1.bytes.count })
        var (rows, offset) = (0, 0)
        for part in parts {
            rows += part.shape[0]
            guard let from = part.bytes.base, let to = bytes.base else { continue }
            memcpy(UnsafeMutableRawPointer(mutating: to) + offset, from, part.bytes.count)
            offset += part.bytes.count
        }
        let shape = Shape([rows] + first.shape.dimensions.dropFirst())
        return Tensor(dataType: first.dataType, shape: shape, bytes: bytes)
    }

    /// `byteCount` bytes that nobody else sees until the batch has been made.
    mutating func space(_ index: Int, _ byteCount: Int) -> Bytes {
        guard byteCount > 0 else { return Bytes() }
        while buffers.count <= index { buffers.append(Bytes()) }
        if buffers[index].count >= byteCount, buffers[index].isSoleOwner() { return buffers[index][0..<byteCount] }
        let capacity = byteCount <= Self.maxKeptByteCount ? max(64, byteCount + byteCount / 2) : byteCount
        let memory = Bytes(uninitializedCount: capacity) { _ in }
        buffers[index] = byteCount <= Self.maxKeptByteCount ? memory : Bytes()
        return memory[0..<byteCount]
    }

    /// Cuts outputs along the first axis; `nil` when one of them has not as many rows as `rows` in all.
    static func split(_ outputs: [NamedTensor], rows: [Int]) -> [[NamedTensor]]? {
        let total = rows.reduce(0, +)
        var pieces = [[NamedTensor]](repeating: [], count: rows.count)
        for index in pieces.indices { pieces[index].reserveCapacity(outputs.count) }
        for output in outputs {
            let tensor = output.tensor
            guard tensor.shape.rank > 0, tensor.shape[0] == total else { return nil }
            let rowShape = tensor.shape.dimensions.dropFirst()
            // Extents whose product no number holds stand beside a 0.
            var ends = RowEnds(
                tensor, rowElementCount: tensor.shape.dimensions.contains(0) ? 0 : rowShape.reduce(1, *))
            var begin = 0
            for (index, count) in rows.enumerated() {
                let end = ends.advance(by: count)
                let piece = Tensor(
                    dataType: tensor.dataType, shape: Shape([count] + rowShape), bytes: tensor.bytes[begin..<end])
                pieces[index].append(NamedTensor(output.name, piece))
                begin = end
            }
        }
        return pieces
    }

    /// Where rows end in a tensor's bytes.
    private struct RowEnds {
        let rowElementCount: Int
        let rowByteCount: Int?
        let bytes: Bytes
        var offset = 0

        init(_ tensor: Tensor, rowElementCount: Int) {
            self.rowElementCount = rowElementCount
            rowByteCount = tensor.dataType.byteCount.map { $0 * rowElementCount }
            bytes = tensor.bytes
        }

        mutating func advance(by rows: Int) -> Int {
            if let rowByteCount {
                offset += rows * rowByteCount
                return offset
            }
            for _ in 0..<(rows * rowElementCount) {
                guard let base = bytes.base, offset + 4 <= bytes.count else { break }
                let length = base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                offset = min(offset + 4 + Int(UInt32(littleEndian: length)), bytes.count)
            }
            return offset
        }
    }
}

extension BatchTensors {
    /// The rows `range` of inputs that all have the same number of them; numbers are not copied.
    static func slice(_ inputs: [NamedTensor], rows range: Range<Int>, of total: Int) -> [NamedTensor] {
        let parts = [range.lowerBound, range.count, total - range.upperBound]
        return split(inputs, rows: parts)?[1] ?? []
    }

    /// Answers put one behind the other; `nil` when they do not fit together.
    static func join(_ answers: [[NamedTensor]]) -> [NamedTensor]? {
        guard let first = answers.first, answers.allSatisfy({ $0.count == first.count }) else { return nil }
        var joined: [NamedTensor] = []
        for (index, output) in first.enumerated() {
            let shape = output.tensor.shape.dimensions
            var rows = 0
            var builder = BytesBuilder(capacity: answers.reduce(0) { $0 + $1[index].tensor.bytes.count })
            for answer in answers {
                let tensor = answer[index].tensor
                guard tensor.shape.rank > 0, tensor.dataType == output.tensor.dataType,
                    tensor.shape.dimensions.dropFirst() == shape.dropFirst()
                else { return nil }
                rows += tensor.shape[0]
                builder.append(tensor.bytes)
            }
            joined.append(
                NamedTensor(
                    output.name,
                    Tensor(
                        dataType: output.tensor.dataType, shape: Shape([rows] + shape.dropFirst()),
                        bytes: builder.finish())))
        }
        return joined
    }
}
