package import DunlinInference
import DunlinTensor

extension TensorFact {
    /// The most elements a tensor inside the engine may have: 2^31. A request that asks for more is refused before
    /// anything is allocated.
    package static let mostElements = 1 << 31

    /// The most axes a tensor inside the engine may have.
    package static let mostAxes = 16

    /// Open extents for a rank that an input's size tells; beyond `mostAxes`, what `checkLimits` refuses.
    static func open(rank: Int) -> [Int] { [Int](repeating: -1, count: min(rank, mostAxes + 1)) }

    /// Checks rank and extents, those of empty tensors and partly known shapes too, so that no product of extents
    /// overflows later.
    ///
    /// - Throws: `.invalidArgument` beyond `mostAxes`, `.resourceExhausted` beyond `mostElements`.
    package func checkLimits() throws(InferError) {
        guard let extents else { return }
        guard extents.count <= Self.mostAxes else {
            throw InferError(.invalidArgument, "rank \(extents.count) is more than \(Self.mostAxes)")
        }
        guard let count = Shape.elementCount(of: extents.map { max($0, 1) }), count <= Self.mostElements else {
            throw InferError(.resourceExhausted, "a tensor \(self) is larger than \(Self.mostElements) elements")
        }
    }

    /// The tensor's size in bytes. The fact is complete and of a fixed-size type.
    ///
    /// - Throws: `.resourceExhausted` beyond `mostElements`.
    package func checkedByteCount() throws(InferError) -> Int {
        guard let count = elementCount, count <= Self.mostElements else {
            throw InferError(.resourceExhausted, "a tensor \(self) is larger than \(Self.mostElements) elements")
        }
        guard let size = dataType.byteCount else { preconditionFailure("size of a \(dataType) tensor") }
        return count * size
    }
}
