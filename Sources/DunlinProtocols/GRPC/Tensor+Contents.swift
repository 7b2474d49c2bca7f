import DunlinBytes
import DunlinTensor

/// A tensor as `InferTensorContents`: the one field of its type, packed.
extension Tensor {
    /// Bytes of the message; 0 without elements.
    var contentsByteCount: Int {
        guard !bytes.isEmpty else { return 0 }
        if dataType == .bytes {
            return BytesElements(bytes).reduce(0) { $0 + ProtobufSize.bytes($1.count) }
        }
        return ProtobufSize.bytes(packedByteCount)
    }

    /// Writes the message's field.
    ///
    /// - Precondition: The type is not FP16 or BF16.
    func writeContents(to writer: inout ProtobufWriter) {
        guard !bytes.isEmpty, let field = GRPCContentsField(dataType) else { return }
        if field == .bytes {
            for element in BytesElements(bytes) { writer.bytes(field.rawValue, element, always: true) }
            return
        }
        writer.key(field.rawValue, .bytes)
        let count = packedByteCount
        writer.varint(UInt64(count))
        if isPlain { return writer.raw(bytes) }
        writer.raw(count: count) { target in
            var offset = 0
            forEachNumber { offset += ProtobufSize.write($0, to: target + offset) }
        }
    }

    /// Whether packed elements are the tensor's own bytes.
    private var isPlain: Bool { dataType == .fp32 || dataType == .fp64 || dataType == .bool }

    private var packedByteCount: Int {
        if isPlain { return bytes.count }
        var count = 0
        forEachNumber { count += ProtobufSize.varint($0) }
        return count
    }

    /// Gives each element as protobuf's integers are written: signed ones with the sign in all 64 bits.
    private func forEachNumber(_ body: (UInt64) -> Void) {
        switch dataType {
        case .int8: each(Int8.self, body)
        case .int16: each(Int16.self, body)
        case .int32: each(Int32.self, body)
        case .int64: each(Int64.self, body)
        case .uint8: each(UInt8.self, body)
        case .uint16: each(UInt16.self, body)
        case .uint32: each(UInt32.self, body)
        case .uint64: each(UInt64.self, body)
        case .bool, .fp16, .bf16, .fp32, .fp64, .bytes: break
        }
    }

    private func each<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type, _ body: (UInt64) -> Void) {
        bytes.withUnsafeBytes { source in
            for offset in stride(from: 0, to: source.count, by: MemoryLayout<Element>.size) {
                let element = Element(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: Element.self))
                body(UInt64(truncatingIfNeeded: element))
            }
        }
    }
}
