import DunlinHTTP
import DunlinInference

extension Server {
    /// Runs a request of an HTTP client: with the header fields that are forwarded, within the limits that were read before
    /// its body, traced where it is chosen, and no longer than the client is there.
    func infer(
        _ request: InferRequest, within limits: RequestTimeout.Limits, for call: Call, _ reply: Reply,
        completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) {
        var request = request
        do throws(InferError) {
            try headerForwarding?.forward(call.request.headers, to: &request.parameters)
        } catch { return completion(.failure(error)) }
        request.deadline = limits.deadline
        request.latestStart = limits.latestStart
        let cancellation = Cancellation()
        request.cancellation = cancellation
        trace(&request, call, reply)
        infer(request, completion: completion)
        // What is answered by now, as cheap models are, need not be told of a client that hangs up.
        if !reply.http.isAnswered { reply.http.onDisconnect { cancellation.cancel() } }
    }
}
