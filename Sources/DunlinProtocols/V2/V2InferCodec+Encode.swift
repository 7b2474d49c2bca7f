import DunlinBytes
package import DunlinInference
import DunlinTensor

extension V2InferCodec {
    /// Writes a response. Outputs are binary when the request asked for that (`binary_data_output`, or an output's
    /// own `binary_data`, which overrides it); their bytes are sent as they are. Outputs with a place in shared memory
    /// are written there, and answered without data.
    ///
    /// - Parameter sharedMemory: What `request` was decoded with.
    /// - Throws: `.invalidArgument` when an output that is to be JSON has no such form (FP16, BF16, BYTES that are not
    ///   UTF-8), or does not fit its place in shared memory.
    package static func encode(
        _ response: InferResponse, for request: InferRequest, sharedMemory: (any SharedMemoryAccess)? = nil
    ) throws(InferError) -> EncodedInferResponse {
        let isBinaryByDefault = request.parameters.bool("binary_data_output") ?? false
        var writer = JSONWriter(capacity: capacity(of: response))
        // The JSON text comes first once it is written.
        var segments = [Bytes()]
        var isAnyBinary = false
        writer.beginObject()
        if let id = response.id {
            writer.key("id")
            writer.value(id)
        }
        writer.key("model_name")
        writer.value(response.model)
        writer.key("model_version")
        writer.value(response.version)
        write(response.parameters, to: &writer)
        writer.key("outputs")
        writer.beginArray()
        for (index, output) in response.outputs.enumerated() {
            writer.beginObject()
            writeHead(output, to: &writer)
            if let sharedMemory, let place = place(of: output.name, request) {
                try put(output, at: place, sharedMemory)
                write(place, byteCount: output.tensor.bytes.count, to: &writer)
            } else if isBinary(output.name, index, request) ?? isBinaryByDefault {
                isAnyBinary = true
                writer.key("parameters")
                writer.beginObject()
                writer.key("binary_data_size")
                writer.value(output.tensor.bytes.count)
                writer.endObject()
                if !output.tensor.bytes.isEmpty { segments.append(output.tensor.bytes) }
            } else {
                writer.key("data")
                try writeData(output, to: &writer)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        segments[0] = writer.finish()
        return EncodedInferResponse(segments: segments, headerLength: isAnyBinary ? segments[0].count : nil)
    }

    /// What the request says about one output, which nearly always stands at the same place there.
    private static func isBinary(_ name: String, _ index: Int, _ request: InferRequest) -> Bool? {
        if index < request.outputs.count, request.outputs[index].name == name {
            return request.outputs[index].parameters.bool("binary_data")
        }
        return request.outputs.first { $0.name == name }?.parameters.bool("binary_data")
    }

    /// Where the request, which is checked, wants an output.
    private static func place(of name: String, _ request: InferRequest) -> SharedMemoryPlace? {
        guard let output = request.outputs.first(where: { $0.name == name }) else { return nil }
        return try? SharedMemoryPlace.find(in: output.parameters) { InferError(.invalidArgument, $0) }
    }

    private static func put(
        _ output: NamedTensor, at place: SharedMemoryPlace, _ sharedMemory: any SharedMemoryAccess
    ) throws(InferError) {
        do throws(InferError) {
            try sharedMemory.write(output.tensor.bytes, to: place)
        } catch {
            throw InferError(error.code, "output '\(output.name)': \(error.message)")
        }
    }

    /// What stands for the data of an output in shared memory: where it is, and how many bytes it took there.
    private static func write(_ place: SharedMemoryPlace, byteCount: Int, to writer: inout JSONWriter) {
        writer.key("parameters")
        writer.beginObject()
        writer.key("shared_memory_region")
        writer.value(place.region)
        if place.offset > 0 {
            writer.key("shared_memory_offset")
            writer.value(place.offset)
        }
        writer.key("shared_memory_byte_size")
        writer.value(byteCount)
        writer.endObject()
    }

    private static func writeHead(_ output: NamedTensor, to writer: inout JSONWriter) {
        writer.key("name")
        writer.value(output.name)
        writer.key("datatype")
        writer.value(output.tensor.dataType.name)
        writer.key("shape")
        writer.beginArray()
        for extent in output.tensor.shape.dimensions { writer.value(extent) }
        writer.endArray()
    }

    private static func writeData(_ output: NamedTensor, to writer: inout JSONWriter) throws(InferError) {
        let tensor = output.tensor
        if tensor.dataType == .bytes {
            if let index = writer.strings(lengthPrefixed: tensor.bytes) {
                throw InferError(
                    .invalidArgument,
                    "output '\(output.name)': element \(index) is not UTF-8 and has no JSON form; ask for the output "
                        + "with the parameter 'binary_data'")
            }
            return
        }
        guard let type = tensor.dataType.jsonElementType else {
            throw InferError(
                .invalidArgument,
                "output '\(output.name)': sending \(tensor.dataType) data via JSON is not supported; ask for the "
                    + "output with the parameter 'binary_data'")
        }
        tensor.bytes.withUnsafeBytes {
            writer.array(type, $0.baseAddress, count: $0.count / type.byteCount)
        }
    }

    private static func write(_ parameters: Parameters, to writer: inout JSONWriter) {
        guard !parameters.isEmpty else { return }
        writer.key("parameters")
        writer.beginObject()
        for entry in parameters.entries {
            writer.key(entry.key)
            switch entry.value {
            case .bool(let value): writer.value(value)
            case .int(let value): writer.value(value)
            case .double(let value): writer.value(value)
            case .string(let value): writer.value(value)
            }
        }
        writer.endObject()
    }

    /// A guess at the JSON text's size, so that it seldom has to grow.
    private static func capacity(of response: InferResponse) -> Int {
        response.outputs.reduce(192) { $0 + 128 + min($1.tensor.bytes.count, 1 << 22) * 3 }
    }
}
