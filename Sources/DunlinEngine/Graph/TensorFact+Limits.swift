package import DunlinInference
import DunlinTensor

extension TensorFact {
    /// The most elements a tensor inside the engine may have: 2^31. A request that asks for more is refused before
    /// anything is allocated.
    package static let mostElements = 1 << 31

    /// The most axes a tensor inside the engine may have.
    package static let mostAxes = 16

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
