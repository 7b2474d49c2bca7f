import DunlinInference
import DunlinKernels
import DunlinTensor

/// The weights of `com.microsoft` `DynamicQuantizeLSTM`: 8-bit integers, with inputs behind those of `LSTM`.
///
/// Inputs 1 and 2: W `[D, I, 4·H]` and R `[D, H, 4·H]`; 8 to 11: W's scale and zero point, R's scale and zero point, each
/// `[D]` or `[D, 4·H]`.
struct QuantizedRecurrence: Sendable {
    /// The inputs that decide what the products are.
    static let parameters = [8, 9, 10, 11]

    static func check(_ inputs: InputFacts, _ extents: RecurrentExtents) throws(InferError) {
        for (weights, scale, zero) in [(1, 8, 9), (2, 10, 11)] {
            try inputs.require(weights, isOneOf: [.int8, .uint8])
            try inputs.require(scale, isOneOf: [.fp32])
            try inputs.requireSameType(weights, zero)
            for index in [scale, zero] {
                guard let found = inputs[index].extents else { continue }
                let columns = extents.hidden < 0 ? -1 : 4 * extents.hidden
                let isRow = found.count == 2 && (found[1] < 0 || columns < 0 || found[1] == columns)
                guard found.count == 1 || isRow, found[0] < 0 || found[0] == extents.directions else {
                    throw InferError(
                        .invalidArgument,
                        "input \(index) is \(inputs[index]), expected [\(extents.directions)] or "
                            + "[\(extents.directions),\(columns < 0 ? "?" : String(columns))]")
                }
            }
        }
    }

    static func weights(
        _ inputs: InputFacts, _ extents: RecurrentExtents, _ source: some ParameterSource,
        _ w: UnsafeBufferPointer<UInt8>, _ r: UnsafeBufferPointer<UInt8>, direction: Int
    ) -> RecurrentWeights {
        let columns = 4 * extents.hidden
        func matrix(_ elements: UnsafeBufferPointer<UInt8>, _ rows: Int, _ index: Int, scale: Int) -> RecurrentMatrix {
            let dataType = inputs[index].dataType
            let packed = PackedBytes(
                rows: rows, columns: columns,
                elements: UnsafeBufferPointer(
                    rebasing: elements[direction * rows * columns..<(direction + 1) * rows * columns]),
                rowStride: columns, columnStride: 1, isSigned: dataType == .int8)
            func own<T>(_ values: [T]) -> [T] {
                let count = values.count / extents.directions
                return Array(values[direction * count..<(direction + 1) * count])
            }
            let zeros = own(source.integers(scale + 1, dataType)).map { dataType == .int8 ? $0 : $0 - 128 }
            return .bytes(
                packed,
                IntegerSums(
                    .fp32(low: -.infinity, high: .infinity), depth: rows, columnSums: packed.columnSums[..<columns],
                    zero: nil, columnZeros: zeros, scales: own(source.floats(scale))))
        }
        return RecurrentWeights(
            input: matrix(w, extents.input, 1, scale: 8), state: matrix(r, extents.hidden, 2, scale: 10))
    }
}
