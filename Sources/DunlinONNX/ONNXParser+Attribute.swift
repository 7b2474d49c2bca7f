import DunlinBytes
import DunlinTensor

extension ONNXParser {
    /// Reads an `AttributeProto`.
    func attribute(_ bytes: Bytes) throws(ONNXError) -> ONNXAttribute {
        var parts = AttributeParts()
        do {
            try fields(of: bytes, nil) { (field) throws(Failure) in try read(field, into: &parts) }
        } catch {
            throw error.within("attribute '\(parts.name)'")
        }
        do {
            return ONNXAttribute(name: parts.name, value: try parts.value())
        } catch {
            throw error.within("attribute '\(parts.name)'")
        }
    }

    private func read(_ field: ProtobufField, into parts: inout AttributeParts) throws(Failure) {
        switch field.number {
        case 1: parts.name = try name(field)
        case 2: parts.float = try field.float()
        case 3: parts.int = try field.int64()
        case 4: parts.string = try field.bytes()
        case 5: parts.tensor = try tensor(try field.bytes()).tensor
        case 6: parts.graph = try graph(try field.bytes())
        case 7: try field.fixed32s { parts.floats.append(Float(bitPattern: $0)) }
        case 8: try field.varints { (value) throws(ProtobufError) in parts.ints.append(Int64(bitPattern: value)) }
        case 9:
            try count()
            parts.strings.append(try field.bytes())
        case 10: parts.tensors.append(try tensor(try field.bytes()).tensor)
        case 11: parts.graphs.append(try graph(try field.bytes()))
        case 20: parts.type = Int(try field.int32())
        case 21: parts.reference = try name(field)
        case 14, 15: parts.unsupported = "a type"
        case 22, 23: parts.unsupported = "a sparse tensor"
        default: break
        }
    }
}

/// The fields of one `AttributeProto` as they come.
private struct AttributeParts {
    var name = ""
    var type = 0
    var reference = ""
    var unsupported: String?
    var float: Float?
    var int: Int64?
    var string: Bytes?
    var tensor: Tensor?
    var graph: ONNXGraph?
    var floats: [Float] = []
    var ints: [Int64] = []
    var strings: [Bytes] = []
    var tensors: [Tensor] = []
    var graphs: [ONNXGraph] = []

    /// The value of the stated kind. Files of IR version 1 state none: then what is there decides.
    func value() throws(ONNXError) -> ONNXAttribute.Value {
        if !reference.isEmpty { return .reference(reference) }
        if let unsupported { throw .unsupported("\(unsupported) as attribute is not supported") }
        switch type {
        case 0: return undeclared
        case 1: return .float(float ?? 0)
        case 2: return .int(int ?? 0)
        case 3: return .string(string ?? Bytes())
        case 4:
            guard let tensor else { throw .malformed("the tensor is missing") }
            return .tensor(tensor)
        case 5:
            guard let graph else { throw .malformed("the graph is missing") }
            return .graph(graph)
        case 6: return .floats(floats)
        case 7: return .ints(ints)
        case 8: return .strings(strings)
        case 9: return .tensors(tensors)
        case 10: return .graphs(graphs)
        case 11...14: throw .unsupported("attribute type \(type) is not supported")
        default: throw .malformed("there is no attribute type \(type)")
        }
    }

    private var undeclared: ONNXAttribute.Value {
        if let float { return .float(float) }
        if let int { return .int(int) }
        if let string { return .string(string) }
        if let tensor { return .tensor(tensor) }
        if let graph { return .graph(graph) }
        if !floats.isEmpty { return .floats(floats) }
        if !ints.isEmpty { return .ints(ints) }
        if !strings.isEmpty { return .strings(strings) }
        if !tensors.isEmpty { return .tensors(tensors) }
        if !graphs.isEmpty { return .graphs(graphs) }
        return .empty
    }
}
