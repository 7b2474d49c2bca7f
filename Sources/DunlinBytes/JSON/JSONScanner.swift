/// Reads one JSON text piece by piece, in the order it stands; nothing is built that the caller does not ask for.
///
///     try scanner.enterObject()
///     while let key = try scanner.nextKey() {
///         if key == "id" { id = try scanner.readString() } else { try scanner.skipValue() }
///     }
///     try scanner.expectEnd()
///
/// The grammar is RFC 8259's, to the letter, but for three number tokens that V2 clients send in tensor data: `NaN`,
/// `Infinity` (`Inf`) and `-Infinity` are read by `readElements` and passed by `skipValue`.
///
/// Loops over digits and blanks run without a bounds check: the byte at `end - 1` is a closing bracket, or else the
/// scanner works on a copy with a zero byte at `end`. Either stops every such loop.
package struct JSONScanner: ~Copyable {
    /// Arrays and objects inside one another, at most.
    package static let maxDepth = 100

    /// Keeps the memory alive.
    private let bytes: Bytes
    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    var at: UnsafePointer<UInt8>
    /// Arrays and objects entered and not left.
    private var depth = 0
    /// A value has just ended: a comma or a closing bracket must follow.
    private var isAfterValue = false
    /// Where strings with escapes are unescaped; allocated with the first.
    var scratch: UnsafeMutablePointer<UInt8>?
    var scratchCapacity = 0

    package init(_ text: Bytes) {
        var count = text.count
        if let base = text.base?.assumingMemoryBound(to: UInt8.self) {
            while count > 0, Self.isBlank(base[count - 1]) { count -= 1 }
            let last = count > 0 ? base[count - 1] : 0
            if last == UInt8(ascii: "}") || last == UInt8(ascii: "]") {
                bytes = text
                start = base
                end = base + count
                at = base
                return
            }
        }
        bytes = Bytes(uninitializedCount: count + 1) { copy in
            if count > 0 { copy.baseAddress!.copyMemory(from: text.base!, byteCount: count) }
            copy[count] = 0
        }
        start = bytes.base!.assumingMemoryBound(to: UInt8.self)
        end = start + count
        at = start
    }

    deinit { scratch?.deallocate() }

    /// Bytes read so far.
    package var offset: Int { at - start }

    /// Bytes not yet read.
    package var remainingCount: Int { end - at }

    /// A place to come back to with `reset(to:)`.
    package struct Mark {
        let at: UnsafePointer<UInt8>
        let depth: Int
        let isAfterValue: Bool
    }

    package var mark: Mark { Mark(at: at, depth: depth, isAfterValue: isAfterValue) }

    package mutating func reset(to mark: Mark) {
        at = mark.at
        depth = mark.depth
        isAfterValue = mark.isAfterValue
    }

    /// What the next value begins like; consumes only blanks before it.
    package mutating func peek() -> JSONKind {
        skipBlanks()
        guard at < end else { return .end }
        switch at.pointee {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: return .other
        }
    }

    package mutating func enterObject() throws(JSONError) { try enter(UInt8(ascii: "{"), "an object") }

    package mutating func enterArray() throws(JSONError) { try enter(UInt8(ascii: "["), "an array") }

    /// The next key of the object entered last, with its colon consumed; `nil` at the object's end.
    package mutating func nextKey() throws(JSONError) -> JSONText? {
        guard try advance(to: UInt8(ascii: "}"), "',' or '}'") else { return nil }
        guard at < end, at.pointee == UInt8(ascii: "\"") else { throw unexpected("a key in quotation marks") }
        let key = try readText()
        skipBlanks()
        guard at < end, at.pointee == UInt8(ascii: ":") else { throw unexpected("':' after the key") }
        at += 1
        isAfterValue = false
        return key
    }

    /// True when the array entered last has another element, which is then next; false at its end.
    package mutating func nextElement() throws(JSONError) -> Bool {
        try advance(to: UInt8(ascii: "]"), "',' or ']'")
    }

    /// Checks that nothing but blanks follows.
    package mutating func expectEnd() throws(JSONError) {
        skipBlanks()
        guard at == end else { throw unexpected("the end of the JSON text") }
    }

    /// An error here: `expected …, found …`.
    package func unexpected(_ expected: String) -> JSONError {
        JSONError(offset: offset, message: "expected \(expected), found \(describeNext())")
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    @inline(__always)
    mutating func skipBlanks() {
        guard at < end else { return }
        while Self.isBlank(at.pointee) { at += 1 }
    }

    /// Marks that a value has been consumed.
    mutating func didReadValue() { isAfterValue = true }

    /// Counts one more level.
    mutating func deepen(by levels: Int = 1) throws(JSONError) {
        guard depth + levels <= Self.maxDepth else {
            throw JSONError(
                offset: offset, message: "JSON nesting depth exceeds maximum allowed limit (\(Self.maxDepth))")
        }
        depth += levels
    }

    /// Levels that may still be entered.
    var remainingDepth: Int { Self.maxDepth - depth }

    private mutating func enter(_ bracket: UInt8, _ name: String) throws(JSONError) {
        skipBlanks()
        guard at < end, at.pointee == bracket else { throw unexpected(name) }
        try deepen()
        at += 1
        isAfterValue = false
    }

    private mutating func advance(to closing: UInt8, _ expected: String) throws(JSONError) -> Bool {
        skipBlanks()
        guard at < end else { throw unexpected(expected) }
        if at.pointee == closing {
            precondition(depth > 0, "left more levels than entered")
            at += 1
            depth -= 1
            isAfterValue = true
            return false
        }
        if isAfterValue {
            guard at.pointee == UInt8(ascii: ",") else { throw unexpected(expected) }
            at += 1
            skipBlanks()
            // A closing bracket here would be a comma too many.
            guard at < end, at.pointee != closing else { throw unexpected("another value after ','") }
            isAfterValue = false
        }
        return true
    }

    /// What stands next, for error messages: a short excerpt or a name.
    func describeNext() -> String {
        guard at < end else { return "the end of the text" }
        switch at.pointee {
        case UInt8(ascii: "{"): return "an object"
        case UInt8(ascii: "["): return "an array"
        case UInt8(ascii: "\""): return "a string"
        case 0x21...0x7E: return "'\(excerpt(from: at))'"
        default: return "byte 0x\(String(at.pointee, radix: 16))"
        }
    }

    /// The word at `place`, up to 40 bytes of it, or the one structural byte there.
    func excerpt(from place: UnsafePointer<UInt8>) -> String {
        var stop = place
        while stop < end, stop - place < 40, (0x21...0x7E).contains(stop.pointee),
            !",]}[{:\"".utf8.contains(stop.pointee)
        {
            stop += 1
        }
        if stop == place { stop += 1 }
        return String(decoding: UnsafeBufferPointer(start: place, count: stop - place), as: UTF8.self)
    }
}

/// What a JSON value begins like.
package enum JSONKind: Sendable {
    case object, array, string, number, bool, null
    /// Nothing follows.
    case end
    /// Something that no JSON value begins with.
    case other

    /// With its article, for error messages.
    package var name: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .null: "null"
        case .end: "the end of the text"
        case .other: "something that is not JSON"
        }
    }
}
