package import DunlinBytes
import Glibc

/// The fields of a message, as they were received.
///
/// Holds one slice, the checked field lines `name:value\r\n`; a lookup walks them, and text is only made for
/// a value that is asked for. Names compare without regard to case.
package struct HTTPHeaders: Sendable {
    /// Field lines, each ended by CR LF, with at least a colon in each.
    let block: Bytes

    package init() { block = Bytes() }

    /// - Precondition: `block` has been checked by `RequestParser`.
    init(checked block: Bytes) { self.block = block }

    /// Fields made in this process, for tests and in-process calls.
    ///
    /// - Precondition: Names are tokens, and values hold no line breaks.
    package init(_ fields: [(name: String, value: String)]) {
        var builder = BytesBuilder()
        for field in fields {
            precondition(!field.name.isEmpty && field.name.utf8.allSatisfy { ByteClass.isToken($0) }, "field name")
            precondition(field.value.utf8.allSatisfy { ByteClass.isFieldContent($0) }, "field value")
            builder.append(utf8: field.name)
            builder.append(":")
            builder.append(utf8: field.value)
            builder.append("\r\n")
        }
        block = builder.finish()
    }

    /// The first value of `name`, without surrounding blanks; `nil` when there is no such field.
    package subscript(name: StaticString) -> String? { bytes(name)?.string }

    /// The same for a name that is only known at run time.
    package func first(named name: String) -> String? {
        var found: String?
        var name = name
        name.withUTF8 { wanted in
            guard let expected = wanted.baseAddress else { return }
            forEachRange { nameRange, valueRange in
                guard nameRange.count == wanted.count, let base = block.base,
                    ByteClass.isEqualIgnoringCase(base + nameRange.lowerBound, expected, wanted.count)
                else { return true }
                found = block[valueRange].string
                return false
            }
        }
        return found
    }

    /// The first value of `name` as bytes; shares the received head.
    package func bytes(_ name: StaticString) -> Bytes? {
        var found: Bytes?
        forEachRange { nameRange, valueRange in
            guard isEqual(nameRange, name) else { return true }
            found = block[valueRange]
            return false
        }
        return found
    }

    /// Every value of `name`, in the order received.
    package func all(_ name: StaticString) -> [String] {
        var values: [String] = []
        forEachRange { nameRange, valueRange in
            if isEqual(nameRange, name) { values.append(block[valueRange].string) }
            return true
        }
        return values
    }

    /// Every field in the order received; names as the client spelled them.
    package var fields: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        forEachRange { nameRange, valueRange in
            fields.append((block[nameRange].string, block[valueRange].string))
            return true
        }
        return fields
    }

    /// Calls `visit` for each field until it returns false.
    private func forEachRange(_ visit: (_ name: Range<Int>, _ value: Range<Int>) -> Bool) {
        guard let base = block.base else { return }
        var line = 0
        while line < block.count {
            guard let newline = memchr(base + line, 0x0A, block.count - line),
                let colon = memchr(base + line, 0x3A, block.count - line)
            else { return }
            let end = UnsafeRawPointer(newline) - base
            let nameEnd = UnsafeRawPointer(colon) - base
            var first = nameEnd + 1
            var last = max(first, end - 1)
            while first < last, ByteClass.isBlank(block[first]) { first += 1 }
            while last > first, ByteClass.isBlank(block[last - 1]) { last -= 1 }
            guard nameEnd < end, visit(line..<nameEnd, first..<last) else { return }
            line = end + 1
        }
    }

    private func isEqual(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount, let base = block.base else { return false }
        return ByteClass.isEqualIgnoringCase(base + range.lowerBound, name.utf8Start, range.count)
    }
}
