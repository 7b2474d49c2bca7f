package import DunlinTensor

/// A model as clients of KServe's V1 protocol and of TensorFlow Serving see it: which outputs answer which question.
///
/// Found from the model's outputs when it is loaded; parameters of its configuration decide otherwise
/// (`docs/CONFIGURATION.md`, "KServe V1 and TensorFlow Serving").
package final class V1Profile: Sendable {
    /// Whose habits count where the two protocols differ.
    package enum Style: String, Sendable, CaseIterable {
        case kserve, tensorflow
    }

    package let signature: ModelSignature
    package let style: Style
    /// Outputs that `:predict` answers in KServe's style, by place; empty: all.
    package let predicted: [Int]
    /// The same where the request's `signature_name` asks for labels or for probabilities; `nil`: no such outputs.
    package let labels: Int?
    package let probabilities: Int?
    /// Whether `:predict` in KServe's style answers `[rows, 1]` as `[rows]`, by output.
    package let isFlattened: [Bool]
    /// The outputs of `:classify`, by place: names of the classes, and a score for each.
    package let classes: Int?
    package let scores: Int?
    /// The output of `:regress`, by place.
    package let regression: Int?
    /// Names of the columns of the model's only input; empty: not said.
    package let columns: [String]
    /// Versions by label.
    package let versionLabels: [String: String]

    /// What is found without a configuration.
    package convenience init(_ signature: ModelSignature) {
        // Only parameters can be wrong.
        do throws(InferError) {
            try self.init(signature, parameters: [:])
        } catch { preconditionFailure("without parameters: \(error)") }
    }

    /// - Parameters:
    ///   - prefersProbabilities: Whether classifiers answer probabilities when the parameters say nothing.
    /// - Throws: `.invalidArgument` when a parameter names no output, or is not of its form.
    package init(
        _ signature: ModelSignature, parameters: [String: String], prefersProbabilities: Bool = false
    ) throws(InferError) {
        let reader = V1Parameters(signature, parameters)
        self.signature = signature
        style = try reader.style()
        let pair = Self.pair(signature.outputs)
        labels = pair?.label
        probabilities = pair?.probabilities
        let asked = try reader.bool("predict_proba")
        if let names = try reader.outputs("v1_outputs") {
            predicted = names
        } else if let pair {
            predicted = [asked ?? prefersProbabilities ? pair.probabilities : pair.label]
        } else {
            predicted = []
        }
        if asked == true, pair == nil {
            throw InferError(
                .invalidArgument, "predict_proba is true, but the model has no pair of a label and probabilities")
        }
        isFlattened = signature.outputs.enumerated().map { index, output in
            output.shape.count == 2 && output.shape[1] == 1
                && (index == pair?.label || signature.outputs.count == 1 && output.name == Self.regressorOutput)
        }
        scores = try reader.output("v1_scores") ?? pair?.probabilities ?? Self.scores(signature.outputs)
        let named = try reader.output("v1_classes")
        classes = named ?? (scores == nil ? pair?.label : Self.classes(signature.outputs, beside: scores))
        regression = try reader.output("v1_regression") ?? Self.regression(signature.outputs)
        columns = try reader.columns()
        versionLabels = try reader.versionLabels()
    }

    /// What skl2onnx calls the output of a regressor.
    private static let regressorOutput = "variable"

    /// The two outputs of a classifier as skl2onnx, onnxmltools and others write it: one of integers or strings whose name
    /// has "label" or "class" in it, one of floating-point numbers whose name has "prob" or "score" in it.
    private static func pair(_ outputs: [TensorMetadata]) -> (label: Int, probabilities: Int)? {
        guard outputs.count == 2 else { return nil }
        for (label, probabilities) in [(0, 1), (1, 0)] {
            let (first, second) = (outputs[label], outputs[probabilities])
            let isOneByRow = first.shape.count == 1 || first.shape.count == 2 && first.shape[1] == 1
            if isOneByRow, !first.dataType.isFloatingPoint, first.dataType != .bool, second.dataType.isFloatingPoint,
                second.shape.count == 2, named(first, ["label", "class"]), named(second, ["prob", "score"])
            {
                return (label, probabilities)
            }
        }
        return nil
    }

    private static func named(_ tensor: TensorMetadata, _ words: [String]) -> Bool {
        let name = tensor.name.lowercased()
        return words.contains { name.contains($0) }
    }

    /// The only matrix of floating-point numbers, or the only one with labels.
    private static func scores(_ outputs: [TensorMetadata]) -> Int? {
        let found = outputs.indices.filter { outputs[$0].dataType.isFloatingPoint && outputs[$0].shape.count == 2 }
        if found.count == 1 { return found[0] }
        let labelled = found.filter { !outputs[$0].labels.isEmpty }
        return labelled.count == 1 ? labelled[0] : nil
    }

    /// The only matrix of strings beside the scores.
    private static func classes(_ outputs: [TensorMetadata], beside scores: Int?) -> Int? {
        let found = outputs.indices.filter {
            $0 != scores && outputs[$0].dataType == .bytes && outputs[$0].shape.count == 2 && outputs[$0].shape[1] != 1
        }
        return found.count == 1 ? found[0] : nil
    }

    /// The only output of floating-point numbers with one for each row.
    private static func regression(_ outputs: [TensorMetadata]) -> Int? {
        let found = outputs.indices.filter {
            let shape = outputs[$0].shape
            return outputs[$0].dataType.isFloatingPoint && (shape.count == 1 || shape.count == 2 && shape[1] == 1)
        }
        return found.count == 1 ? found[0] : nil
    }
}

extension DataType {
    /// FP16, BF16, FP32 and FP64.
    package var isFloatingPoint: Bool {
        switch self {
        case .fp16, .bf16, .fp32, .fp64: true
        case .bool, .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64, .bytes: false
        }
    }
}
