import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols

/// The methods of the services that are spoken over gRPC.
enum GRPC {
    /// Requests whose paths end so are streams of messages.
    static let streamedPathSuffixes = ["/ModelStreamInfer", "/ServerReflectionInfo"]

    /// Messages up to this size are read on the event loop, larger ones on a queue: raw tensors are passed on as they are or
    /// copied once, typed contents are copied element by element.
    static let decodeOnLoopByteCount = 1 << 20

    /// An endpoint for one message that is answered with one, or with several by `GRPCReply.stream`.
    ///
    /// - Parameter answer: May run on the loop's thread; what it throws is the answer.
    static func unary(
        _ answer: @escaping @Sendable (_ call: GRPCCall, _ server: Server) throws(InferError) -> Void
    ) -> Endpoint {
        { call, server, reply in
            guard let coding = GRPCCoding(call, reply) else { return }
            let reply = GRPCReply(http: reply.http, coding: coding.ofAnswers)
            reply.answer { () throws(InferError) in
                let limit = server.configuration.maxBodyByteCount
                let (message, isCompressed) = try GRPCFrame.only(in: call.body, maxByteCount: limit)
                guard isCompressed else {
                    return try answer(GRPCCall(call: call, message: message, reply: reply), server)
                }
                try coding.check()
                server.codecQueue.async {
                    reply.answer { () throws(InferError) in
                        let plain = try coding.inflate(message, reply.http)
                        try answer(GRPCCall(call: call, message: plain, reply: reply), server)
                    }
                }
            }
        }
    }
}

/// One message of a client, and the way back.
struct GRPCCall: Sendable {
    let call: Call
    /// Without its frame, inflated.
    let message: Bytes
    let reply: GRPCReply

    /// The model that the message means by `name`; `nil` when the request may not name it, which is then answered.
    func model(_ name: String) -> String? {
        guard let limit = call.limit else { return name }
        let model = limit.model(named: name)
        if model == nil { reply.refuse(limit.refusal(of: name)) }
        return model
    }
}
