import DunlinBytes

/// One walk over the fields of a protobuf message, without a reference count or an allocation for any of them.
///
///     var cursor = ProtobufCursor(bytes)
///     while try cursor.next() {
///         switch cursor.field {
///         case 1: name = try cursor.payload()
///         default: try cursor.skip()
///         }
///     }
///
/// Every length is checked against the bytes that are left, so reading never leaves the message. Groups, which proto3 does
/// not have, are refused. Whoever makes a cursor keeps the message alive while it is used.
struct ProtobufCursor {
    /// How a field is written.
    enum Wire: UInt8 { case varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 }

    private var position: UnsafeRawPointer
    private let end: UnsafeRawPointer
    /// The field that `next()` came to.
    private(set) var field = 0
    private(set) var wire = Wire.varint

    init(_ bytes: UnsafeRawBufferPointer) {
        // A message without fields may have no memory; the address is compared, never read.
        position = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        end = position + bytes.count
    }

    var isAtEnd: Bool { position == end }

    /// Bytes not read yet.
    var remainingCount: Int { end - position }

    /// Comes to the next field; false at the end. The field must then be read, or skipped.
    mutating func next() throws(ProtobufError) -> Bool {
        guard position < end else { return false }
        let key = try varint()
        let number = key >> 3
        guard number > 0, number <= 0x1FFF_FFFF else { throw ProtobufError("field number \(number) is out of range") }
        field = Int(truncatingIfNeeded: number)
        guard let wire = Wire(rawValue: UInt8(truncatingIfNeeded: key & 7)) else {
            throw ProtobufError("field \(field) has wire type \(key & 7), which is not supported")
        }
        self.wire = wire
        return true
    }

    /// The next base-128 number, wherever the cursor stands.
    @inline(__always)
    mutating func varint() throws(ProtobufError) -> UInt64 {
        if position < end {
            let byte = position.load(as: UInt8.self)
            if byte < 0x80 {
                position += 1
                return UInt64(byte)
            }
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = position.load(as: UInt8.self)
            position += 1
            if shift == 63 && byte > 1 { throw ProtobufError("a number has more than 64 bits") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw ProtobufError("a number has more than 64 bits") }
        }
        throw ProtobufError("a number is cut short")
    }

    /// The next number of a fixed size, wherever the cursor stands.
    mutating func fixed<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type
    ) throws(ProtobufError) -> Value {
        let size = MemoryLayout<Value>.size
        guard end - position >= size else { throw ProtobufError("a number is cut short") }
        defer { position += size }
        return Value(littleEndian: position.loadUnaligned(as: Value.self))
    }

    /// The field as string, bytes, message or packed numbers.
    mutating func payload() throws(ProtobufError) -> UnsafeRawBufferPointer {
        guard wire == .bytes else { throw wrongWire("a length and bytes") }
        let length = try varint()
        guard length <= UInt64(end - position) else {
            throw ProtobufError("field \(field) has \(length) bytes, \(end - position) are left")
        }
        defer { position += Int(length) }
        return UnsafeRawBufferPointer(start: position, count: Int(length))
    }

    /// The field as a number written as varint: all integers, booleans and enumerations.
    mutating func number() throws(ProtobufError) -> UInt64 {
        guard wire == .varint else { throw wrongWire("a number") }
        return try varint()
    }

    mutating func bool() throws(ProtobufError) -> Bool { try number() != 0 }

    mutating func int64() throws(ProtobufError) -> Int64 { Int64(bitPattern: try number()) }

    mutating func double() throws(ProtobufError) -> Double {
        guard wire == .fixed64 else { throw wrongWire("an eight-byte number") }
        return Double(bitPattern: try fixed(UInt64.self))
    }

    /// The field as text.
    mutating func string() throws(ProtobufError) -> String {
        let bytes = try payload()
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ProtobufError("field \(field) must be UTF-8")
        }
        return text
    }

    /// Goes on behind a field that nobody reads.
    mutating func skip() throws(ProtobufError) {
        switch wire {
        case .varint: _ = try varint()
        case .fixed64: _ = try fixed(UInt64.self)
        case .bytes: _ = try payload()
        case .fixed32: _ = try fixed(UInt32.self)
        }
    }

    /// Calls `body` with the number, or with each of the packed ones.
    mutating func eachNumber<Failure: Error>(
        _ body: (UInt64) throws(Failure) -> Void, failure: (ProtobufError) -> Failure
    ) throws(Failure) {
        var packed = ProtobufCursor(UnsafeRawBufferPointer(start: nil, count: 0))
        do throws(ProtobufError) {
            switch wire {
            case .varint: packed = ProtobufCursor(UnsafeRawBufferPointer(start: position, count: try varintByteCount()))
            case .bytes: packed = ProtobufCursor(try payload())
            default: throw wrongWire("numbers")
            }
        } catch { throw failure(error) }
        while !packed.isAtEnd {
            let value: UInt64
            do throws(ProtobufError) { value = try packed.varint() } catch { throw failure(error) }
            try body(value)
        }
    }

    /// Goes on behind a number; how many bytes it has.
    private mutating func varintByteCount() throws(ProtobufError) -> Int {
        let start = position
        _ = try varint()
        return position - start
    }

    func wrongWire(_ expected: String) -> ProtobufError {
        let received =
            switch wire {
            case .varint: "a number"
            case .fixed32: "a four-byte number"
            case .fixed64: "an eight-byte number"
            case .bytes: "a length and bytes"
            }
        return ProtobufError("field \(field) must be \(expected), it is \(received)")
    }
}
