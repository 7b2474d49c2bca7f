import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// Triton's generate extension, for every model whose tensors have a JSON form.
enum Generate {
    /// One JSON object for one.
    static let generate: Endpoint = { call, server, reply in
        run(call, server, reply) { result in
            reply.answer { () throws(InferError) in reply.json(200, try GenerateCodec.encode(try result.get())) }
        }
    }

    /// The same as server-sent events, one for each response of the model.
    static let stream: Endpoint = { call, server, reply in
        let stream = EventStream(reply)
        run(call, server, reply) { result in
            do throws(InferError) {
                stream.send(try GenerateCodec.encode(try result.get()))
                stream.finish()
            } catch { stream.fail(error) }
        }
    }

    private typealias Completion = @Sendable (Result<InferResponse, InferError>) -> Void

    /// What is wrong with the request itself is answered at once, the rest is for `completion`.
    private static func run(
        _ call: Call, _ server: Server, _ reply: Reply, _ completion: @escaping Completion
    ) {
        guard call.body.count > V2.decodeOnLoopByteCount else { return decode(call, server, reply, completion) }
        server.codecQueue.async { decode(call, server, reply, completion) }
    }

    private static func decode(
        _ call: Call, _ server: Server, _ reply: Reply, _ completion: @escaping Completion
    ) {
        reply.answer { () throws(InferError) in
            let (model, version) = (call["model"], call[optional: "version"])
            let limits = try RequestTimeout.limits(of: call, model: model, version: version, server)
            let signature = try server.registry.signature(model: model, version: version)
            let request = try GenerateCodec.decode(
                call.body, model: model, version: version, signature: signature, limits: server.limits)
            server.infer(request, within: limits, for: call, reply, completion: completion)
        }
    }
}
