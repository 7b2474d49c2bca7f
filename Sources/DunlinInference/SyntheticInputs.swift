import DunlinBytes
package import DunlinTensor

/// Inputs for a model that brings no sample request: the same numbers for each seed.
///
/// Floats lie in [-1, 1); integers in 0...99, and an input whose name says mask holds ones. An open first axis takes
/// the rows, an open axis behind it `openExtent`. For benchmarks and profiles.
package enum SyntheticInputs {
    package static func make(_ signature: ModelSignature, rows: Int, openExtent: Int = 128, seed: UInt64 = 7)
        -> [NamedTensor]
    {
        var state = seed
        /// Upper 24 bits of a linear congruential generator (Knuth's MMIX constants).
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 40
        }
        return signature.inputs.map { input in
            let extents = input.shape.enumerated().map { axis, extent in
                extent >= 0 ? extent : axis == 0 ? rows : openExtent
            }
            let shape = Shape(extents)
            let count = shape.dimensions.reduce(1, *)
            let isMask = input.name.contains("mask")
            switch input.dataType {
            case .fp32:
                return NamedTensor(
                    input.name, Tensor((0..<count).map { _ in Float(next()) / 8_388_608 - 1 }, shape: shape))
            case .fp64:
                return NamedTensor(
                    input.name, Tensor((0..<count).map { _ in Double(next()) / 8_388_608 - 1 }, shape: shape))
            case .int64:
                return NamedTensor(
                    input.name, Tensor((0..<count).map { _ in isMask ? 1 : Int64(next() % 100) }, shape: shape))
            case .int32:
                return NamedTensor(
                    input.name, Tensor((0..<count).map { _ in isMask ? 1 : Int32(next() % 100) }, shape: shape))
            default:
                let zeros = [UInt8](repeating: 0, count: count * (input.dataType.byteCount ?? 4))
                return NamedTensor(
                    input.name,
                    Tensor(dataType: input.dataType, shape: shape, bytes: zeros.withUnsafeBytes { Bytes(copying: $0) }))
            }
        }
    }
}
