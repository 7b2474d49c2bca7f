import DunlinHTTP

/// Groups that only requests with a certain field may call, as Triton's `--http-restricted-api` says.
struct RestrictedAPIs: Sendable, Equatable {
    struct Restriction: Sendable, Equatable {
        let header: String
        let value: String
    }

    private(set) var restrictions: [EndpointGroup: Restriction] = [:]

    /// Names of fields that restrictions ask for.
    var headers: [String] { Set(restrictions.values.map(\.header)).sorted() }

    /// Adds `<api>,<api>:<header>=<value>`; what is wrong with it, or `nil`.
    mutating func add(_ text: String) -> String? {
        guard let colon = text.firstIndex(of: ":"), let equals = text[colon...].firstIndex(of: "=") else {
            return "must be <api>,<api>:<header>=<value>"
        }
        let header = String(text[text.index(after: colon)..<equals])
        let value = String(text[text.index(after: equals)...])
        guard !header.isEmpty, header.utf8.allSatisfy(Self.isNameByte) else {
            return "has '\(header)' where the name of a header field must be"
        }
        guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return "must have a value behind the = without control characters"
        }
        for name in text[..<colon].split(separator: ",", omittingEmptySubsequences: false) {
            guard let group = EndpointGroup(rawValue: String(name)) else {
                return "has '\(name)'; the APIs are " + EndpointGroup.allCases.map(\.rawValue).joined(separator: ", ")
            }
            let restriction = Restriction(header: header, value: value)
            guard restrictions.updateValue(restriction, forKey: group) == nil else {
                return "restricts \(name) a second time"
            }
        }
        return nil
    }

    /// What Triton puts in front of the names of gRPC metadata.
    static let grpcPrefix = "triton-grpc-protocol-"

    /// The refusal in Triton's words.
    ///
    /// - Parameter prefix: What stands in front of the field's name.
    func refusal(_ group: EndpointGroup, _ headers: HTTPHeaders, prefix: String = "") -> Refusal? {
        guard let restriction = restrictions[group] else { return nil }
        let header = prefix + restriction.header
        let value = headers.first(named: header) ?? ""
        if Self.isEqual(value, restriction.value) { return nil }
        let what = prefix.isEmpty ? "API" : "protocol"
        return .forbidden("This \(what) is restricted, expecting header '\(header)'")
    }

    /// In the same time whatever the texts hold; their lengths are no secret.
    private static func isEqual(_ one: String, _ other: String) -> Bool {
        guard one.utf8.count == other.utf8.count else { return false }
        return zip(one.utf8, other.utf8).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
