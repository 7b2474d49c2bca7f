import Glibc

/// A growing buffer that becomes a `Bytes` without a copy.
///
/// Grows by doubling. Callers that write many elements reserve once and write through `withSpace`.
package struct BytesBuilder: ~Copyable {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    package private(set) var count = 0

    package init(capacity: Int = 0) {
        if capacity > 0 { reserve(capacity) }
    }

    deinit { free(memory) }

    /// Makes room for `extra` more bytes.
    package mutating func reserve(_ extra: Int) {
        let needed = count + extra
        guard needed > capacity else { return }
        capacity = Swift.max(needed, capacity * 2, 64)
        memory = realloc(memory, capacity)!
    }

    package mutating func append(_ byte: UInt8) {
        reserve(1)
        memory!.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    package mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(_ bytes: Bytes) {
        bytes.withUnsafeBytes { append($0) }
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        memcpy(memory! + count, source, bytes.count)
        count += bytes.count
    }

    /// Appends the eight, four, two or one bytes of `value`, least significant first.
    package mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append($0) }
    }

    /// Puts `value` over bytes that were appended before.
    package mutating func overwrite<Value: FixedWidthInteger & BitwiseCopyable>(
        littleEndian value: Value, at offset: Int
    ) {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count, "offset out of range")
        memory!.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    /// Lets `write` fill up to `most` bytes and return how many it wrote.
    package mutating func withSpace(_ most: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
        reserve(most)
        guard let memory else { return }
        let written = write(memory + count)
        precondition(written <= most, "more bytes written than reserved")
        count += written
    }

    /// Gives what was appended so far; valid for the call only.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: memory, count: count))
    }

    /// Gives what was appended so far, to be changed; `nil` memory is never given: something must have been appended.
    package mutating func withWrittenBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(count > 0, "nothing was written")
        return try body(memory.unsafelyUnwrapped)
    }

    package mutating func removeAll() { count = 0 }

    /// Gives up the buffer as an immutable value and starts empty again.
    package mutating func finish() -> Bytes {
        guard let buffer = memory, count > 0 else { return Bytes() }
        let result = Bytes(adopting: buffer, count: count)
        memory = nil
        capacity = 0
        count = 0
        return result
    }
}
