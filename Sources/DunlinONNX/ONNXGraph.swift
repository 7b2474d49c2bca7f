package import DunlinTensor

/// A graph of the file: nodes in file order, with the constants they use.
package struct ONNXGraph: Sendable {
    package var name = ""
    package var nodes: [ONNXNode] = []
    package var inputs: [ONNXValue] = []
    package var outputs: [ONNXValue] = []
    /// Shapes that the file states for values in between; often left out.
    package var values: [ONNXValue] = []
    package var initializers: [ONNXInitializer] = []

    package init() {}
}

/// One use of an operator.
package struct ONNXNode: Sendable {
    package var name = ""
    package var domain = ""
    package var type = ""
    /// Which of several functions of one name is meant; usually empty.
    package var overload = ""
    /// The version of `domain` that this node is written for; `nil` for the one that the model imports. Set on nodes
    /// that came from a function, which has imports of its own.
    package var opset: Int?
    /// Value names; `""` where an optional input is left out.
    package var inputs: [String] = []
    package var outputs: [String] = []
    package var attributes: [ONNXAttribute] = []

    package init() {}
}

/// A constant with a name.
package struct ONNXInitializer: Sendable {
    package var name: String
    package var tensor: Tensor

    package init(name: String, tensor: Tensor) {
        self.name = name
        self.tensor = tensor
    }
}

/// A value's name and declared type.
package struct ONNXValue: Sendable {
    package var name = ""
    package var type = ONNXType.unknown

    package init() {}
}

/// What a value may hold.
package indirect enum ONNXType: Sendable {
    case unknown
    /// - Parameter dimensions: `nil` when the file states no shape.
    case tensor(DataType, dimensions: [Dimension]?)
    case sequence(ONNXType)
    case map(key: DataType, value: ONNXType)
    /// Optional, sparse and opaque types, and element types that V2 lacks, by name.
    case other(String)

    /// One extent: a number, a name, or nothing.
    package enum Dimension: Sendable, Hashable {
        case fixed(Int)
        case named(String)
        case unknown
    }
}
