import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// V2 inference answered as server-sent events, as MLServer spells it.
enum Streams {
    /// Each response of the model is an event; all outputs are JSON, or lie in shared memory.
    static let infer: Endpoint = { call, server, reply in
        guard V2.isLarge(call, server) else { return run(call, server, reply) }
        server.codecQueue.async { run(call, server, reply) }
    }

    private static func run(_ call: Call, _ server: Server, _ reply: Reply) {
        reply.answer { () throws(InferError) in
            let limits = try RequestTimeout.limits(
                of: call, model: call["model"], version: call[optional: "version"], server)
            let sharedMemory = server.sharedMemory.map(SharedMemoryUse.init)
            var request = try V2.decode(call, server, sharedMemory)
            if call.request.headers[V2.headerLengthField].flatMap({ Int($0) }) == 0 {
                // Such a request has no place to ask for the form of its answer.
                request.parameters["binary_data_output"] = nil
            }
            guard !asksForBinary(request) else {
                throw InferError(
                    .invalidArgument,
                    "outputs of 'infer_stream' are JSON; expected neither 'binary_data_output' nor 'binary_data'")
            }
            let stream = EventStream(reply)
            server.infer(request, within: limits, for: call, reply) { [request] result in
                do throws(InferError) {
                    let encoded = try V2InferCodec.encode(try result.get(), for: request, sharedMemory: sharedMemory)
                    stream.send(encoded.segments[0])
                    stream.finish()
                } catch { stream.fail(error) }
            }
        }
    }

    private static func asksForBinary(_ request: InferRequest) -> Bool {
        request.parameters.bool("binary_data_output") == true
            || request.outputs.contains { $0.parameters.bool("binary_data") == true }
    }
}
