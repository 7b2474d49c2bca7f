/// One setting of `dunlin serve`: its flag, its environment twin and what a value does.
package struct Flag: Sendable {
    /// Without dashes: `http-port`.
    package let name: String
    /// What stands for the value in the help text: `PORT`.
    package let placeholder: String
    package let defaultText: String
    package let help: String
    /// Set when it may be given several times.
    let repeats: Repeats?
    /// Another server's variable of the same meaning, read where ours is not set.
    var otherEnvironmentName: String?
    /// Applies a value, or says what is wrong with it ("must be …").
    let apply: @Sendable (inout ServerConfiguration, String) -> String?

    /// `DUNLIN_HTTP_PORT`.
    package var environmentName: String {
        "DUNLIN_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// How values of a flag come together.
    struct Repeats: Sendable {
        /// Between values of the environment twin.
        var separator: Character = ","
        /// Forgets the values so far.
        let reset: @Sendable (inout ServerConfiguration) -> Void
    }

    init(
        _ name: String, _ placeholder: String, default defaultText: String, _ help: String, repeats: Repeats? = nil,
        otherEnvironmentName: String? = nil,
        apply: @escaping @Sendable (inout ServerConfiguration, String) -> String?
    ) {
        self.name = name
        self.placeholder = placeholder
        self.defaultText = defaultText
        self.help = help
        self.repeats = repeats
        self.otherEnvironmentName = otherEnvironmentName
        self.apply = apply
    }
}

/// Readers of flag values: each gives an `apply` that stores the value or says what it must be.
extension Flag {
    typealias Apply = @Sendable (inout ServerConfiguration, String) -> String?
    typealias Property<Value> = any WritableKeyPath<ServerConfiguration, Value> & Sendable

    static func integer(_ property: Property<Int>, in range: ClosedRange<Int>) -> Apply {
        { configuration, text in
            guard let value = Int(text), range.contains(value) else {
                return "must be a whole number in \(range.lowerBound)...\(range.upperBound)"
            }
            configuration[keyPath: property] = value
            return nil
        }
    }

    static func bool(_ property: Property<Bool>) -> Apply {
        { configuration, text in
            switch text.lowercased() {
            case "true", "1", "yes", "on": configuration[keyPath: property] = true
            case "false", "0", "no", "off": configuration[keyPath: property] = false
            default: return "must be true or false"
            }
            return nil
        }
    }

    /// A count of bytes, with `K`, `M` or `G` (1024-based, an `iB` or `B` may follow) or without.
    static func byteCount(_ property: Property<Int>, in range: ClosedRange<Int>) -> Apply {
        { configuration, text in
            guard let value = parseByteCount(text), range.contains(value) else {
                return "must be a size in \(range.lowerBound)...\(range.upperBound) bytes, such as 65536, 64K or 64MiB"
            }
            configuration[keyPath: property] = value
            return nil
        }
    }

    /// A time in seconds, or with `ms`, `s`, `m`.
    static func duration(_ property: Property<Duration>, in range: ClosedRange<Duration>) -> Apply {
        { configuration, text in
            guard let value = parseDuration(text), range.contains(value) else {
                return "must be a time from \(describe(range.lowerBound)) to \(describe(range.upperBound)), "
                    + "such as 30, 30s or 500ms"
            }
            configuration[keyPath: property] = value
            return nil
        }
    }

    static func choice<Value: RawRepresentable & CaseIterable & Sendable>(_ property: Property<Value>) -> Apply
    where Value.RawValue == String {
        { configuration, text in
            guard let value = Value(rawValue: text) else {
                return "must be one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")
            }
            configuration[keyPath: property] = value
            return nil
        }
    }

    static func parseByteCount(_ text: String) -> Int? {
        var digits = text.uppercased()[...]
        for suffix in ["IB", "B"] where digits.hasSuffix(suffix) {
            digits = digits.dropLast(suffix.count)
            break
        }
        var shift = 0
        if let unit = digits.last, let power = ["K": 10, "M": 20, "G": 30][unit] {
            shift = power
            digits = digits.dropLast()
        }
        guard let value = Int(digits), value >= 0, value <= Int.max >> shift else { return nil }
        return value << shift
    }

    static func parseDuration(_ text: String) -> Duration? {
        for (suffix, milliseconds) in [("ms", 1), ("s", 1000), ("m", 60_000), ("", 1000)] where text.hasSuffix(suffix) {
            guard let value = Int(text.dropLast(suffix.count)), value >= 0 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: milliseconds)
            return overflow ? nil : .milliseconds(product)
        }
        return nil
    }

    static func describe(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return attoseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
    }
}
