package import DunlinBytes
package import DunlinInference
import DunlinTensor

/// Requests and answers of KServe's V1 protocol and of TensorFlow Serving's REST API.
package enum V1Codec {
    /// What a client asks a model to do; the word behind the colon.
    package enum Verb: String, Sendable {
        case predict, classify, regress
    }

    /// A request, and what its answer is to look like.
    package struct Request: Sendable {
        package var infer: InferRequest
        package var answer: Answer
    }

    /// The form of an answer.
    package enum Answer: Sendable, Equatable {
        /// `predictions`: these outputs row by row, by place; all when there are none. Flattened as the profile says.
        case predictions([Int])
        /// `predictions`: all outputs row by row, as TensorFlow Serving writes them.
        case rows
        /// `outputs`: all outputs as whole tensors.
        case tensors
        /// `results` of `:classify`.
        case classes
        /// `results` of `:regress`.
        case regression
    }

    /// Reads the body of a request.
    ///
    /// - Throws: `.invalidArgument`, naming the place, what was expected and what came; `.unsupported` for a model without
    ///   inputs of its own.
    package static func decode(
        _ body: Bytes, _ verb: Verb, model: String, version: String?, profile: V1Profile, limits: V2Limits = .init()
    ) throws(InferError) -> Request {
        guard !profile.signature.isVariadic else {
            throw InferError(
                .unsupported,
                "model '\(model)' takes any inputs, and V1 requests tell no datatypes: use /v2/models/\(model)/infer")
        }
        guard !body.isEmpty else {
            throw InferError(
                .invalidArgument,
                "request: expected a JSON object with \(verb == .predict ? "'instances' or 'inputs'" : "'examples'"), "
                    + "found no body; the document is empty")
        }
        try check(verb, profile, model)
        var reader = V1RequestReader(body, profile, limits)
        do throws(JSONError) {
            if verb == .predict { try reader.readPredict() } else { try reader.readExamples() }
        } catch {
            throw reader.inferError(error)
        }
        let inputs = try reader.finish()
        return Request(
            infer: InferRequest(model: model, version: version, inputs: inputs), answer: reader.answer(verb))
    }

    /// Refuses what the model has no outputs for.
    private static func check(_ verb: Verb, _ profile: V1Profile, _ model: String) throws(InferError) {
        let names = V1RequestReader.list(profile.signature.outputs.map(\.name))
        switch verb {
        case .classify where profile.scores == nil && profile.classes == nil:
            throw InferError(
                .invalidArgument,
                "model '\(model)' has outputs \(names), none of which tells classes or their scores; the parameters "
                    + "'v1_classes' and 'v1_scores' of its configuration may name them")
        case .regress where profile.regression == nil:
            throw InferError(
                .invalidArgument,
                "model '\(model)' has outputs \(names), not one of which is the only one with a number for each row; "
                    + "the parameter 'v1_regression' of its configuration may name it")
        default: break
        }
    }
}

extension V1RequestReader {
    /// The tensors of what was read.
    mutating func finish() throws(InferError) -> [NamedTensor] {
        if isByColumn { return [try interleave()] }
        var tensors: [NamedTensor] = []
        tensors.reserveCapacity(columns.count)
        for column in columns { tensors.append(NamedTensor(column.input.name, try column.finish(rows: rows))) }
        return tensors
    }

    /// The model's only input from columns of numbers.
    private func interleave() throws(InferError) -> NamedTensor {
        let rows = rows ?? 0
        let input = inputs[0]
        let size = input.dataType.byteCount ?? 1
        let width = columns.count
        for column in columns where column.nesting.extents.reduce(1, *) != 1 {
            throw InferError(
                .invalidArgument,
                "column '\(column.input.name)': expected one value for each row, found "
                    + "\(column.nesting.extents.reduce(1, *))")
        }
        let bytes = Bytes(uninitializedCount: rows * width * size) { target in
            for (place, column) in columns.enumerated() {
                column.builder.withUnsafeBytes { source in
                    for row in 0..<rows {
                        let value = UnsafeRawBufferPointer(rebasing: source[row * size..<(row + 1) * size])
                        let slot = (row * width + place) * size
                        UnsafeMutableRawBufferPointer(rebasing: target[slot..<slot + size]).copyMemory(from: value)
                    }
                }
            }
        }
        return NamedTensor(input.name, Tensor(dataType: input.dataType, shape: [rows, width], bytes: bytes))
    }

    /// How the answer is to look: TensorFlow Serving's way when the request or the model says so, else KServe's.
    func answer(_ verb: V1Codec.Verb) -> V1Codec.Answer {
        switch verb {
        case .classify: return .classes
        case .regress: return .regression
        case .predict: break
        }
        if let labels = profile.labels, signatureName == "predict" { return .predictions([labels]) }
        if let probabilities = profile.probabilities, signatureName == "predict_proba" {
            return .predictions([probabilities])
        }
        if profile.style == .tensorflow || signatureName != nil || hasTensors { return cameAsInputs ? .tensors : .rows }
        return .predictions(profile.predicted)
    }
}
