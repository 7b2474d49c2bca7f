/// One value of a `parameters` object of the V2 protocol.
public enum Parameter: Sendable, Hashable {
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
}

/// A `parameters` object: few entries, kept in the order they came.
public struct Parameters: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public private(set) var entries: [Entry] = []

    public struct Entry: Sendable, Hashable {
        public let key: String
        public var value: Parameter
    }

    public init() {}

    public init(dictionaryLiteral elements: (String, Parameter)...) {
        for (key, value) in elements { self[key] = value }
    }

    public var isEmpty: Bool { entries.isEmpty }

    public subscript(key: String) -> Parameter? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// The value as a boolean; `nil` when absent or of another type.
    public func bool(_ key: String) -> Bool? {
        if case .bool(let value)? = self[key] { value } else { nil }
    }

    /// The value as an integer; `nil` when absent or of another type.
    public func int(_ key: String) -> Int64? {
        if case .int(let value)? = self[key] { value } else { nil }
    }

    /// The value as text; `nil` when absent or of another type.
    public func string(_ key: String) -> String? {
        if case .string(let value)? = self[key] { value } else { nil }
    }
}
