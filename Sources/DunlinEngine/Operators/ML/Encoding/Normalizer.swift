import DunlinInference
import DunlinTensor

/// ONNX-ML `Normalizer`: divides each row by its largest element, its sum of magnitudes or its length.
///
/// A row whose divisor is zero stays as it is.
struct Normalizer: Operator {
    fileprivate enum Norm: String, Sendable {
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
                Self.normalize(
                    norm, DenseRow(elements: elements + row * columns, count: columns), output + row * columns)
            }
        }
    }

    private static func normalize(_ norm: Norm, _ row: DenseRow, _ output: UnsafeMutablePointer<Float>) {
        var highest = -Float.greatestFiniteMagnitude
        if norm == .max {
            for column in 0..<row.count where row.elements[column] > highest { highest = row.elements[column] }
        }
        let divisor = norm == .max ? highest : norm.divisor(row)
        if divisor == 0 {
            output.update(from: row.elements, count: row.count)
        } else {
            // Zeros stay +0, whatever the divisor's sign is.
            for column in 0..<row.count {
                let value = row.elements[column]
                output[column] = value == 0 ? 0 : norm.quotient(value, divisor)
            }
        }
    }

    /// Normalizes a row of `columns` in place: bit for bit as if its zeros were there.
    func apply(_ row: SparseRow, columns: Int) {
        var divisor: Float = 0
        if norm == .max {
            divisor = row.count < columns ? 0 : -.greatestFiniteMagnitude
            for index in 0..<row.count where row.values[index] > divisor { divisor = row.values[index] }
        } else {
            divisor = norm.divisor(row)
        }
        guard divisor != 0 else { return }
        for index in 0..<row.count where row.values[index] != 0 {
            row.values[index] = norm.quotient(row.values[index], divisor)
        }
    }
}

extension Normalizer.Norm {
    /// The sum of magnitudes, or of squares.
    @inline(__always)
    fileprivate func divisor<Row: FeatureRow>(_ row: Row) -> Float {
        var sum: Float = 0
        if self == .l2 {
            row.forEach(leavesOutZeros: true) { sum += $1 * $1 }
        } else {
            row.forEach(leavesOutZeros: true) { sum += abs($1) }
        }
        return sum
    }

    @inline(__always)
    fileprivate func quotient(_ value: Float, _ divisor: Float) -> Float {
        guard self == .l2 else { return value / divisor }
        let length = (value * value / divisor).squareRoot()
        return value < 0 ? -length : length
    }
}
