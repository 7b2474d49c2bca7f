import DunlinBytes

/// Reading a message that `ConfigurationSchema` has checked.
extension ProtobufTextMessage {
    func first(_ name: String) -> Field? { fields.first { $0.name == name } }

    /// The text of a field; empty when it is not given.
    func string(_ name: String) -> String { first(name)?.value.text ?? "" }

    func bool(_ name: String) -> Bool {
        switch first(name)?.value {
        case .word(let word)?: word.hasPrefix("t") || word.hasPrefix("T")
        case .integer(let number)?: number != 0
        default: false
        }
    }

    func integers(_ name: String) -> [Int] {
        fields.compactMap { if $0.name == name, case .integer(let number) = $0.value { Int(number) } else { nil } }
    }

    func messages(_ name: String) -> [(line: Int, message: ProtobufTextMessage)] {
        fields.compactMap {
            if $0.name == name, case .message(let message) = $0.value { ($0.line, message) } else { nil }
        }
    }
}

extension ProtobufTextMessage.Value {
    /// A scalar as text; empty for messages.
    var text: String {
        switch self {
        case .string(let text), .word(let text): text
        case .integer(let number): String(number)
        case .unsigned(let number): String(number)
        case .float(let number): String(number)
        case .message: ""
        }
    }

    /// An enumeration's name, given by name or by number.
    func name(in names: [String]) -> String {
        if case .integer(let number) = self, names.indices.contains(Int(number)) { return names[Int(number)] }
        return text.uppercased()
    }
}

extension ProtobufTextMessage.Limits {
    /// The file's size was limited when it was read.
    static let unlimitedSize: Self = {
        var limits = Self()
        limits.maxByteCount = .max
        return limits
    }()
}

extension TOMLTable.Limits {
    /// The file's size was limited when it was read.
    static let unlimitedSize: Self = {
        var limits = Self()
        limits.maxByteCount = .max
        return limits
    }()
}
