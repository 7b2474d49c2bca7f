/// The caller's span, as W3C Trace Context carries it in the fields `traceparent` and `tracestate`.
///
/// - SeeAlso: [Trace Context](https://www.w3.org/TR/trace-context/)
package struct TraceContext: Sendable, Equatable {
    /// 16 bytes, not all zero.
    package let traceID: TraceID
    /// The caller's span.
    package let parentID: SpanID
    /// The caller records this trace.
    package let isSampled: Bool
    /// What the callers' tracing systems told each other; passed on as it came. Empty: nothing, or nothing valid.
    package let state: String

    /// Reads the values of the two fields, as many as came.
    ///
    /// - Returns: `nil` unless there is exactly one valid `traceparent`: then the request begins a trace of its own.
    ///   A `tracestate` that is not valid is dropped alone, as the specification asks.
    package init?(parents: [String], states: [String]) {
        guard parents.count == 1, let parent = Self.parse(parents[0]) else { return nil }
        (traceID, parentID, isSampled) = parent
        let state = states.joined(separator: ",")
        self.state = Self.isValid(state: state) ? state : ""
    }

    // MARK: traceparent

    /// `version-trace-parent-flags`, in lower-case hexadecimal. Later versions may say more behind another dash.
    private static let version0ByteCount = 55

    private static func parse(_ text: String) -> (TraceID, SpanID, Bool)? {
        let bytes = Array(text.utf8.prefix(version0ByteCount + 1))
        guard bytes.count >= version0ByteCount, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = byte(bytes[0], bytes[1]), version != 0xFF,
            let traceID = TraceID(hexadecimal: bytes[3..<35]), let parentID = SpanID(hexadecimal: bytes[36..<52]),
            let flags = byte(bytes[53], bytes[54])
        else { return nil }
        if bytes.count > version0ByteCount {
            guard version != 0, bytes[version0ByteCount] == dash else { return nil }
        }
        return (traceID, parentID, flags & 1 != 0)
    }

    private static let dash = UInt8(ascii: "-")

    private static func byte(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = LowercaseHexadecimal.value(high), let low = LowercaseHexadecimal.value(low) else { return nil }
        return high << 4 | low
    }

    // MARK: tracestate

    /// Entries of a `tracestate`, at most; the specification's limit.
    package static let maxStateEntryCount = 32
    /// Bytes of a `tracestate`, at most: what the specification asks every system to pass on.
    package static let maxStateByteCount = 512

    /// `key=value` entries with commas between them; empty entries are allowed, keys come once.
    private static func isValid(state: String) -> Bool {
        guard state.utf8.count <= maxStateByteCount else { return false }
        var keys: Set<Substring> = []
        for part in state.split(separator: ",", omittingEmptySubsequences: true) {
            let entry = part.trimmingBlanks
            if entry.isEmpty { continue }
            guard let equals = entry.firstIndex(of: "=") else { return false }
            let key = entry[..<equals]
            guard isValid(key: key), isValid(value: entry[entry.index(after: equals)...]), keys.insert(key).inserted,
                keys.count <= maxStateEntryCount
            else { return false }
        }
        return true
    }

    private static func isValid(key: Substring) -> Bool {
        guard let first = key.utf8.first, key.utf8.count <= 256, isLowercase(first) || isDigit(first) else {
            return false
        }
        return key.utf8.allSatisfy { isLowercase($0) || isDigit($0) || "_-*/@".utf8.contains($0) }
    }

    /// Printable ASCII but for comma and equals sign.
    private static func isValid(value: Substring) -> Bool {
        !value.isEmpty && value.utf8.count <= 256
            && value.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
    }

    private static func isLowercase(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension Substring {
    /// Without blanks and tabs at both ends.
    fileprivate var trimmingBlanks: Substring {
        var rest = self
        while let first = rest.utf8.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
        while let last = rest.utf8.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
        return rest
    }
}
