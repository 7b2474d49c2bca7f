package import DunlinBytes
package import DunlinTensor

/// A named constant of a node.
package struct ONNXAttribute: Sendable {
    package var name: String
    package var value: Value

    package indirect enum Value: Sendable {
        /// A repeated attribute without elements, whose kind old files leave out.
        case empty
        case float(Float)
        case int(Int64)
        case string(Bytes)
        case tensor(Tensor)
        case graph(ONNXGraph)
        case floats([Float])
        case ints([Int64])
        case strings([Bytes])
        case tensors([Tensor])
        case graphs([ONNXGraph])
        /// Inside a function: the attribute of the calling node with this name.
        case reference(String)

        /// The kind in words, for messages.
        package var kind: String {
            switch self {
            case .empty: "empty"
            case .float: "a float"
            case .int: "an integer"
            case .string: "a string"
            case .tensor: "a tensor"
            case .graph: "a graph"
            case .floats: "floats"
            case .ints: "integers"
            case .strings: "strings"
            case .tensors: "tensors"
            case .graphs: "graphs"
            case .reference: "a reference"
            }
        }
    }

    package init(name: String, value: Value) {
        self.name = name
        self.value = value
    }
}
