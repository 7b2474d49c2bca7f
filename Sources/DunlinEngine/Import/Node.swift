import DunlinBytes
package import DunlinInference
package import DunlinONNX
package import DunlinTensor

/// A node of the file as an operator's initializer sees it: attributes by name and type.
///
/// It remembers which attributes were asked for: one that nobody asked for means that the operator does not know
/// it, and the node is refused rather than run wrongly.
package final class Node {
    package let name: String
    package let domain: String
    /// The operator's name in the file: `Conv`.
    package let type: String
    /// The opset version of `domain` that the model imports.
    package let opset: Int
    /// Which inputs the node gives; false where one in the middle is left out.
    package let givenInputs: [Bool]
    /// Which outputs the node wants.
    package let givenOutputs: [Bool]
    private let attributes: [String: ONNXAttribute.Value]
    private let subgraphs: [String: ImportedSubgraph]
    private var asked: Set<String> = []

    package init(
        name: String = "", domain: String = "", type: String, opset: Int, givenInputs: [Bool] = [true],
        givenOutputs: [Bool] = [true], attributes: [String: ONNXAttribute.Value] = [:],
        subgraphs: [String: ImportedSubgraph] = [:]
    ) {
        self.name = name
        self.domain = domain
        self.type = type
        self.opset = opset
        self.givenInputs = givenInputs
        self.givenOutputs = givenOutputs
        self.attributes = attributes
        self.subgraphs = subgraphs
    }

    package func hasInput(_ index: Int) -> Bool { index < givenInputs.count && givenInputs[index] }
    package func hasOutput(_ index: Int) -> Bool { index < givenOutputs.count && givenOutputs[index] }
    package func hasAttribute(_ key: String) -> Bool { attributes[key] != nil }

    /// The attributes that no accessor was asked for, sorted.
    package var unaskedAttributes: [String] { attributes.keys.filter { !asked.contains($0) }.sorted() }

    /// Declares that an attribute may be there and changes nothing.
    package func ignore(_ key: String) { asked.insert(key) }

    package func int(_ key: String) throws(InferError) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .int(let found) = value else { throw wrongType(key, "an integer", value) }
        return Int(found)
    }

    package func int(_ key: String, default fallback: Int) throws(InferError) -> Int { try int(key) ?? fallback }

    /// An integer attribute that is 0 or 1.
    package func bool(_ key: String, default fallback: Bool) throws(InferError) -> Bool {
        try int(key).map { $0 != 0 } ?? fallback
    }

    package func float(_ key: String) throws(InferError) -> Float? {
        guard let value = value(key) else { return nil }
        guard case .float(let found) = value else { throw wrongType(key, "a float", value) }
        return found
    }

    package func float(_ key: String, default fallback: Float) throws(InferError) -> Float {
        try float(key) ?? fallback
    }

    /// Text; ill-formed UTF-8 is repaired.
    package func string(_ key: String) throws(InferError) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let found) = value else { throw wrongType(key, "a string", value) }
        return found.string
    }

    package func string(_ key: String, default fallback: String) throws(InferError) -> String {
        try string(key) ?? fallback
    }

    package func ints(_ key: String) throws(InferError) -> [Int]? {
        guard let value = value(key) else { return nil }
        switch value {
        case .ints(let found): return found.map(Int.init)
        case .empty: return []
        default: throw wrongType(key, "integers", value)
        }
    }

    package func floats(_ key: String) throws(InferError) -> [Float]? {
        guard let value = value(key) else { return nil }
        switch value {
        case .floats(let found): return found
        case .empty: return []
        default: throw wrongType(key, "floats", value)
        }
    }

    package func strings(_ key: String) throws(InferError) -> [String]? {
        guard let value = value(key) else { return nil }
        switch value {
        case .strings(let found): return found.map(\.string)
        case .empty: return []
        default: throw wrongType(key, "strings", value)
        }
    }

    /// A tensor in memory of its own: a slice would keep all of the file.
    package func tensor(_ key: String) throws(InferError) -> Tensor? {
        try sharedTensor(key).map {
            Tensor(dataType: $0.dataType, shape: $0.shape, bytes: $0.bytes.withUnsafeBytes { Bytes(copying: $0) })
        }
    }

    /// A tensor that may be a slice of the file: for what becomes one of the graph's constants.
    func sharedTensor(_ key: String) throws(InferError) -> Tensor? {
        guard let value = value(key) else { return nil }
        guard case .tensor(let found) = value else { throw wrongType(key, "a tensor", value) }
        return found
    }

    /// A graph that the operator cannot do without.
    package func subgraph(_ key: String) throws(InferError) -> ImportedSubgraph {
        guard let value = value(key) else { throw missing(key) }
        guard let found = subgraphs[key] else { throw wrongType(key, "a graph", value) }
        return found
    }

    /// An attribute the operator cannot do without.
    package func missing(_ key: String) -> InferError {
        InferError(.invalidArgument, "attribute '\(key)' is missing")
    }

    private func value(_ key: String) -> ONNXAttribute.Value? {
        asked.insert(key)
        return attributes[key]
    }

    private func wrongType(_ key: String, _ expected: String, _ received: ONNXAttribute.Value) -> InferError {
        InferError(.invalidArgument, "attribute '\(key)' must be \(expected), it is \(received.kind)")
    }
}

extension Node {
    /// An attribute that names an element type by its ONNX number.
    package func dataType(_ key: String) throws(InferError) -> DataType? {
        guard let number = try int(key) else { return nil }
        guard let dataType = DataType(onnx: number) else {
            throw InferError(.unsupported, "attribute '\(key)': element type \(number) is not supported")
        }
        return dataType
    }
}
