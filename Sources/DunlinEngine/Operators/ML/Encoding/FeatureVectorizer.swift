import DunlinInference
import DunlinTensor

/// ONNX-ML `FeatureVectorizer`: the columns of all inputs side by side, as FP32.
///
/// An input with fewer columns than `inputdimensions` says is filled with zeros, one with more is cut.
struct FeatureVectorizer: Operator {
    private let columnCounts: [Int]

    init(_ node: Node) throws(InferError) {
        columnCounts = try node.ints("inputdimensions") ?? []
        guard columnCounts.count == node.givenInputs.count else {
            throw TreeList.length("inputdimensions", columnCounts.count, node.givenInputs.count)
        }
        for count in columnCounts where !(0...TensorFact.mostElements).contains(count) {
            throw InferError(.invalidArgument, "attribute 'inputdimensions' has the element \(count)")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        var rows = -1
        for index in columnCounts.indices {
            let found = try RowMatrix.extents(inputs, index).rows
            guard rows < 0 || found < 0 || rows == found else {
                throw InferError(.invalidArgument, "input \(index) has \(found) rows, those before it \(rows)")
            }
            rows = max(rows, found)
        }
        return [TensorFact(.fp32, [rows, columnCounts.reduce(0, +)])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, width) = (outputs[0].shape[0], outputs[0].shape[1])
        var sources: [(dataType: DataType, columns: Int)] = []
        var scratchByteCount = 0
        for index in columnCounts.indices {
            let (rows, columns) = try RowMatrix.extents(inputs, index)
            sources.append((inputs[index].dataType, columns))
            scratchByteCount = max(
                scratchByteCount,
                RowMatrix.scratchByteCount(inputs[index].dataType, as: .fp32, rows: rows, columns: columns))
        }
        return Kernel(scratchByteCount: scratchByteCount) { [columnCounts, sources] buffers in
            guard rows > 0, width > 0 else { return }
            let output = buffers.output(0, as: Float.self).baseAddress!
            var start = 0
            for (index, source) in sources.enumerated() {
                let matrix = RowMatrix(
                    buffers.bytes(ofInput: index), source.dataType, rows: rows, columns: source.columns)
                let elements = matrix.floats(buffers.scratch.baseAddress)
                let count = min(columnCounts[index], source.columns)
                for row in 0..<rows {
                    let target = output + row * width + start
                    for column in 0..<count { target[column] = elements[row * source.columns + column] }
                    for column in count..<columnCounts[index] { target[column] = 0 }
                }
                start += columnCounts[index]
            }
        }
    }
}
