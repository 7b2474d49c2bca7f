import DunlinTensor

/// Class probabilities that a model gives as one map from class to number for each row, made into one tensor.
///
/// ONNX Runtime keeps the classes of a map in ascending order, which is also the order in which scikit-learn
/// numbers them.
struct ClassMaps {
    /// Class names, in the order of the columns.
    let labels: [String]
    /// FP32 `[rows, classes]`.
    let probabilities: Tensor

    /// - Parameter classCount: Columns to give when there are no rows.
    init(_ sequence: RuntimeValue, classCount: Int) throws(OnnxRuntimeFailure) {
        let rows = try sequence.members()
        var labels: [String] = []
        var numbers: [Float] = []
        for (index, row) in rows.enumerated() {
            let keysAndValues = try row.members()
            guard keysAndValues.count == 2 else { throw OnnxRuntimeFailure("row \(index) is not a map") }
            let values = try keysAndValues[1].tensor()
            guard values.dataType == .fp32 else {
                throw OnnxRuntimeFailure("the maps hold \(values.dataType), where FP32 was expected")
            }
            if index == 0 {
                labels = try Self.labels(try keysAndValues[0].tensor())
            } else if values.elementCount != labels.count {
                throw OnnxRuntimeFailure(
                    "row \(index) has \(values.elementCount) classes, where row 0 has \(labels.count)")
            }
            values.withElements(as: Float.self) { numbers.append(contentsOf: $0) }
        }
        self.labels = labels
        probabilities = Tensor(numbers, shape: [rows.count, rows.isEmpty ? classCount : labels.count])
    }

    private static func labels(_ keys: Tensor) throws(OnnxRuntimeFailure) -> [String] {
        switch keys.dataType {
        case .bytes: return keys.strings
        case .int64: return keys.elements(as: Int64.self).map(String.init)
        default: throw OnnxRuntimeFailure("the maps' keys are \(keys.dataType), where INT64 or BYTES was expected")
        }
    }
}
