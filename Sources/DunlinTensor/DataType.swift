/// A tensor's element type, with the names of the Open Inference Protocol (V2).
public enum DataType: UInt8, Sendable, CaseIterable, Hashable {
    case bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, fp16, bf16, fp32, fp64, bytes

    /// The protocol's name: `FP32`, `BYTES`, ….
    public var name: String { Self.names[Int(rawValue)] }

    /// The type with a protocol name (`FP32`), or AMD's spelling of it (`Fp32`), or `nil`.
    public init?(name: String) {
        let upper = name.uppercased()
        guard let index = Self.names.firstIndex(of: name) ?? Self.names.firstIndex(of: upper) else { return nil }
        self.init(rawValue: UInt8(index))
    }

    /// Bytes per element; `nil` for `BYTES`, whose elements vary.
    public var byteCount: Int? {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .fp16, .bf16: 2
        case .uint32, .int32, .fp32: 4
        case .uint64, .int64, .fp64: 8
        case .bytes: nil
        }
    }

    /// Bytes an address must be a multiple of for this type's elements; 1 for `BYTES`.
    public var alignment: Int { byteCount ?? 1 }

    private static let names = [
        "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32",
        "FP64", "BYTES",
    ]
}

extension DataType: CustomStringConvertible {
    public var description: String { name }
}
