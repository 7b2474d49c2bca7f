import DunlinBytes
import DunlinInference
import DunlinTensor
import Glibc

/// The fields of `InferTensorContents`.
enum GRPCContentsField: Int {
    case bool = 1, int, int64, uint, uint64, fp32, fp64, bytes

    var name: StaticString {
        switch self {
        case .bool: "bool_contents"
        case .int: "int_contents"
        case .int64: "int64_contents"
        case .uint: "uint_contents"
        case .uint64: "uint64_contents"
        case .fp32: "fp32_contents"
        case .fp64: "fp64_contents"
        case .bytes: "bytes_contents"
        }
    }

    /// Where elements of `type` stand; `nil` for FP16 and BF16, which are raw only.
    init?(_ type: DataType) {
        switch type {
        case .bool: self = .bool
        case .int8, .int16, .int32: self = .int
        case .int64: self = .int64
        case .uint8, .uint16, .uint32: self = .uint
        case .uint64: self = .uint64
        case .fp32: self = .fp32
        case .fp64: self = .fp64
        case .bytes: self = .bytes
        case .fp16, .bf16: return nil
        }
    }
}

extension GRPCInferReader {
    /// The elements of `contents`, of which protobuf allows several that count as one.
    mutating func readContents(
        _ parts: [UnsafeRawBufferPointer], _ dataType: DataType, _ shape: Shape
    ) throws(InferError) -> Tensor {
        field = "contents"
        defer { field = "" }
        guard let wanted = GRPCContentsField(dataType) else {
            throw failure("\(dataType) data has no typed form; expected it in 'raw_input_contents'")
        }
        field = wanted.name
        if wanted == .bytes { return try readStrings(parts, shape) }
        let byteCount = try checkByteCount(dataType, shape)
        let expected = shape.elementCount
        // Never more memory than the message can fill: an element takes one byte at least.
        let isPlausible = expected <= parts.reduce(0) { $0 + $1.count }
        if isPlausible { try expand(by: byteCount) }
        guard let memory = malloc(isPlausible ? max(byteCount, 1) : 1) else {
            throw failure("expected less data, found \(byteCount) bytes for which there is no memory")
        }
        var sink = GRPCElementSink(memory: memory, capacity: isPlausible ? expected : 0, dataType)
        do throws(InferError) {
            for part in parts { try read(part, wanted, into: &sink) }
        } catch {
            free(memory)
            throw error
        }
        guard sink.count == expected, byteCount > 0 else {
            free(memory)
            guard sink.count == expected else { throw mismatch(shape, sink.count) }
            return Tensor(dataType: dataType, shape: shape, bytes: Bytes())
        }
        return Tensor(dataType: dataType, shape: shape, bytes: Bytes(adopting: memory, count: byteCount))
    }

    private func read(
        _ part: UnsafeRawBufferPointer, _ wanted: GRPCContentsField, into sink: inout GRPCElementSink
    ) throws(InferError) {
        var cursor = ProtobufCursor(part)
        while try next(&cursor) {
            guard cursor.field == wanted.rawValue else {
                try checkEmpty(&cursor, wanted)
                continue
            }
            do throws(ProtobufError) { try sink.read(&cursor) } catch { throw failure("\(error)") }
        }
    }

    /// Refuses elements in another field than that of the tensor's type.
    private func checkEmpty(_ cursor: inout ProtobufCursor, _ wanted: GRPCContentsField) throws(InferError) {
        if let other = GRPCContentsField(rawValue: cursor.field) {
            throw failure("expected the elements here, found them in '\(other.name)'")
        }
        try skip(&cursor)
    }

    private mutating func readStrings(
        _ parts: [UnsafeRawBufferPointer], _ shape: Shape
    ) throws(InferError) -> Tensor {
        let expected = shape.elementCount
        // Its length of four bytes takes the place of the key and the length of at least one each.
        var builder = BytesBuilder(capacity: parts.reduce(0) { $0 + $1.count + min($1.count / 2, 4096) * 2 })
        var count = 0
        for part in parts {
            var cursor = ProtobufCursor(part)
            while try next(&cursor) {
                guard cursor.field == GRPCContentsField.bytes.rawValue else {
                    try checkEmpty(&cursor, .bytes)
                    continue
                }
                let element = try payload(&cursor)
                count += 1
                guard builder.count + 4 + element.count <= limits.maxExpandedByteCount - expandedByteCount else {
                    throw failure(
                        "data expands to more than the maximum allowed input size of \(limits.maxExpandedByteCount) bytes"
                    )
                }
                builder.append(littleEndian: UInt32(truncatingIfNeeded: element.count))
                builder.append(element)
            }
        }
        expandedByteCount += builder.count
        guard count == expected else { throw mismatch(shape, count) }
        return Tensor(dataType: .bytes, shape: shape, bytes: builder.finish())
    }

    private func mismatch(_ shape: Shape, _ count: Int) -> InferError {
        failure("expected \(shape.elementCount) elements for shape \(shape), found \(count)")
    }
}
