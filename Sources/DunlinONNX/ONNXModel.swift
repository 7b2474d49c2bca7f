package import DunlinBytes
package import DunlinTensor

/// An `.onnx` file as plain values. Nothing is checked beyond the file's own format: names may dangle, operators may
/// be unknown. Constants are slices of the file where they are aligned.
package struct ONNXModel: Sendable {
    package var irVersion: Int64 = 0
    package var producerName = ""
    package var producerVersion = ""
    package var domain = ""
    package var modelVersion: Int64 = 0
    /// Operator set versions by domain; the domain of ONNX itself is `""`.
    package var opsets: [String: Int] = [:]
    package var graph = ONNXGraph()
    package var functions: [ONNXFunction] = []
    package var metadata: [String: String] = [:]
    /// The model file and the files of external data: constants may be slices of them.
    package var files: [Bytes] = []

    package init() {}

    /// Reads a model.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - directory: Where the model's files of external data lie; `nil`: nowhere.
    ///   - files: Files of external data that are in memory, by location. A model that needs others is refused when there
    ///     is no directory.
    package init(
        parsing bytes: Bytes, directory: String?, files: [String: Bytes] = [:], limits: ONNXLimits = .init()
    ) throws(ONNXError) {
        guard bytes.count <= limits.fileByteCount else {
            throw .malformed("\(bytes.count) bytes is more than the limit of \(limits.fileByteCount)")
        }
        let parser = ONNXParser(directory: directory, limits: limits)
        parser.givenFiles = files
        self = try parser.model(bytes)
        self.files = [bytes] + parser.givenFiles.values + parser.readFiles.values
    }

    /// Reads a tensor that stands alone, as in the `.pb` files of ONNX's own tests.
    package static func tensor(parsing bytes: Bytes, limits: ONNXLimits = .init()) throws(ONNXError) -> NamedTensor {
        let parser = ONNXParser(directory: nil, limits: limits)
        let initializer = try parser.tensor(bytes)
        return NamedTensor(initializer.name, initializer.tensor)
    }
}

/// A function of the file: a node that names it stands for its nodes.
package struct ONNXFunction: Sendable {
    package var name = ""
    package var domain = ""
    /// Tells functions of one name apart; usually empty.
    package var overload = ""
    package var inputs: [String] = []
    package var outputs: [String] = []
    /// Attributes without default.
    package var attributeNames: [String] = []
    /// Attributes with default.
    package var attributes: [ONNXAttribute] = []
    package var nodes: [ONNXNode] = []
    package var opsets: [String: Int] = [:]

    package init() {}
}
