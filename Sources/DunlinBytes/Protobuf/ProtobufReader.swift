import Glibc

/// Why bytes are not a protobuf message.
package struct ProtobufError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Reads the fields of one protobuf message in the order they stand there, without copying.
///
/// Every length is checked against the bytes that are left, so reading never leaves the message and allocates
/// nothing. Groups, which no file has used for fifteen years, are refused.
package struct ProtobufReader {
    private let bytes: Bytes
    private var offset = 0

    package init(_ bytes: Bytes) { self.bytes = bytes }

    /// The next field, or `nil` at the end of the message.
    package mutating func next() throws(ProtobufError) -> ProtobufField? {
        guard offset < bytes.count else { return nil }
        let key = try varint()
        let number = Int(key >> 3 & 0x1FFF_FFFF)
        guard number > 0, key >> 3 <= 0x1FFF_FFFF else {
            throw ProtobufError("field number \(key >> 3) is out of range")
        }
        switch key & 7 {
        case 0: return ProtobufField(number: number, value: .varint(try varint()))
        case 1: return ProtobufField(number: number, value: .fixed64(try fixed(UInt64.self)))
        case 2:
            let length = try varint()
            guard length <= UInt64(bytes.count - offset) else {
                throw ProtobufError("field \(number) has \(length) bytes, \(bytes.count - offset) are left")
            }
            defer { offset += Int(length) }
            return ProtobufField(number: number, value: .bytes(bytes[offset..<offset + Int(length)]))
        case 5: return ProtobufField(number: number, value: .fixed32(try fixed(UInt32.self)))
        default: throw ProtobufError("field \(number) has wire type \(key & 7), which is not supported")
        }
    }

    /// The next base-128 number.
    fileprivate mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        guard let base = bytes.base else { throw ProtobufError("a number is cut short") }
        while offset < bytes.count {
            let byte = base.load(fromByteOffset: offset, as: UInt8.self)
            offset += 1
            if shift == 63 && byte > 1 { throw ProtobufError("a number has more than 64 bits") }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
            if shift > 63 { throw ProtobufError("a number has more than 64 bits") }
        }
        throw ProtobufError("a number is cut short")
    }

    private mutating func fixed<Value: FixedWidthInteger>(_ type: Value.Type) throws(ProtobufError) -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count - offset >= size, let base = bytes.base else { throw ProtobufError("a number is cut short") }
        defer { offset += size }
        return Value(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

/// One field of a message.
package struct ProtobufField: Sendable {
    package let number: Int
    package let value: Value

    package enum Value: Sendable {
        case varint(UInt64)
        case fixed32(UInt32)
        case fixed64(UInt64)
        /// A string, bytes, a message or packed numbers: a slice of the message.
        case bytes(Bytes)
    }

    /// The field as a number written as varint.
    package func varint() throws(ProtobufError) -> UInt64 {
        guard case .varint(let value) = value else { throw wrongType("a number") }
        return value
    }

    package func int64() throws(ProtobufError) -> Int64 { Int64(bitPattern: try varint()) }

    /// The field as an `int32` or an enumeration.
    package func int32() throws(ProtobufError) -> Int32 { Int32(truncatingIfNeeded: try varint()) }

    package func float() throws(ProtobufError) -> Float {
        guard case .fixed32(let value) = value else { throw wrongType("a float") }
        return Float(bitPattern: value)
    }

    /// The field as string, bytes or message.
    package func bytes() throws(ProtobufError) -> Bytes {
        guard case .bytes(let value) = value else { throw wrongType("a length and bytes") }
        return value
    }

    /// Calls `body` with the number, or with each of the packed numbers.
    package func varints(_ body: (UInt64) throws(ProtobufError) -> Void) throws(ProtobufError) {
        switch value {
        case .varint(let value): try body(value)
        case .bytes(let packed):
            var reader = ProtobufReader(packed)
            while !reader.isAtEnd { try body(try reader.varint()) }
        default: throw wrongType("numbers")
        }
    }

    /// Calls `body` with the four-byte number, or with each of the packed ones.
    package func fixed32s(_ body: (UInt32) -> Void) throws(ProtobufError) {
        switch value {
        case .fixed32(let value): body(value)
        case .bytes(let packed): try Self.unpack(packed, body)
        default: throw wrongType("four-byte numbers")
        }
    }

    /// Calls `body` with the eight-byte number, or with each of the packed ones.
    package func fixed64s(_ body: (UInt64) -> Void) throws(ProtobufError) {
        switch value {
        case .fixed64(let value): body(value)
        case .bytes(let packed): try Self.unpack(packed, body)
        default: throw wrongType("eight-byte numbers")
        }
    }

    private static func unpack<Value: FixedWidthInteger>(
        _ packed: Bytes, _ body: (Value) -> Void
    ) throws(ProtobufError) {
        let size = MemoryLayout<Value>.size
        guard packed.count % size == 0 else {
            throw ProtobufError("\(packed.count) bytes of packed numbers is no multiple of \(size)")
        }
        packed.withUnsafeBytes { bytes in
            for offset in stride(from: 0, to: bytes.count, by: size) {
                body(Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self)))
            }
        }
    }

    private func wrongType(_ expected: String) -> ProtobufError {
        let received =
            switch value {
            case .varint: "a number"
            case .fixed32: "a four-byte number"
            case .fixed64: "an eight-byte number"
            case .bytes: "a length and bytes"
            }
        return ProtobufError("field \(number) must be \(expected), it is \(received)")
    }
}

extension ProtobufReader {
    fileprivate var isAtEnd: Bool { offset >= bytes.count }
}
