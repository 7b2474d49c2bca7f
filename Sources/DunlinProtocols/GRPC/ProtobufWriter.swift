import DunlinBytes
import Glibc

/// Writes one protobuf message into one buffer, fields in the order they are given.
///
/// Fields of proto3 that have their default value are left out, as every writer does, unless they are members of a *oneof*
/// (`always`).
struct ProtobufWriter: ~Copyable {
    private var builder: BytesBuilder

    init(capacity: Int = 64) { builder = BytesBuilder(capacity: capacity) }

    /// Bytes written so far.
    var count: Int { builder.count }

    // MARK: Parts

    mutating func varint(_ value: UInt64) {
        builder.withSpace(10) { ProtobufSize.write(value, to: $0) }
    }

    mutating func key(_ field: Int, _ wire: ProtobufCursor.Wire) { varint(UInt64(field << 3) | UInt64(wire.rawValue)) }

    mutating func raw(_ bytes: Bytes) { builder.append(bytes) }

    mutating func raw(_ bytes: UnsafeRawBufferPointer) { builder.append(bytes) }

    mutating func raw(_ byte: UInt8) { builder.append(byte) }

    mutating func raw(utf8 text: String) { builder.append(utf8: text) }

    mutating func raw<Value: FixedWidthInteger>(littleEndian value: Value) { builder.append(littleEndian: value) }

    /// Lets `write` fill exactly `count` bytes.
    mutating func raw(count: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
        builder.withSpace(count) {
            write($0)
            return count
        }
    }

    // MARK: Fields

    mutating func uint(_ field: Int, _ value: UInt64, always: Bool = false) {
        guard value != 0 || always else { return }
        key(field, .varint)
        varint(value)
    }

    mutating func int(_ field: Int, _ value: Int, always: Bool = false) {
        uint(field, UInt64(bitPattern: Int64(value)), always: always)
    }

    mutating func bool(_ field: Int, _ value: Bool, always: Bool = false) { uint(field, value ? 1 : 0, always: always) }

    mutating func double(_ field: Int, _ value: Double, always: Bool = false) {
        guard value.bitPattern != 0 || always else { return }
        key(field, .fixed64)
        raw(littleEndian: value.bitPattern)
    }

    mutating func float(_ field: Int, _ value: Float, always: Bool = false) {
        guard value.bitPattern != 0 || always else { return }
        key(field, .fixed32)
        raw(littleEndian: value.bitPattern)
    }

    mutating func string(_ field: Int, _ text: String, always: Bool = false) {
        guard always || !text.isEmpty else { return }
        key(field, .bytes)
        varint(UInt64(text.utf8.count))
        raw(utf8: text)
    }

    mutating func bytes(_ field: Int, _ bytes: Bytes, always: Bool = false) {
        guard always || !bytes.isEmpty else { return }
        key(field, .bytes)
        varint(UInt64(bytes.count))
        raw(bytes)
    }

    /// Packed integers; nothing when there are none.
    mutating func ints(_ field: Int, _ values: [Int]) {
        guard !values.isEmpty else { return }
        message(field) { writer in
            for value in values { writer.varint(UInt64(bitPattern: Int64(value))) }
        }
    }

    /// A message, written even when it is empty. Meant for small ones: what has 128 bytes or more is moved once.
    mutating func message(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
        key(field, .bytes)
        let start = count
        raw(0)
        body(&self)
        builder.insertLength(at: start)
    }

    /// An entry of a map from text.
    mutating func entry(_ field: Int, key: String, _ value: (inout ProtobufWriter) -> Void) {
        message(field) { writer in
            writer.string(1, key)
            value(&writer)
        }
    }

    /// Lets `write` change the first bytes.
    mutating func overwritePrefix(_ write: (UnsafeMutableRawPointer) -> Void) { builder.withWrittenBytes(write) }

    mutating func finish() -> Bytes { builder.finish() }

    /// What was written so far; the next bytes begin a new buffer.
    mutating func flush(capacity: Int) -> Bytes {
        let written = builder.finish()
        builder.reserve(capacity)
        return written
    }
}

extension BytesBuilder {
    /// Puts the count of the bytes behind the one at `start` into its place, moving them when it needs more room.
    fileprivate mutating func insertLength(at start: Int) {
        let length = count - start - 1
        let size = ProtobufSize.varint(UInt64(length))
        if size > 1 { withSpace(size - 1) { _ in size - 1 } }
        withWrittenBytes { bytes in
            if size > 1 { memmove(bytes + start + size, bytes + start + 1, length) }
            _ = ProtobufSize.write(UInt64(length), to: bytes + start)
        }
    }
}

/// How many bytes things take in a message.
enum ProtobufSize {
    static func varint(_ value: UInt64) -> Int { (64 - (value | 1).leadingZeroBitCount + 6) / 7 }

    /// A length and as many bytes, with a key of one byte.
    static func bytes(_ count: Int) -> Int { 1 + varint(UInt64(count)) + count }

    /// The same for a field that is left out when it is empty.
    static func text(_ text: String) -> Int { text.isEmpty ? 0 : bytes(text.utf8.count) }

    /// Writes a base-128 number; how many bytes it took, at most 10.
    @inline(__always)
    static func write(_ value: UInt64, to target: UnsafeMutableRawPointer) -> Int {
        var value = value
        var count = 0
        while value >= 0x80 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: value) | 0x80, toByteOffset: count, as: UInt8.self)
            value >>= 7
            count += 1
        }
        target.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: count, as: UInt8.self)
        return count + 1
    }
}
