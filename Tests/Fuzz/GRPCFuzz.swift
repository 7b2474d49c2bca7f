import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor

/// Messages of gRPC, and the framing around them.
enum GRPCFuzz {
    /// Every reader of messages on the same bytes. What an infer request is read to agrees with itself, and what is answered
    /// to it has the length that it says.
    @Sendable static func messages(_ input: UnsafeRawBufferPointer) {
        let message = Bytes(copying: input)
        var limits = V2Limits()
        limits.maxExpandedByteCount = 1 << 16
        if var reader = try? GRPCInferReader(message, limits: limits), let request = try? reader.readRequest() {
            for tensor in request.inputs.map(\.tensor) {
                precondition(Tensor(checking: tensor.dataType, shape: tensor.shape, bytes: tensor.bytes) != nil)
            }
            var response = InferResponse(model: "m", version: "1", id: request.id, outputs: request.inputs)
            response.parameters = request.parameters
            for isTyped in [false, true] {
                guard let segments = try? GRPCInferWriter.encode(response, for: request, isTyped: isTyped) else {
                    preconditionFailure("no answer")
                }
                var builder = BytesBuilder()
                for segment in segments { builder.append(segment) }
                precondition(
                    (try? GRPCFrame.only(in: builder.finish(), maxByteCount: .max)) != nil, "a length that is wrong")
            }
        }
        _ = try? GRPCRequests.model(message)
        _ = try? GRPCRequests.index(message)
        _ = try? GRPCClientMessages.signature(message)
        _ = try? GRPCRequests.register(message)
        if let load = try? GRPCRequests.load(message, limits: limits) { _ = try? GRPCRequests.unloadsDependents(load) }
        _ = try? GRPCRequests.traceSetting(message, limits: limits)
        _ = try? GRPCRequests.logSettings(message, changing: V2LoggingCodec.Settings(), limits: limits)
        _ = try? GRPCReflection.answer(message)
    }

    /// A stream of frames that comes in two ways: as a whole, and in pieces whose sizes the first byte chooses. Both give the
    /// same messages.
    @Sendable static func frames(_ input: UnsafeRawBufferPointer) {
        guard let first = input.first else { return }
        let bytes = Bytes(copying: UnsafeRawBufferPointer(rebasing: input.dropFirst()))
        let whole = read(bytes, pieceByteCount: max(bytes.count, 1))
        precondition(read(bytes, pieceByteCount: Int(first % 16) + 1) == whole, "the pieces make a difference")
        if let only = try? GRPCFrame.only(in: bytes, maxByteCount: 1 << 16) {
            precondition(whole.first == only.message.array, "a stream of one message that is another")
        }
        if let text = String(validating: input, as: UTF8.self) { _ = try? GRPCTimeout.nanoseconds(text) }
    }

    private static func read(_ bytes: Bytes, pieceByteCount: Int) -> [[UInt8]] {
        var reader = GRPCFrameReader(maxByteCount: 1 << 16)
        var found: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + pieceByteCount, bytes.count)
            reader.append(bytes[start..<end])
            start = end
            do throws(InferError) {
                while let next = try reader.next() { found.append(next.message.array) }
            } catch { return found }
        }
        return found
    }
}
