/// A TOML table: its keys in the order they stand.
package struct TOMLTable: Sendable, Equatable {
    package var entries: [Entry] = []

    package struct Entry: Sendable, Equatable {
        package var key: String
        /// The line the key stands on, counted from 1.
        package var line: Int
        package var value: TOMLValue
    }

    package init() {}

    package subscript(key: String) -> TOMLValue? { entries.first { $0.key == key }?.value }

    /// How much a file may hold.
    package struct Limits: Sendable {
        /// Default: 1 MiB.
        package var maxByteCount = 1 << 20
        /// Arrays and inline tables inside each other, and parts of one dotted key. Default: 32.
        package var maxDepth = 32
        /// Keys and array elements in the whole file. Default: 65,536.
        package var maxValueCount = 1 << 16

        package init() {}
    }

    /// Reads TOML 1.0 without its dates and times; any bytes are safe to give.
    ///
    /// - Throws: `TextFormatError` with the line and what was expected there.
    package init(parsing bytes: Bytes, limits: Limits = .init()) throws(TextFormatError) {
        guard bytes.count <= limits.maxByteCount else {
            throw TextFormatError(line: 1, "\(bytes.count) bytes is more than the limit of \(limits.maxByteCount)")
        }
        var parser = TOMLParser(bytes.array, limits: limits)
        self = try parser.parse()
    }
}

/// A value of a TOML file.
package enum TOMLValue: Sendable, Equatable {
    case string(String)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    case array([TOMLValue])
    case table(TOMLTable)

    /// What it is, for error messages.
    package var kind: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a floating-point number"
        case .boolean: "a boolean"
        case .array: "an array"
        case .table: "a table"
        }
    }
}
