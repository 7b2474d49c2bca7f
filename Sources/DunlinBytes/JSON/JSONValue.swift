/// A whole JSON text in memory, for small bodies and files; tensors never go through it.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    /// Members in the order they came; no key twice.
    case object([Member])

    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// Values in one text, at most, those inside others included. Default of `init(parsing:maxCount:)`.
    package static let defaultMaxCount = 100_000

    /// Reads a whole text.
    ///
    /// - Throws: When it is not JSON, a key comes twice in one object, arrays and objects are nested deeper than
    ///   `JSONScanner.maxDepth`, or it has more than `maxCount` values.
    package init(parsing text: Bytes, maxCount: Int = defaultMaxCount) throws(JSONError) {
        var scanner = JSONScanner(text)
        var count = 0
        self = try JSONValue(reading: &scanner, count: &count, maxCount: maxCount)
        try scanner.expectEnd()
    }

    /// The value of `key`; `nil` when this is no object or has no such key.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// What this is, with its article, for error messages.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    private init(reading scanner: inout JSONScanner, count: inout Int, maxCount: Int) throws(JSONError) {
        count += 1
        guard count <= maxCount else {
            throw JSONError(offset: scanner.offset, message: "expected at most \(maxCount) values")
        }
        switch scanner.peek() {
        case .null:
            try scanner.readNull()
            self = .null
        case .bool: self = .bool(try scanner.readBool())
        case .string: self = .string(try scanner.readString())
        case .array:
            try scanner.enterArray()
            var elements: [JSONValue] = []
            while try scanner.nextElement() {
                elements.append(try JSONValue(reading: &scanner, count: &count, maxCount: maxCount))
            }
            self = .array(elements)
        case .object:
            try scanner.enterObject()
            var members: [Member] = []
            var keys = Set<String>()
            while let text = try scanner.nextKey() {
                let key = text.string
                guard keys.insert(key).inserted else {
                    throw JSONError(offset: scanner.offset, message: "expected each key once, found '\(key)' again")
                }
                members.append(
                    Member(key: key, value: try JSONValue(reading: &scanner, count: &count, maxCount: maxCount)))
            }
            self = .object(members)
        case .other, .end: throw scanner.unexpected("a value")
        case .number:
            switch try scanner.readNumber() {
            case .int(let value): self = .int(value)
            case .double(let value): self = .double(value)
            }
        }
    }
}
