import DunlinBytes
import DunlinInference

/// A small request body that is one JSON object.
struct V2Object {
    /// What the body is, for messages.
    let title: String
    let members: [JSONValue.Member]

    /// Values in one such body, at most.
    static let maxValueCount = 1024

    /// - Parameter isOptional: True when no body, blanks and `null` stand for `{}`.
    init(_ body: Bytes, of title: String, isOptional: Bool) throws(InferError) {
        self.title = title
        var scanner = JSONScanner(body)
        if isOptional, scanner.peek() == .end {
            members = []
            return
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: body, maxCount: Self.maxValueCount)
        } catch {
            throw InferError(.invalidArgument, "\(title): \(error)")
        }
        switch value {
        case .object(let members): self.members = members
        case .null where isOptional: members = []
        default: throw InferError(.invalidArgument, "\(title): expected a JSON object, found \(value.kindName)")
        }
    }

    /// What came in another form and means the same.
    init(title: String, members: [JSONValue.Member]) {
        self.title = title
        self.members = members
    }

    subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    func unexpected(_ value: JSONValue, at key: String, expected: String) -> InferError {
        InferError(.invalidArgument, "\(title): '\(key)': expected \(expected), found \(value.kindName)")
    }
}
