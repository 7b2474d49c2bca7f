package import DunlinBytes
package import DunlinInference
package import DunlinTensor

extension V2InferCodec {
    /// Writes a request as a client sends it.
    ///
    /// - Parameters:
    ///   - isBinary: Whether inputs and all outputs travel as raw tensors behind the JSON part.
    /// - Returns: The body, and the value of `Inference-Header-Content-Length`; `nil` when there is no raw tensor.
    /// - Throws: `.invalidArgument` when an input that is to be JSON has no such form (FP16, BF16, BYTES that are not
    ///   UTF-8).
    package static func encodeRequest(
        _ inputs: [NamedTensor], id: String? = nil, isBinary: Bool
    ) throws(InferError) -> (body: Bytes, headerLength: Int?) {
        var writer = JSONWriter(
            capacity: inputs.reduce(192) { $0 + 128 + (isBinary ? 0 : min($1.tensor.bytes.count, 1 << 22) * 3) })
        writer.beginObject()
        if let id {
            writer.key("id")
            writer.value(id)
        }
        writer.key("inputs")
        writer.beginArray()
        for input in inputs {
            writer.beginObject()
            writer.key("name")
            writer.value(input.name)
            writer.key("datatype")
            writer.value(input.tensor.dataType.name)
            writer.key("shape")
            writer.beginArray()
            for extent in input.tensor.shape.dimensions { writer.value(extent) }
            writer.endArray()
            if isBinary {
                writer.key("parameters")
                writer.beginObject()
                writer.key("binary_data_size")
                writer.value(input.tensor.bytes.count)
                writer.endObject()
            } else {
                writer.key("data")
                try writeData(input, to: &writer)
            }
            writer.endObject()
        }
        writer.endArray()
        if isBinary {
            writer.key("parameters")
            writer.beginObject()
            writer.key("binary_data_output")
            writer.value(true)
            writer.endObject()
        }
        writer.endObject()
        let head = writer.finish()
        guard isBinary else { return (head, nil) }
        var builder = BytesBuilder(capacity: inputs.reduce(head.count) { $0 + $1.tensor.bytes.count })
        builder.append(head)
        for input in inputs { builder.append(input.tensor.bytes) }
        return (builder.finish(), head.count)
    }

    private static func writeData(_ input: NamedTensor, to writer: inout JSONWriter) throws(InferError) {
        let tensor = input.tensor
        if tensor.dataType == .bytes {
            if let index = writer.strings(lengthPrefixed: tensor.bytes) {
                throw InferError(
                    .invalidArgument,
                    "input '\(input.name)': element \(index) is not UTF-8 and has no JSON form; send it as binary data")
            }
            return
        }
        guard let type = tensor.dataType.jsonElementType else {
            throw InferError(
                .invalidArgument,
                "input '\(input.name)': \(tensor.dataType) has no JSON form; send it as binary data")
        }
        tensor.bytes.withUnsafeBytes { writer.array(type, $0.baseAddress, count: $0.count / type.byteCount) }
    }
}
