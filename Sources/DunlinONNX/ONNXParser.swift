import DunlinBytes
import DunlinTensor

/// Reads the messages of `onnx.proto` and counts what they ask for.
///
/// Field numbers are those of onnx.proto (IR version 11). Unknown fields are skipped.
final class ONNXParser {
    let directory: String?
    let limits: ONNXLimits
    private var itemCount = 0
    private var graphDepth = 0
    /// Files of external data that are in memory, by location.
    var givenFiles: [String: Bytes] = [:]
    /// Files of external data that were read, by path: several locations may name one file.
    var readFiles: [String: Bytes] = [:]

    init(directory: String?, limits: ONNXLimits) {
        self.directory = directory
        self.limits = limits
    }

    func model(_ bytes: Bytes) throws(ONNXError) -> ONNXModel {
        var model = ONNXModel()
        var hasGraph = false
        try fields(of: bytes, "model") { (field) throws(Failure) in
            switch field.number {
            case 1: model.irVersion = try field.int64()
            case 2: model.producerName = try name(field)
            case 3: model.producerVersion = try name(field)
            case 4: model.domain = try name(field)
            case 5: model.modelVersion = try field.int64()
            case 7:
                guard !hasGraph else { throw ONNXError.malformed("there is more than one graph") }
                hasGraph = true
                model.graph = try graph(try field.bytes())
            case 8: try opset(try field.bytes(), into: &model.opsets)
            case 14: try entry(try field.bytes(), into: &model.metadata)
            case 25: model.functions.append(try function(try field.bytes()))
            default: break
            }
        }
        guard hasGraph else { throw .malformed("model: there is no graph; is this an ONNX file?") }
        return model
    }

    func graph(_ bytes: Bytes) throws(ONNXError) -> ONNXGraph {
        graphDepth += 1
        defer { graphDepth -= 1 }
        guard graphDepth <= limits.nestingDepth else {
            throw .malformed("graphs are nested more than \(limits.nestingDepth) deep")
        }
        var graph = ONNXGraph()
        try fields(of: bytes, "graph") { (field) throws(Failure) in
            switch field.number {
            case 1: graph.nodes.append(try node(try field.bytes(), index: graph.nodes.count))
            case 2: graph.name = try name(field)
            case 5: graph.initializers.append(try tensor(try field.bytes()))
            case 11: graph.inputs.append(try value(try field.bytes()))
            case 12: graph.outputs.append(try value(try field.bytes()))
            case 13: graph.values.append(try value(try field.bytes()))
            case 15: throw ONNXError.unsupported("sparse initializers are not supported")
            default: break
            }
        }
        return graph
    }

    private func node(_ bytes: Bytes, index: Int) throws(ONNXError) -> ONNXNode {
        var node = ONNXNode()
        do {
            try fields(of: bytes, nil) { (field) throws(Failure) in
                switch field.number {
                case 1: node.inputs.append(try name(field))
                case 2: node.outputs.append(try name(field))
                case 3: node.name = try name(field)
                case 4: node.type = try name(field)
                case 5: node.attributes.append(try attribute(try field.bytes()))
                case 7: node.domain = Self.canonical(domain: try name(field))
                case 8: node.overload = try name(field)
                default: break
                }
            }
        } catch {
            throw error.within("node \(node.name.isEmpty ? "\(index)" : "'\(node.name)'") (\(node.type))")
        }
        return node
    }

    private func function(_ bytes: Bytes) throws(ONNXError) -> ONNXFunction {
        var function = ONNXFunction()
        try fields(of: bytes, "function") { (field) throws(Failure) in
            switch field.number {
            case 1: function.name = try name(field)
            case 4: function.inputs.append(try name(field))
            case 5: function.outputs.append(try name(field))
            case 6: function.attributeNames.append(try name(field))
            case 7: function.nodes.append(try node(try field.bytes(), index: function.nodes.count))
            case 9: try opset(try field.bytes(), into: &function.opsets)
            case 10: function.domain = Self.canonical(domain: try name(field))
            case 11: function.attributes.append(try attribute(try field.bytes()))
            case 13: function.overload = try name(field)
            default: break
            }
        }
        return function
    }

    private func opset(_ bytes: Bytes, into opsets: inout [String: Int]) throws(ONNXError) {
        var domain = ""
        var version: Int64 = 0
        try fields(of: bytes, "opset_import") { (field) throws(Failure) in
            switch field.number {
            case 1: domain = Self.canonical(domain: try name(field))
            case 2: version = try field.int64()
            default: break
            }
        }
        guard version >= 1 && version <= 1 << 20 else {
            throw .malformed("opset_import: domain '\(domain)' has version \(version)")
        }
        // skl2onnx writes some imports twice; the same version again says nothing new.
        if let earlier = opsets.updateValue(Int(version), forKey: domain), earlier != Int(version) {
            throw .malformed("opset_import: domain '\(domain)' is imported as \(earlier) and as \(version)")
        }
    }

    private func entry(_ bytes: Bytes, into entries: inout [String: String]) throws(ONNXError) {
        var key = ""
        var value = ""
        try fields(of: bytes, "metadata_props") { (field) throws(Failure) in
            switch field.number {
            case 1: key = try name(field)
            case 2: value = try field.bytes().string
            default: break
            }
        }
        entries[key] = value
    }

    /// `ai.onnx` is the long name of the domain that is usually written as nothing.
    private static func canonical(domain: String) -> String { domain == "ai.onnx" ? "" : domain }
}

extension ONNXParser {
    typealias Failure = any Error

    /// Calls `body` with each field of a message, counts the message, and says where an error happened.
    func fields(
        of bytes: Bytes, _ place: String?, _ body: (ProtobufField) throws(Failure) -> Void
    ) throws(ONNXError) {
        do {
            try count()
            var reader = ProtobufReader(bytes)
            while let field = try reader.next() { try body(field) }
        } catch let error as ONNXError {
            guard let place else { throw error }
            throw error.within(place)
        } catch {
            throw .malformed((place.map { "\($0): " } ?? "") + "\(error)")
        }
    }

    func count() throws(ONNXError) {
        itemCount += 1
        guard itemCount <= limits.itemCount else {
            throw .malformed("the model has more than \(limits.itemCount) nodes, attributes, tensors and names")
        }
    }

    /// A name, as text.
    func name(_ field: ProtobufField) throws(Failure) -> String {
        try count()
        let bytes = try field.bytes()
        guard bytes.count <= limits.nameByteCount else {
            throw ONNXError.malformed("a name has \(bytes.count) bytes, the limit is \(limits.nameByteCount)")
        }
        return bytes.string
    }
}
