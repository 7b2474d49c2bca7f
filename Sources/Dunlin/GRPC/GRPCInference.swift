import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

extension GRPC {
    static let modelInfer = unary { call, server in
        guard isLarge(call.message, server) else { return infer(call, server) }
        server.codecQueue.async { infer(call, server) }
    }

    /// Whether a message is read off the event loop. What lies in shared memory may be large whatever the message is.
    static func isLarge(_ message: Bytes, _ server: Server) -> Bool {
        if let regions = server.sharedMemory, !regions.isEmpty { return true }
        return message.count > decodeOnLoopByteCount
    }

    private static func infer(_ call: GRPCCall, _ server: Server) {
        call.reply.answer { () throws(InferError) in
            let sharedMemory = server.sharedMemory.map(SharedMemoryUse.init)
            var reader = try GRPCInferReader(call.message, sharedMemory: sharedMemory, limits: server.limits)
            guard let model = call.model(reader.model) else { return }
            let limits = try RequestTimeout.limits(
                timeout: try timeout(of: call.call), received: call.call.request.received, model: model,
                version: reader.version, server)
            var request = try reader.readRequest()
            request.model = model
            let isTyped = reader.usesTypedContents
            let reply = call.reply
            server.infer(request, within: limits, for: call.call, Reply(http: reply.http)) { [request] result in
                reply.answer { () throws(InferError) in
                    reply.send(
                        try GRPCInferWriter.encode(
                            try result.get(), for: request, isTyped: isTyped, sharedMemory: sharedMemory))
                }
            }
        }
    }

    /// `grpc-timeout` in nanoseconds.
    static func timeout(of call: Call) throws(InferError) -> UInt64? {
        guard let text = call.request.headers["grpc-timeout"] else { return nil }
        return try GRPCTimeout.nanoseconds(text)
    }
}
