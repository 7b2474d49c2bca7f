public import DunlinBytes

/// An immutable, dense, row-major tensor over shared bytes.
///
/// Numbers are little-endian and aligned to their size. A `BYTES` tensor holds the protocol's raw form: for each
/// element a 4-byte little-endian length, then that many bytes.
public struct Tensor: Sendable {
    public let dataType: DataType
    public let shape: Shape
    public private(set) var bytes: Bytes

    /// - Precondition: `bytes` has the size that type and shape ask for and is aligned to the element size; for
    ///   `BYTES` it holds exactly `shape.elementCount` elements. Programmer error: traps. For bytes from outside
    ///   use `Tensor(checking:shape:bytes:)`.
    public init(dataType: DataType, shape: Shape, bytes: Bytes) {
        if let size = dataType.byteCount {
            precondition(
                bytes.count == shape.elementCount * size,
                "\(bytes.count) bytes for \(dataType) \(shape)")
            precondition(Int(bitPattern: bytes.base) % size == 0, "unaligned \(dataType) tensor")
        }
        self.dataType = dataType
        self.shape = shape
        self.bytes = bytes
    }

    /// Whether no other value shares this tensor's memory.
    package mutating func isSoleOwner() -> Bool { bytes.isSoleOwner() }

    /// Gives `body` the bytes of a `BYTES` tensor to write them again; it must leave as many elements.
    package mutating func rewriteBytes(_ body: (inout Bytes) -> Void) {
        precondition(dataType == .bytes, "\(dataType) elements written again as BYTES")
        body(&bytes)
    }

    public var elementCount: Int { shape.elementCount }

    /// The same elements under another shape. Traps when the element counts differ.
    public func reshaped(_ shape: Shape) -> Tensor {
        precondition(shape.elementCount == elementCount, "reshape \(self.shape) to \(shape)")
        return Tensor(dataType: dataType, shape: shape, bytes: bytes)
    }
}

extension Tensor {
    /// A tensor over bytes from outside: copies them only when they are not aligned to the element size.
    ///
    /// - Returns: `nil` when the byte count does not agree with type and shape, or `BYTES` lengths do not add up.
    public init?(checking dataType: DataType, shape: Shape, bytes: Bytes) {
        if let size = dataType.byteCount {
            guard bytes.count == shape.elementCount * size else { return nil }
            let aligned = Int(bitPattern: bytes.base) % size == 0
            self.init(
                dataType: dataType, shape: shape,
                bytes: aligned ? bytes : bytes.withUnsafeBytes { Bytes(copying: $0) })
        } else {
            guard BytesElements.count(in: bytes) == shape.elementCount else { return nil }
            self.init(dataType: dataType, shape: shape, bytes: bytes)
        }
    }
}
