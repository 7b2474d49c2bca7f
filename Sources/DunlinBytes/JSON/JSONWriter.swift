/// Writes one JSON text, compactly and in the order of the calls; commas and colons come by themselves.
///
/// The caller keeps begin and end in balance. Strings that are not UTF-8 cannot be written: Swift strings always
/// are, and `strings(lengthPrefixed:)` checks.
package struct JSONWriter: ~Copyable {
    var builder: BytesBuilder
    /// True when something stands before the next key or value on its level.
    var needsComma = false

    /// - Parameter capacity: Bytes to set aside at once.
    package init(capacity: Int = 256) { builder = BytesBuilder(capacity: capacity) }

    package mutating func beginObject() { begin(UInt8(ascii: "{")) }
    package mutating func endObject() { end(UInt8(ascii: "}")) }
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// A key that needs no escapes.
    package mutating func key(_ name: StaticString) {
        builder.withSpace(name.utf8CodeUnitCount + 4) { [needsComma] space in
            var at = space.assumingMemoryBound(to: UInt8.self)
            if needsComma {
                at.pointee = UInt8(ascii: ",")
                at += 1
            }
            at.pointee = UInt8(ascii: "\"")
            UnsafeMutableRawPointer(at + 1).copyMemory(from: name.utf8Start, byteCount: name.utf8CodeUnitCount)
            at += 1 + name.utf8CodeUnitCount
            at[0] = UInt8(ascii: "\"")
            at[1] = UInt8(ascii: ":")
            return UnsafeMutableRawPointer(at + 2) - space
        }
        needsComma = false
    }

    package mutating func key(_ name: String) {
        value(name)
        builder.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func value(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { quote(UnsafeRawBufferPointer($0)) }
    }

    package mutating func value(_ flag: Bool) {
        separate()
        if flag { builder.append("true") } else { builder.append("false") }
    }

    package mutating func value(_ number: Int64) {
        separate()
        builder.withSpace(DecimalInteger.maxByteCount) { DecimalInteger.write(number, to: $0) }
    }

    package mutating func value(_ number: Int) { value(Int64(number)) }

    /// The shortest text that reads back as `number`; `NaN`, `Infinity` or `-Infinity` where there is none.
    package mutating func value(_ number: Double) {
        separate()
        builder.withSpace(ShortestDecimal.maxByteCount) { ShortestDecimal.write(number, to: $0) }
    }

    package mutating func null() {
        separate()
        builder.append("null")
    }

    /// Ends the text.
    package mutating func finish() -> Bytes {
        needsComma = false
        return builder.finish()
    }

    mutating func separate() {
        if needsComma { builder.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        builder.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        builder.append(bracket)
        needsComma = true
    }
}
