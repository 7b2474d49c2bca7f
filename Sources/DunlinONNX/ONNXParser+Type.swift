import DunlinBytes
import DunlinTensor

extension ONNXParser {
    /// Reads a `ValueInfoProto`.
    func value(_ bytes: Bytes) throws(ONNXError) -> ONNXValue {
        var value = ONNXValue()
        do {
            try fields(of: bytes, nil) { (field) throws(Failure) in
                switch field.number {
                case 1: value.name = try name(field)
                case 2: value.type = try type(try field.bytes(), depth: 0)
                default: break
                }
            }
        } catch {
            throw error.within("value '\(value.name)'")
        }
        return value
    }

    private func type(_ bytes: Bytes, depth: Int) throws(ONNXError) -> ONNXType {
        guard depth < limits.nestingDepth else {
            throw .malformed("types are nested more than \(limits.nestingDepth) deep")
        }
        var type = ONNXType.unknown
        try fields(of: bytes, nil) { (field) throws(Failure) in
            switch field.number {
            case 1: type = try tensorType(try field.bytes())
            case 4:
                var element = ONNXType.unknown
                try fields(of: try field.bytes(), nil) { (inner) throws(Failure) in
                    if inner.number == 1 { element = try self.type(try inner.bytes(), depth: depth + 1) }
                }
                type = .sequence(element)
            case 5: type = try mapType(try field.bytes(), depth: depth)
            case 7: type = .other("opaque")
            case 8: type = .other("sparse tensor")
            case 9: type = .other("optional")
            default: break
            }
        }
        return type
    }

    private func mapType(_ bytes: Bytes, depth: Int) throws(ONNXError) -> ONNXType {
        var key: Int32 = 0
        var element = ONNXType.unknown
        try fields(of: bytes, nil) { (field) throws(Failure) in
            switch field.number {
            case 1: key = try field.int32()
            case 2: element = try type(try field.bytes(), depth: depth + 1)
            default: break
            }
        }
        switch ElementType(key) {
        case .supported(let dataType): return .map(key: dataType, value: element)
        case .other(let name): return .other("map from \(name)")
        }
    }

    private func tensorType(_ bytes: Bytes) throws(ONNXError) -> ONNXType {
        var element: Int32 = 0
        var dimensions: [ONNXType.Dimension]?
        try fields(of: bytes, nil) { (field) throws(Failure) in
            switch field.number {
            case 1: element = try field.int32()
            case 2: dimensions = try shape(try field.bytes())
            default: break
            }
        }
        switch ElementType(element) {
        case .supported(let dataType): return .tensor(dataType, dimensions: dimensions)
        case .other("undefined"): return .unknown
        case .other(let name): return .other("tensor of \(name)")
        }
    }

    private func shape(_ bytes: Bytes) throws(ONNXError) -> [ONNXType.Dimension] {
        var dimensions: [ONNXType.Dimension] = []
        try fields(of: bytes, "shape") { (field) throws(Failure) in
            guard field.number == 1 else { return }
            guard dimensions.count < limits.rank else {
                throw ONNXError.malformed("there are more than \(limits.rank) axes")
            }
            dimensions.append(try dimension(try field.bytes()))
        }
        return dimensions
    }

    private func dimension(_ bytes: Bytes) throws(ONNXError) -> ONNXType.Dimension {
        var dimension = ONNXType.Dimension.unknown
        try fields(of: bytes, nil) { (field) throws(Failure) in
            switch field.number {
            case 1:
                let value = Int(try field.int64())
                // Some exporters write -1 or 0 for an extent that varies; ONNX says neither, ONNX Runtime takes both.
                dimension = value > 0 ? .fixed(value) : .unknown
            case 2:
                let parameter = try name(field)
                dimension = parameter.isEmpty ? .unknown : .named(parameter)
            default: break
            }
        }
        return dimension
    }
}

/// `TensorProto.DataType`.
enum ElementType {
    case supported(DataType)
    /// One that V2 has no name for.
    case other(String)

    init(_ number: Int32) {
        switch number {
        case 0: self = .other("undefined")
        case 1: self = .supported(.fp32)
        case 2: self = .supported(.uint8)
        case 3: self = .supported(.int8)
        case 4: self = .supported(.uint16)
        case 5: self = .supported(.int16)
        case 6: self = .supported(.int32)
        case 7: self = .supported(.int64)
        case 8: self = .supported(.bytes)
        case 9: self = .supported(.bool)
        case 10: self = .supported(.fp16)
        case 11: self = .supported(.fp64)
        case 12: self = .supported(.uint32)
        case 13: self = .supported(.uint64)
        case 14: self = .other("complex64")
        case 15: self = .other("complex128")
        case 16: self = .supported(.bf16)
        case 17...20: self = .other("an 8-bit float")
        case 21, 22: self = .other("a 4-bit integer")
        case 23: self = .other("a 4-bit float")
        default: self = .other("element type \(number)")
        }
    }
}

extension DataType {
    /// The datatype with a number of `TensorProto.DataType` (the `to` of `Cast`), or `nil`.
    package init?(onnx number: Int) {
        guard let number = Int32(exactly: number), case .supported(let type) = ElementType(number) else { return nil }
        self = type
    }
}
