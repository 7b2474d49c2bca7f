import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor

/// Bodies of the generate and shared memory extensions.
enum GenerateFuzz {
    private static let signature = ModelSignature(
        inputs: [
            TensorMetadata(name: "PROMPT", dataType: .bytes, shape: [1]),
            TensorMetadata(name: "STREAM", dataType: .bool, shape: [1]),
            TensorMetadata(name: "ids", dataType: .int64, shape: [-1, 2, -1]),
            TensorMetadata(name: "x", dataType: .fp32, shape: [-1]),
            TensorMetadata(name: "none", dataType: .uint8, shape: [0, -1]),
            TensorMetadata(name: "half", dataType: .fp16, shape: []),
        ], outputs: [])

    /// What is decoded agrees with the signature, and is answered with its own inputs in JSON.
    @Sendable static func generate(_ input: UnsafeRawBufferPointer) {
        var limits = V2Limits()
        limits.maxExpandedByteCount = 1 << 16
        let request: InferRequest
        do throws(InferError) {
            request = try GenerateCodec.decode(
                Bytes(copying: input), model: "m", version: nil, signature: signature, limits: limits)
        } catch {
            precondition(!error.message.isEmpty, "an error without a sentence")
            return
        }
        for named in request.inputs {
            let tensor = named.tensor
            precondition(Tensor(checking: tensor.dataType, shape: tensor.shape, bytes: tensor.bytes) != nil)
            precondition(signature.inputs.contains { $0.name == named.name && $0.shape.count == tensor.shape.rank })
        }
        precondition(request.inputs.reduce(0) { $0 + $1.tensor.bytes.count } <= limits.maxExpandedByteCount)
        var response = InferResponse(model: "m", version: "1", id: request.id, outputs: request.inputs)
        response.parameters = request.parameters
        guard let encoded = try? GenerateCodec.encode(response) else { preconditionFailure("no answer") }
        var scanner = JSONScanner(encoded)
        do throws(JSONError) {
            try scanner.skipValue()
            try scanner.expectEnd()
        } catch { preconditionFailure("an answer that is no JSON: \(error)") }
    }

    /// One region of 64 bytes that believes nobody.
    private struct Region: SharedMemoryAccess {
        func check(_ place: SharedMemoryPlace) throws(InferError) {
            precondition(place.offset >= 0 && place.byteCount >= 0, "a place that was not checked")
            guard place.region == "r", place.offset <= 64, place.byteCount <= 64 - place.offset else {
                throw InferError(.notFound, "no such place")
            }
        }

        func read(_ place: SharedMemoryPlace) throws(InferError) -> Bytes {
            try check(place)
            return Bytes([UInt8](repeating: 0, count: place.byteCount))
        }

        func write(_ bytes: Bytes, to place: SharedMemoryPlace) throws(InferError) {
            try check(place)
            guard bytes.count <= place.byteCount else { throw InferError(.invalidArgument, "no room") }
        }
    }

    /// A registration; and an infer request whose tensors lie in shared memory.
    @Sendable static func sharedMemory(_ input: UnsafeRawBufferPointer) {
        let body = Bytes(copying: input)
        if let region = try? SharedMemoryCodec.decodeRegister(body, name: "r") {
            precondition(region.offset >= 0 && region.byteCount > 0)
            _ = SharedMemoryCodec.encodeStatus([region])
        }
        let region = Region()
        guard
            let request = try? V2InferCodec.decode(
                body, headerLength: nil, model: "m", version: nil, sharedMemory: region)
        else { return }
        for tensor in request.inputs.map(\.tensor) {
            precondition(Tensor(checking: tensor.dataType, shape: tensor.shape, bytes: tensor.bytes) != nil)
        }
        let outputs = request.outputs.map { NamedTensor($0.name, Tensor([Int32(1)], shape: [1])) }
        _ = try? V2InferCodec.encode(
            InferResponse(model: "m", version: "1", outputs: outputs), for: request, sharedMemory: region)
    }
}
