package import DunlinInference

/// Every ONNX operator the engine runs. A model that needs another one is refused by name, so that another backend
/// may take it.
package enum Operators {
    /// All entries; each family's list is in its own folder.
    package static let table: [OperatorEntry] =
        elementwise + arithmetic + legacyArithmetic + movement + linear + vision + reduction + normalization
        + ml + text
        + recurrent
        + control
        + resizing
        + losses
        + detection
        + attention
        + random
        + signal
        + sequence
        + training
        + quantization
        + blockQuantization

    /// The newest opset whose operators were compared with this table, by domain.
    package static let newestOpset: [String: Int] = [
        "": 28, "ai.onnx.ml": 5, "com.microsoft": 1, "ai.onnx.preview.training": 1,
    ]

    /// The entry for an operator as opset `version` of its domain defines it.
    package static func entry(domain: String, name: String, opset version: Int) -> OperatorEntry? {
        byName[Key(domain: domain, name: name)]?.last { $0.since <= version }
    }

    /// Whether any version of the operator is in the table.
    package static func contains(domain: String, name: String) -> Bool {
        byName[Key(domain: domain, name: name)] != nil
    }

    private struct Key: Hashable {
        var domain: String
        var name: String
    }

    private static let byName: [Key: [OperatorEntry]] = Dictionary(
        grouping: table, by: { Key(domain: $0.domain, name: $0.name) }
    ).mapValues { $0.sorted { $0.since < $1.since } }
}

/// One line of the operator table.
package struct OperatorEntry: Sendable {
    package typealias Failure = InferError
    package typealias Maker = @Sendable (Node) throws(Failure) -> any Operator

    /// `""` for ONNX itself, `ai.onnx.ml`, `com.microsoft`.
    package let domain: String
    package let name: String
    /// The first opset version whose definition `make` understands; it serves later ones up to the next entry.
    package let since: Int
    /// How many inputs the operator takes; the first `inputs.lowerBound` must be there.
    package let inputs: ClosedRange<Int>
    package let make: Maker

    /// Whether the operator takes any number of tensors, of which none may be left out. `Loop` and `Scan`, whose first
    /// inputs may be, look at theirs themselves.
    package var isVariadic: Bool { inputs.upperBound == Operators.mostInputs && inputs.lowerBound > 0 }

    package init(_ domain: String, _ name: String, _ since: Int, inputs: ClosedRange<Int>, _ make: @escaping Maker) {
        self.domain = domain
        self.name = name
        self.since = since
        self.inputs = inputs
        self.make = make
    }
}
