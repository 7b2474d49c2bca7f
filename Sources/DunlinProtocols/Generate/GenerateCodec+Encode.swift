package import DunlinBytes
package import DunlinInference
import DunlinTensor

extension GenerateCodec {
    /// Writes a response: `{id?, model_name, model_version, …}` with a key for each parameter and each output. An output of
    /// one element is that element, any other a flat list of its elements.
    ///
    /// What is called like a key that stands before it is left out.
    ///
    /// - Throws: `.invalidArgument` when an output has no JSON form (FP16, BF16, BYTES that are not UTF-8).
    package static func encode(_ response: InferResponse) throws(InferError) -> Bytes {
        var writer = JSONWriter(
            capacity: response.outputs.reduce(128) { $0 + 32 + min($1.tensor.bytes.count, 1 << 22) * 3 })
        var keys: Set<String> = ["model_name", "model_version"]
        writer.beginObject()
        if let id = response.id, !id.isEmpty {
            keys.insert("id")
            writer.key("id")
            writer.value(id)
        }
        writer.key("model_name")
        writer.value(response.model)
        writer.key("model_version")
        writer.value(response.version)
        for entry in response.parameters.entries where keys.insert(entry.key).inserted {
            writer.key(entry.key)
            switch entry.value {
            case .bool(let value): writer.value(value)
            case .int(let value): writer.value(value)
            case .double(let value): writer.value(value)
            case .string(let value): writer.value(value)
            }
        }
        for output in response.outputs where keys.insert(output.name).inserted {
            writer.key(output.name)
            try write(output, to: &writer)
        }
        writer.endObject()
        return writer.finish()
    }

    private static func write(_ output: NamedTensor, to writer: inout JSONWriter) throws(InferError) {
        let tensor = output.tensor
        let isOne = tensor.elementCount == 1
        if tensor.dataType == .bytes {
            var isText = true
            if isOne {
                for element in tensor.bytesElements { isText = writer.string(element) }
            } else {
                isText = writer.strings(lengthPrefixed: tensor.bytes) == nil
            }
            guard isText else { throw failure(output, "has elements that are not UTF-8 and have no JSON form") }
            return
        }
        guard let type = tensor.dataType.jsonElementType else {
            throw failure(output, "sending \(tensor.dataType) data via JSON is not supported")
        }
        tensor.bytes.withUnsafeBytes { source in
            if isOne, let element = source.baseAddress {
                writer.element(type, element)
            } else {
                writer.array(type, source.baseAddress, count: source.count / type.byteCount)
            }
        }
    }

    private static func failure(_ output: NamedTensor, _ words: String) -> InferError {
        InferError(
            .invalidArgument,
            "output '\(output.name)': \(words); use the infer endpoint with the parameter 'binary_data'")
    }
}
