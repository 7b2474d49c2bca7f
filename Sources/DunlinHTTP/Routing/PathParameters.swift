/// What a path said in the places of a route's parameters, percent-decoded.
package struct PathParameters: Sendable {
    var names: [String]
    /// Most routes have one parameter or two: they need no array.
    private var first: String?
    private var second: String?
    private var others: [String] = []

    package init(names: [String] = [], values: [String] = []) {
        self.names = names
        for value in values { append(value) }
    }

    mutating func append(_ value: String) {
        if first == nil {
            first = value
        } else if second == nil {
            second = value
        } else {
            others.append(value)
        }
    }

    /// The value of `name`; `nil` when the route has no such parameter.
    package subscript(name: String) -> String? {
        guard let index = names.firstIndex(of: name) else { return nil }
        return index == 0 ? first : index == 1 ? second : others[index - 2]
    }

    /// Puts another value in the place of what the path said. No effect when the route has no such parameter.
    package mutating func replace(_ name: String, with value: String) {
        switch names.firstIndex(of: name) {
        case nil: break
        case 0: first = value
        case 1: second = value
        case let index?: others[index - 2] = value
        }
    }

    package var isEmpty: Bool { names.isEmpty }
}
