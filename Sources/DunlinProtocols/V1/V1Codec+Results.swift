import DunlinBytes
import DunlinInference
import DunlinTensor

extension V1Codec {
    /// For each row a list of `[class, score]`, in the order of the model.
    static func writeClasses(
        _ response: InferResponse, _ profile: V1Profile, to writer: inout JSONWriter
    ) throws(InferError) {
        let scores = output(profile.scores, of: response)
        let classes = output(profile.classes, of: response)
        guard let extents = (scores ?? classes)?.extents, let rows = extents.first, extents.count <= 2 else {
            throw InferError(
                .invalidArgument, "model '\(response.model)' gave classes or scores that are not one list for each row")
        }
        let width = extents.count == 2 ? extents[1] : 1
        if let scores, let classes, scores.extents != classes.extents {
            throw InferError(
                .invalidArgument,
                "model '\(response.model)': output '\(classes.name)' has shape \(classes.extents), output "
                    + "'\(scores.name)' has \(scores.extents); expected a class for each score")
        }
        let labels = profile.scores.map { profile.signature.outputs[$0].labels } ?? []
        var offset = 0
        writer.beginArray()
        for row in 0..<rows {
            writer.beginArray()
            for place in 0..<width {
                writer.beginArray()
                let index = row * width + place
                if let classes {
                    writeName(classes, index, &offset, to: &writer)
                } else {
                    writer.value(place < labels.count ? labels[place] : String(place))
                }
                if let scores { writeElement(scores, index, to: &writer) } else { writer.value(0.0) }
                writer.endArray()
            }
            writer.endArray()
        }
        writer.endArray()
    }

    /// A number for each row.
    static func writeRegression(
        _ response: InferResponse, _ profile: V1Profile, to writer: inout JSONWriter
    ) throws(InferError) {
        guard let values = output(profile.regression, of: response), values.type != nil,
            let rows = values.extents.first,
            values.extents.dropFirst().allSatisfy({ $0 == 1 })
        else {
            throw InferError(
                .invalidArgument, "model '\(response.model)' gave an output that is not one number for each row")
        }
        writer.beginArray()
        for row in 0..<rows { writeElement(values, row, to: &writer) }
        writer.endArray()
    }

    private static func output(_ place: Int?, of response: InferResponse) -> Output? {
        guard let place, response.outputs.indices.contains(place) else { return nil }
        return Output(response.outputs[place])
    }

    /// Names of classes are strings in every answer, numbers too.
    private static func writeName(
        _ classes: Output, _ index: Int, _ offset: inout Int, to writer: inout JSONWriter
    ) {
        guard let type = classes.type else {
            return classes.bytes.withUnsafeBytes {
                writer.nestedStrings($0, at: &offset, [], asBase64: classes.isBinary)
            }
        }
        var text = JSONWriter(capacity: 32)
        classes.bytes.withUnsafeBytes { text.nested(type, $0.baseAddress.map { $0 + index * type.byteCount }, []) }
        writer.value(text.finish().string)
    }

    private static func writeElement(_ output: Output, _ index: Int, to writer: inout JSONWriter) {
        guard let type = output.type else { return writer.null() }
        output.bytes.withUnsafeBytes { bytes in
            writer.nested(type, bytes.baseAddress.map { $0 + index * type.byteCount }, [])
        }
    }
}
