import DunlinBytes

/// Finds out whether an ONNX file keeps tensors in other files.
///
/// A model that is given to ONNX Runtime as bytes has no directory: names of other files in it would be looked up from the
/// process's working directory, so such models must not get there.
enum ExternalData {
    /// The messages of onnx.proto that tensors are found in.
    private enum Message {
        case model, training, graph, node, attribute, function, sparseTensor, tensor

        /// The fields that hold such messages, by number.
        var children: [Int: Message] {
            switch self {
            case .model: [7: .graph, 20: .training, 25: .function]
            case .training: [1: .graph, 2: .graph]
            case .graph: [1: .node, 5: .tensor, 15: .sparseTensor]
            case .node: [5: .attribute]
            case .attribute: [5: .tensor, 6: .graph, 10: .tensor, 11: .graph, 22: .sparseTensor, 23: .sparseTensor]
            case .function: [7: .node, 11: .attribute]
            case .sparseTensor: [1: .tensor, 2: .tensor]
            case .tensor: [:]
            }
        }
    }

    /// Messages inside one another.
    private static let maxDepth = 200

    /// - Throws: When the file is not one that can be looked through.
    static func isNamed(in model: Bytes) throws(ProtobufError) -> Bool { try isNamed(in: model, .model, depth: 0) }

    private static func isNamed(in bytes: Bytes, _ message: Message, depth: Int) throws(ProtobufError) -> Bool {
        guard depth < maxDepth else { throw ProtobufError("messages are nested more than \(maxDepth) deep") }
        let children = message.children
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            if message == .tensor {
                // external_data, and data_location where it is not DEFAULT.
                if field.number == 13 { return true }
                if field.number == 14, try field.varint() != 0 { return true }
            } else if let child = children[field.number],
                try isNamed(in: try field.bytes(), child, depth: depth + 1)
            {
                return true
            }
        }
        return false
    }
}
