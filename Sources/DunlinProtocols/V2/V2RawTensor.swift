import DunlinBytes
import DunlinTensor

/// Raw tensor bytes from outside.
enum V2RawTensor {
    /// A tensor over `bytes`, copied only when they are not aligned.
    ///
    /// - Parameters:
    ///   - shape: Checked: its product, and for types of a fixed size the byte count, fit in `Int`.
    ///   - failure: Makes the error from a sentence.
    static func check<Failure: Error>(
        _ bytes: Bytes, _ dataType: DataType, _ shape: Shape, _ failure: (String) -> Failure
    ) throws(Failure) -> Tensor {
        if dataType == .bytes {
            guard let count = BytesElements.count(in: bytes) else {
                throw failure("expected BYTES elements that add up to \(bytes.count) bytes, found one cut short")
            }
            guard count == shape.elementCount else {
                throw failure("expected \(shape.elementCount) BYTES elements for shape \(shape), found \(count)")
            }
        }
        if dataType == .bool, let index = firstNonBoolean(in: bytes) {
            throw failure("expected BOOL bytes of 0 or 1, found \(bytes[index]) in element \(index)")
        }
        guard let tensor = Tensor(checking: dataType, shape: shape, bytes: bytes) else {
            throw failure("expected \(dataType) of shape \(shape), found \(bytes.count) bytes")
        }
        return tensor
    }

    private static func firstNonBoolean(in bytes: Bytes) -> Int? {
        bytes.withUnsafeBytes { source in
            var index = 0
            while index + 8 <= source.count,
                source.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0xFEFE_FEFE_FEFE_FEFE == 0
            {
                index += 8
            }
            while index < source.count {
                if source[index] > 1 { return index }
                index += 1
            }
            return nil
        }
    }
}
