import DunlinInference
import DunlinTensor

/// Makes a kernel for an integer type. The switch over types stands in `kernel(for:)` alone, so that each use is
/// specialised code and not a call through witness tables.
protocol IntegerKernels {
    func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel
}

extension IntegerKernels {
    func kernel(for dataType: DataType) throws(InferError) -> Kernel {
        switch dataType {
        case .int8: return try make(Int8.self)
        case .int16: return try make(Int16.self)
        case .int32: return try make(Int32.self)
        case .int64: return try make(Int64.self)
        case .uint8: return try make(UInt8.self)
        case .uint16: return try make(UInt16.self)
        case .uint32: return try make(UInt32.self)
        case .uint64: return try make(UInt64.self)
        default: throw InferError(.unsupported, "datatype \(dataType) is not supported")
        }
    }
}

/// Makes a kernel for any number type that Swift can compare and compute with; BF16 goes through FP32.
protocol NumberKernels {
    func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel
}

extension NumberKernels {
    func kernel(for dataType: DataType) throws(InferError) -> Kernel {
        switch dataType {
        case .int8: return try make(Int8.self)
        case .int16: return try make(Int16.self)
        case .int32: return try make(Int32.self)
        case .int64: return try make(Int64.self)
        case .uint8: return try make(UInt8.self)
        case .uint16: return try make(UInt16.self)
        case .uint32: return try make(UInt32.self)
        case .uint64: return try make(UInt64.self)
        case .fp16: return try make(Float16.self)
        case .fp32: return try make(Float.self)
        case .fp64: return try make(Double.self)
        default: throw InferError(.unsupported, "datatype \(dataType) is not supported")
        }
    }
}

/// Makes a kernel that only moves elements of 1, 2, 4 or 8 bytes.
protocol SizedKernels {
    func make<Element: FixedWidthInteger & BitwiseCopyable & Sendable>(_ type: Element.Type) throws(InferError)
        -> Kernel
}

extension SizedKernels {
    func kernel(for dataType: DataType) throws(InferError) -> Kernel {
        switch dataType.byteCount {
        case 1: return try make(UInt8.self)
        case 2: return try make(UInt16.self)
        case 4: return try make(UInt32.self)
        case 8: return try make(UInt64.self)
        default: preconditionFailure("a kernel that moves \(dataType) elements")
        }
    }
}

/// A number whose sums and products wrap around where they do not fit, as ONNX Runtime's do; floats never wrap.
protocol WrappingNumber: Numeric, Comparable, TensorElement {
    static func wrappingSum(_ lhs: Self, _ rhs: Self) -> Self
    static func wrappingProduct(_ lhs: Self, _ rhs: Self) -> Self
}

extension WrappingNumber where Self: FixedWidthInteger {
    static func wrappingSum(_ lhs: Self, _ rhs: Self) -> Self { lhs &+ rhs }
    static func wrappingProduct(_ lhs: Self, _ rhs: Self) -> Self { lhs &* rhs }
}

extension WrappingNumber where Self: FloatingPoint {
    static func wrappingSum(_ lhs: Self, _ rhs: Self) -> Self { lhs + rhs }
    static func wrappingProduct(_ lhs: Self, _ rhs: Self) -> Self { lhs * rhs }
}

extension Int8: WrappingNumber {}
extension Int16: WrappingNumber {}
extension Int32: WrappingNumber {}
extension Int64: WrappingNumber {}
extension UInt8: WrappingNumber {}
extension UInt16: WrappingNumber {}
extension UInt32: WrappingNumber {}
extension UInt64: WrappingNumber {}
extension Float16: WrappingNumber {}
extension Float: WrappingNumber {}
extension Double: WrappingNumber {}
