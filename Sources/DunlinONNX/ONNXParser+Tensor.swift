import DunlinBytes
import DunlinTensor

extension ONNXParser {
    /// Reads a `TensorProto`, whichever of its seven places holds the elements.
    func tensor(_ bytes: Bytes) throws(ONNXError) -> ONNXInitializer {
        var parts = TensorParts()
        do {
            try fields(of: bytes, nil) { (field) throws(Failure) in try read(field, into: &parts) }
        } catch {
            throw error.within("tensor '\(parts.name)'")
        }
        let name = parts.name
        do {
            return ONNXInitializer(name: name, tensor: try assemble(parts))
        } catch {
            throw error.within("tensor '\(name)'")
        }
    }

    private func read(_ field: ProtobufField, into parts: inout TensorParts) throws(Failure) {
        switch field.number {
        case 1:
            try field.varints { (value) throws(ProtobufError) in
                guard parts.dimensions.count < limits.rank else {
                    throw ProtobufError("there are more than \(limits.rank) axes")
                }
                parts.dimensions.append(Int(Int64(bitPattern: value)))
            }
        case 2: parts.element = try field.int32()
        case 3: throw ONNXError.unsupported("tensors in segments are not supported")
        case 4: try field.fixed32s { parts.values.append(littleEndian: $0) }
        case 5:
            let width = parts.width
            try field.varints { (value) throws(ProtobufError) in parts.append(value, width: width) }
        case 6:
            try count()
            let element = try field.bytes()
            parts.values.append(littleEndian: UInt32(truncatingIfNeeded: element.count))
            parts.values.append(element)
            parts.stringCount += 1
        case 7: try field.varints { (value) throws(ProtobufError) in parts.values.append(littleEndian: value) }
        case 8: parts.name = try name(field)
        case 9: parts.raw = try field.bytes()
        case 10: try field.fixed64s { parts.values.append(littleEndian: $0) }
        case 11:
            let width = parts.element == 12 ? 4 : 8
            try field.varints { (value) throws(ProtobufError) in parts.append(value, width: width) }
        case 13:
            var key = ""
            var value = ""
            try fields(of: try field.bytes(), "external_data") { (inner) throws(Failure) in
                switch inner.number {
                case 1: key = try name(inner)
                case 2: value = try name(inner)
                default: break
                }
            }
            parts.external[key] = value
        case 14: parts.isExternal = try field.int32() == 1
        default: break
        }
    }

    private func assemble(_ given: consuming TensorParts) throws(ONNXError) -> Tensor {
        var parts = given
        let dataType: DataType
        switch ElementType(parts.element) {
        case .supported(let type): dataType = type
        case .other("undefined"): throw .malformed("the element type is missing")
        case .other(let name): throw .unsupported("elements of type \(name) are not supported")
        }
        guard let count = Shape.elementCount(of: parts.dimensions) else {
            throw .malformed("the shape \(parts.dimensions) is no shape")
        }
        let shape = Shape(parts.dimensions)
        guard let size = dataType.byteCount else { return try parts.strings(shape, count: count) }
        let (expected, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow else { throw .malformed("the shape \(shape) is too large") }
        let elements: Bytes
        if parts.isExternal {
            elements = try externalBytes(parts.external, expected: expected)
        } else {
            elements = parts.raw ?? parts.values.finish()
        }
        guard elements.count == expected else {
            throw .malformed("\(dataType) \(shape) needs \(expected) bytes, there are \(elements.count)")
        }
        if dataType == .bool { return Self.bools(elements, shape) }
        guard let tensor = Tensor(checking: dataType, shape: shape, bytes: elements) else {
            throw .malformed("\(elements.count) bytes do not make \(dataType) \(shape)")
        }
        return tensor
    }

    /// A boolean must be 0 or 1 in memory whatever the file says.
    private static func bools(_ bytes: Bytes, _ shape: Shape) -> Tensor {
        let isClean = bytes.withUnsafeBytes { $0.allSatisfy { $0 < 2 } }
        if isClean { return Tensor(dataType: .bool, shape: shape, bytes: bytes) }
        return Tensor(bytes.array.map { $0 != 0 }, shape: shape)
    }
}

/// The fields of one `TensorProto` as they come.
private struct TensorParts: ~Copyable {
    var name = ""
    var element: Int32 = 0
    var dimensions: [Int] = []
    var raw: Bytes?
    /// Elements from the typed fields, little-endian; strings with their lengths.
    var values = BytesBuilder()
    var stringCount = 0
    var isExternal = false
    var external: [String: String] = [:]

    /// Bytes that one number of `int32_data` stands for. Writers put the element type before the elements.
    var width: Int {
        switch ElementType(element) {
        case .supported(let type): min(type.byteCount ?? 4, 4)
        case .other: 4
        }
    }

    mutating func append(_ value: UInt64, width: Int) {
        switch width {
        case 1: values.append(UInt8(truncatingIfNeeded: value))
        case 2: values.append(littleEndian: UInt16(truncatingIfNeeded: value))
        case 4: values.append(littleEndian: UInt32(truncatingIfNeeded: value))
        default: values.append(littleEndian: value)
        }
    }

    mutating func strings(_ shape: Shape, count: Int) throws(ONNXError) -> Tensor {
        if raw != nil || isExternal { throw .malformed("strings cannot be raw or external data") }
        guard stringCount == count else {
            throw .malformed("\(stringCount) strings for shape \(shape)")
        }
        guard let tensor = Tensor(checking: .bytes, shape: shape, bytes: values.finish()) else {
            throw .malformed("the elements are no strings")
        }
        return tensor
    }
}
