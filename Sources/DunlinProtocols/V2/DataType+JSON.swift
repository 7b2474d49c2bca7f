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

    /// The type with the name `text`; the usual ones are found without making a string.
    init?(_ text: JSONText) {
        if text == "FP32" {
            self = .fp32
        } else if text == "INT64" {
            self = .int64
        } else if text == "BYTES" {
            self = .bytes
        } else if text.count <= 8, let type = DataType(name: text.string) {
            self = type
        } else {
            return nil
        }
    }
}
