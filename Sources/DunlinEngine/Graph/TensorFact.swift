package import DunlinTensor

/// What is known of a tensor before it is computed: its type, as much of its shape as can be told, its elements
/// when they do not depend on the request, and class names.
package struct TensorFact: Sendable {
    package var dataType: DataType
    /// The extents, -1 where one is not known yet; `nil` when not even the rank is.
    package var extents: [Int]?
    /// The elements, when they are the same for every request with these input shapes.
    package var constant: Tensor?
    /// Class names of a classifying output, in the order of its last axis; they end in the model's metadata.
    package var labels: [String] = []

    package init(_ dataType: DataType, _ extents: [Int]?) {
        self.dataType = dataType
        self.extents = extents
    }

    package init(constant: Tensor) {
        dataType = constant.dataType
        extents = constant.shape.dimensions
        self.constant = constant
    }

    package var rank: Int? { extents?.count }

    /// Whether every extent is known.
    package var isComplete: Bool { extents.map { !$0.contains { $0 < 0 } } ?? false }

    /// The extents as a shape. Programmer error when not all are known: traps.
    package var shape: Shape {
        guard let extents else { preconditionFailure("shape of a tensor whose rank is not known") }
        return Shape(extents)
    }

    /// The number of elements, when every extent is known.
    package var elementCount: Int? { extents.flatMap(Shape.elementCount(of:)) }

    /// The elements as integers, when they are known and of type INT64 or INT32.
    package var integers: [Int]? {
        guard let constant else { return nil }
        switch constant.dataType {
        case .int64: return constant.elements(as: Int64.self).map(Int.init)
        case .int32: return constant.elements(as: Int32.self).map(Int.init)
        default: return nil
        }
    }

    /// The only element as a number, when it is known and this is one number.
    package var number: Double? {
        guard let constant, constant.elementCount == 1 else { return nil }
        switch constant.dataType {
        case .fp32: return Double(constant.elements(as: Float.self)[0])
        case .fp64: return constant.elements(as: Double.self)[0]
        case .fp16: return Double(constant.elements(as: Float16.self)[0])
        case .bf16: return Double(constant.elements(as: BFloat16.self)[0].float)
        case .int8: return Double(constant.elements(as: Int8.self)[0])
        case .int16: return Double(constant.elements(as: Int16.self)[0])
        case .int32: return Double(constant.elements(as: Int32.self)[0])
        case .int64: return Double(constant.elements(as: Int64.self)[0])
        case .uint8: return Double(constant.elements(as: UInt8.self)[0])
        case .uint16: return Double(constant.elements(as: UInt16.self)[0])
        case .uint32: return Double(constant.elements(as: UInt32.self)[0])
        case .uint64: return Double(constant.elements(as: UInt64.self)[0])
        case .bool: return constant.elements(as: Bool.self)[0] ? 1 : 0
        case .bytes: return nil
        }
    }
}

extension TensorFact: CustomStringConvertible {
    package var description: String {
        guard let extents else { return "\(dataType)[?]" }
        return "\(dataType)[\(extents.map { $0 < 0 ? "?" : String($0) }.joined(separator: ","))]"
    }
}
