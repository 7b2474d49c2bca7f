import DunlinBytes
import DunlinTensor

extension DataType {
    /// How elements are read from and written to JSON; `nil` for BYTES, whose elements are strings, and for FP16 and
    /// BF16, which have no JSON form in the protocol.
    var jsonElementType: JSONElementType? {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .fp32: .float
        case .fp64: .double
        case .fp16, .bf16, .bytes: nil
        }
    }

    /// The type with the name `text`; a protocol name is found without making a string.
    init?(_ text: JSONText) {
        for (name, type) in Self.protocolNames where text == name {
            self = type
            return
        }
        guard text.count <= Self.maxNameByteCount else { return nil }
        self.init(name: text.string)
    }

    /// Bytes of the longest name.
    private static let maxNameByteCount = 6

    /// The usual ones first.
    private static let protocolNames: [(StaticString, DataType)] = [
        ("FP32", .fp32), ("INT64", .int64), ("BYTES", .bytes), ("FP64", .fp64), ("INT32", .int32), ("UINT8", .uint8),
        ("BOOL", .bool), ("FP16", .fp16), ("BF16", .bf16), ("UINT32", .uint32), ("UINT64", .uint64), ("INT8", .int8),
        ("INT16", .int16), ("UINT16", .uint16),
    ]
}
