import DunlinBytes

/// What the field `Authorization` of a request says.
enum Authorization: Equatable {
    case missing
    /// Something else than an API key, or more than one.
    case other
    /// The key's bytes, as a range of the field's.
    case key(Range<Int>)

    /// Reads `ApiKey <key>` or `Bearer <key>`; schemes are written in any case (RFC 9110, 11.1).
    init(_ value: Bytes?) {
        guard let value else {
            self = .missing
            return
        }
        self = value.withUnsafeBytes { bytes in
            for scheme in ["apikey", "bearer"] as [StaticString] {
                let length = scheme.utf8CodeUnitCount
                guard bytes.count > length, Self.isBlank(bytes[length]) else { continue }
                let isScheme = (0..<length).allSatisfy { bytes[$0] | 0x20 == scheme.utf8Start[$0] }
                guard isScheme else { continue }
                var start = length
                while start < bytes.count, Self.isBlank(bytes[start]) { start += 1 }
                guard start < bytes.count, !bytes[start...].contains(where: Self.isBlank) else { return .other }
                return .key(start..<bytes.count)
            }
            return .other
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
