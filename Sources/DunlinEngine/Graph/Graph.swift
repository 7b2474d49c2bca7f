import DunlinBytes
package import DunlinInference
package import DunlinTensor

/// A model's computation: values, and nodes in an order in which each comes after the makers of its inputs.
package struct Graph: Sendable {
    package var values: [Value] = []
    package var nodes: [GraphNode] = []
    /// Value indexes of what a request gives, in the model's order.
    package var inputs: [Int] = []
    package var outputs: [Output] = []

    /// One edge of the graph.
    package struct Value: Sendable {
        package var name: String
        /// What the file says of it, or the constant it is.
        package var declared: TensorFact?
        /// A constant that everything which uses it has packed into a form of its own: its elements are gone,
        /// `declared` tells type and shape.
        package private(set) var isPacked = false

        package init(name: String, declared: TensorFact? = nil) {
            self.name = name
            self.declared = declared
        }

        package var constant: Tensor? { declared?.constant }

        mutating func dropElements() {
            declared?.constant = nil
            isPacked = true
        }
    }

    /// A value under the name the model gives it.
    package struct Output: Sendable {
        package var name: String
        package var value: Int
    }

    package init() {}

    /// Adds a value and returns its index.
    package mutating func add(_ value: Value) -> Int {
        values.append(value)
        return values.count - 1
    }

    /// Bytes of all constants that a node or an output uses.
    package var constantByteCount: Int {
        var used = Set(outputs.map(\.value))
        for node in nodes { used.formUnion(node.inputs.compactMap { $0 }) }
        return used.reduce(0) { $0 + (values[$1].constant?.bytes.count ?? 0) }
    }

    /// How many nodes and outputs use each value.
    package func useCounts() -> [Int] {
        var counts = [Int](repeating: 0, count: values.count)
        for node in nodes {
            for case let input? in node.inputs { counts[input] += 1 }
        }
        for output in outputs { counts[output.value] += 1 }
        return counts
    }
}

/// One operator at its place in the graph.
package struct GraphNode: Sendable {
    package var name: String
    package var domain: String
    /// The operator's name in the file: `Conv`.
    package var type: String
    package var body: any Operator
    /// Value indexes; `nil` where an optional input is left out.
    package var inputs: [Int?]
    package var outputs: [Int?]

    /// The node in words, for messages.
    package var place: String { "node '\(name)' (\(domain.isEmpty ? type : "\(domain).\(type)"))" }
}

extension InferError {
    /// The same error with the place put before it.
    package func within(_ place: String) -> InferError { InferError(code, "\(place): \(message)") }
}
