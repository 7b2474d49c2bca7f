import DunlinInference
import DunlinProtocols

extension GRPC {
    /// What grpcurl and its like ask first: which services there are, and what their messages look like.
    static let reflection = GRPCMessageStream.endpoint { (_, _, _) throws(InferError) in
        { message, number, stream in
            do throws(InferError) {
                stream.answer(number, .item([try GRPCReflection.answer(message)]))
            } catch { stream.answer(number, .end(GRPCReply.status(error))) }
        }
    }
}
