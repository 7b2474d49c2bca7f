import DunlinInference
import DunlinTensor

/// ONNX-ML `ZipMap`, which makes a sequence of maps from class to score of a matrix of scores.
///
/// The protocols have no such type: here the scores stay the matrix they are, `[rows, classes]`, and the classes'
/// names go to the model's metadata.
struct ZipMap: ViewOperator {
    private let labels: ClassLabels

    init(_ node: Node) throws(InferError) {
        labels = try ClassLabels(node, integerKey: "classlabels_int64s")
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32])
        let (rows, columns) = try RowMatrix.extents(inputs)
        guard columns < 0 || columns == labels.count else {
            throw InferError(.invalidArgument, "the input has \(columns) columns for \(labels.count) classes")
        }
        var output = TensorFact(.fp32, [rows, labels.count])
        output.labels = labels.names
        return [output]
    }
}
