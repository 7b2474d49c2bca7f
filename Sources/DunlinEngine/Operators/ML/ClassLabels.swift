import DunlinBytes
import DunlinInference
import DunlinTensor

/// The names of a classifier's classes, in index order: integers or text, never both.
enum ClassLabels: Sendable {
    case integers([Int64])
    case text([Bytes])

    /// The most classes a classifier may have.
    static let mostClasses = 65_535

    /// Reads `classlabels_strings`, and `integerKey` when there is no text.
    ///
    /// - Throws: When neither is there or both hold something, or there are too many.
    init(_ node: Node, integerKey: String) throws(InferError) {
        let strings = try node.strings("classlabels_strings") ?? []
        let integers = try node.ints(integerKey) ?? []
        guard strings.isEmpty || integers.isEmpty else {
            throw InferError(.invalidArgument, "attributes 'classlabels_strings' and '\(integerKey)' are both set")
        }
        guard strings.count + integers.count > 0 else {
            throw InferError(.invalidArgument, "neither 'classlabels_strings' nor '\(integerKey)' names a class")
        }
        guard strings.count + integers.count <= Self.mostClasses else {
            throw InferError(
                .unsupported, "\(strings.count + integers.count) classes; supported: \(Self.mostClasses)")
        }
        self = strings.isEmpty ? .integers(integers.map(Int64.init)) : .text(strings.map { Bytes($0) })
    }

    var count: Int {
        switch self {
        case .integers(let labels): labels.count
        case .text(let labels): labels.count
        }
    }

    /// The datatype of a label output.
    var dataType: DataType {
        switch self {
        case .integers: .int64
        case .text: .bytes
        }
    }

    /// For the model's metadata.
    var names: [String] {
        switch self {
        case .integers(let labels): labels.map { String($0) }
        case .text(let labels): labels.map(\.string)
        }
    }

    /// These and two more: what classifiers answer that compute one score and have no two names for it.
    var withZeroAndOne: ClassLabels {
        switch self {
        case .integers(let labels): .integers(labels + [0, 1])
        case .text(let labels): .text(labels + [Bytes("0"), Bytes("1")])
        }
    }
}
