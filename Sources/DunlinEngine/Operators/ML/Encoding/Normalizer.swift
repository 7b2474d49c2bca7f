import DunlinInference
import DunlinTensor

/// ONNX-ML `Normalizer`: divides each row by its largest element, its sum of magnitudes or its length.
///
/// A row whose divisor is zero stays as it is.
struct Normalizer: Operator {
    private enum Norm: String, Sendable {
        case max = "MAX", l1 = "L1", l2 = "L2"
    }

    private let norm: Norm

    init(_ node: Node) throws(InferError) {
        let name = try node.string("norm", default: "MAX")
        guard let norm = Norm(rawValue: name) else {
            throw InferError(.invalidArgument, "attribute 'norm' is '\(name)'; expected MAX, L1 or L2")
        }
        self.norm = norm
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        _ = try RowMatrix.extents(inputs)
        var output = TensorFact(.fp32, inputs[0].extents)
        output.labels = inputs[0].labels
        return [output]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, columns) = try RowMatrix.extents(inputs)
        let dataType = inputs[0].dataType
        let norm = norm
        let scratchByteCount = RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns)
        return Kernel(scratchByteCount: scratchByteCount) { buffers in
            guard rows > 0, columns > 0 else { return }
            let input = RowMatrix(buffers.bytes(ofInput: 0), dataType, rows: rows, columns: columns)
            let elements = input.floats(buffers.scratch.baseAddress)
            let output = buffers.output(0, as: Float.self).baseAddress!
            for row in 0..<rows {
                Self.normalize(norm, elements + row * columns, output + row * columns, columns)
            }
        }
    }

    private static func normalize(
        _ norm: Norm, _ row: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ columns: Int
    ) {
        var divisor: Float = norm == .max ? -.greatestFiniteMagnitude : 0
        switch norm {
        case .max: for column in 0..<columns where row[column] > divisor { divisor = row[column] }
        case .l1: forEachNonZero(row, columns) { divisor += abs($1) }
        case .l2: forEachNonZero(row, columns) { divisor += $1 * $1 }
        }
        if divisor == 0 {
            output.update(from: row, count: columns)
        } else {
            output.update(repeating: 0, count: columns)
            forEachNonZero(row, columns) { column, value in
                if norm == .l2 {
                    let length = (value * value / divisor).squareRoot()
                    output[column] = value < 0 ? -length : length
                } else {
                    output[column] = value / divisor
                }
            }
        }
    }

    /// Rows of word counts are nearly all zero: eight zeros are passed by at once.
    @inline(__always)
    private static func forEachNonZero(
        _ row: UnsafePointer<Float>, _ columns: Int, _ body: (Int, Float) -> Void
    ) {
        let bytes = UnsafeRawPointer(row)
        var column = 0
        while column < columns {
            if column &+ 8 <= columns,
                bytes.loadUnaligned(fromByteOffset: column &* 4, as: SIMD8<Float>.self) == .zero
            {
                column &+= 8
                continue
            }
            let end = min(column &+ 8, columns)
            while column < end {
                if row[column] != 0 { body(column, row[column]) }
                column &+= 1
            }
        }
    }
}
