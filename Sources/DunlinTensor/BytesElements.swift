public import DunlinBytes

/// The elements of a `BYTES` tensor in order; each is a slice of the tensor's bytes.
public struct BytesElements: Sequence, IteratorProtocol, Sendable {
    private let bytes: Bytes
    private var offset = 0

    /// - Parameter bytes: Length-prefixed elements. Iteration ends at the first that is cut short.
    public init(_ bytes: Bytes) { self.bytes = bytes }

    public mutating func next() -> Bytes? {
        guard let length = Self.length(in: bytes, at: offset) else { return nil }
        defer { offset += 4 + length }
        return bytes[(offset + 4)..<(offset + 4 + length)]
    }

    /// How many elements `bytes` holds, or `nil` when the last one is cut short.
    public static func count(in bytes: Bytes) -> Int? {
        var offset = 0
        var count = 0
        while offset < bytes.count {
            guard let length = length(in: bytes, at: offset) else { return nil }
            offset += 4 + length
            count += 1
        }
        return count
    }

    private static func length(in bytes: Bytes, at offset: Int) -> Int? {
        guard offset + 4 <= bytes.count, let base = bytes.base else { return nil }
        let length = Int(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        return offset + 4 + length <= bytes.count ? length : nil
    }
}

extension Tensor {
    /// The elements of a `BYTES` tensor.
    public var bytesElements: BytesElements {
        precondition(dataType == .bytes, "\(dataType) tensor has no bytes elements")
        return BytesElements(bytes)
    }

    /// The elements of a `BYTES` tensor as text.
    public var strings: [String] { bytesElements.map(\.string) }

    /// A `BYTES` tensor of the strings' UTF-8. Traps when their number is not the shape's element count.
    public init(strings: [String], shape: Shape) {
        precondition(strings.count == shape.elementCount, "\(strings.count) strings for shape \(shape)")
        var builder = BytesBuilder(capacity: strings.reduce(0) { $0 + 4 + $1.utf8.count })
        for string in strings {
            builder.append(littleEndian: UInt32(string.utf8.count))
            builder.append(utf8: string)
        }
        self.init(dataType: .bytes, shape: shape, bytes: builder.finish())
    }
}
