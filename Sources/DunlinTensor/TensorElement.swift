public import DunlinBytes

/// A Swift type that stands for one fixed-size `DataType`, bit for bit.
public protocol TensorElement: BitwiseCopyable, Sendable {
    static var dataType: DataType { get }
}

extension Bool: TensorElement { public static var dataType: DataType { .bool } }
extension UInt8: TensorElement { public static var dataType: DataType { .uint8 } }
extension UInt16: TensorElement { public static var dataType: DataType { .uint16 } }
extension UInt32: TensorElement { public static var dataType: DataType { .uint32 } }
extension UInt64: TensorElement { public static var dataType: DataType { .uint64 } }
extension Int8: TensorElement { public static var dataType: DataType { .int8 } }
extension Int16: TensorElement { public static var dataType: DataType { .int16 } }
extension Int32: TensorElement { public static var dataType: DataType { .int32 } }
extension Int64: TensorElement { public static var dataType: DataType { .int64 } }
extension Float: TensorElement { public static var dataType: DataType { .fp32 } }
extension Double: TensorElement { public static var dataType: DataType { .fp64 } }
extension BFloat16: TensorElement { public static var dataType: DataType { .bf16 } }
extension Float16: TensorElement { public static var dataType: DataType { .fp16 } }

/// The upper half of a `Float`: 8 exponent bits, 7 fraction bits.
public struct BFloat16: BitwiseCopyable, Sendable, Hashable {
    public var bitPattern: UInt16

    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// Rounds to nearest, ties to even; NaN stays NaN.
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
        } else {
            bitPattern = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
        }
    }

    public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

extension Tensor {
    /// A tensor of `elements` in row-major order. Traps when their number is not the shape's element count.
    public init<Element: TensorElement>(_ elements: [Element], shape: Shape) {
        self.init(
            dataType: Element.dataType, shape: shape,
            bytes: elements.withUnsafeBytes { Bytes(copying: $0) })
    }

    /// Gives `body` the elements. Traps when `Element` is not this tensor's type.
    @inlinable public func withElements<Element: TensorElement, Result>(
        as type: Element.Type, _ body: (UnsafeBufferPointer<Element>) -> Result
    ) -> Result {
        precondition(dataType == Element.dataType, "\(dataType) tensor read as \(Element.dataType)")
        return bytes.withUnsafeBytes { body($0.assumingMemoryBound(to: Element.self)) }
    }

    /// The elements as an array. Traps when `Element` is not this tensor's type.
    public func elements<Element: TensorElement>(as type: Element.Type = Element.self) -> [Element] {
        withElements(as: type) { Array($0) }
    }
}

/// A tensor and the name a model gives it.
public struct NamedTensor: Sendable {
    public var name: String
    public var tensor: Tensor

    public init(_ name: String, _ tensor: Tensor) {
        self.name = name
        self.tensor = tensor
    }
}
