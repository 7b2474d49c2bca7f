import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing
import Synchronization

extension GRPC {
    /// Inference as a stream: requests run at the same time, and are answered in the order in which they came.
    ///
    /// What is wrong with one request is an item of its own, with the request's id, and the stream goes on; with the
    /// metadata `triton_grpc_error: true` the first error ends the stream with its status.
    static let modelStreamInfer = GRPCMessageStream.endpoint(isLarge: isLarge) {
        (call, server, reply) throws(InferError) in
        let run = GRPCStreamInference(call, server, timeout: try timeout(of: call))
        reply.http.onDisconnect { run.cancel() }
        return { message, number, stream in run.infer(message, number, stream) }
    }
}

/// One call of `ModelStreamInfer`.
private final class GRPCStreamInference: Sendable {
    private let call: Call
    private let server: Server
    /// Nanoseconds that the whole stream may take.
    private let timeout: UInt64?
    private let endsWithError: Bool
    private let open = Mutex(Open())

    /// Requests that are not answered yet.
    private struct Open {
        var cancellations: [Int: Cancellation] = [:]
        var isCancelled = false
    }

    init(_ call: Call, _ server: Server, timeout: UInt64?) {
        (self.call, self.server, self.timeout) = (call, server, timeout)
        endsWithError = call.request.headers["triton_grpc_error"] == "true"
    }

    /// The client is gone.
    func cancel() {
        let cancellations = open.withLock { open in
            open.isCancelled = true
            defer { open.cancellations = [:] }
            return open.cancellations.values.map { $0 }
        }
        for cancellation in cancellations { cancellation.cancel() }
    }

    func infer(_ message: Bytes, _ number: Int, _ stream: GRPCMessageStream) {
        var (model, id) = ("", String?.none)
        let received = server.timing.isOn ? TimingSwitch.nanoseconds() : 0
        do throws(InferError) {
            let sharedMemory = server.sharedMemory.map(SharedMemoryUse.init)
            var reader = try GRPCInferReader(message, sharedMemory: sharedMemory, limits: server.limits)
            (model, id) = (reader.model, reader.id)
            if let limit = call.limit, limit.model(named: model) == nil {
                let refusal = limit.refusal(of: model)
                let error = InferError(.invalidArgument, refusal.message)
                return stream.answer(
                    number,
                    endsWithError
                        ? .end(GRPCReply.status(refusal))
                        : .item(GRPCInferWriter.encodeItem(error, model: model, id: id)))
            }
            let named = call.limit?.model(named: model) ?? model
            let limits = try limits(model: named, version: reader.version)
            var request = try reader.readRequest()
            request.model = named
            try server.headerForwarding?.forward(call.request.headers, to: &request.parameters)
            request.deadline = limits.deadline
            request.latestStart = limits.latestStart
            let cancellation = Cancellation()
            request.cancellation = cancellation
            if open.withLock({ open in
                if !open.isCancelled { open.cancellations[number] = cancellation }
                return open.isCancelled
            }) {
                cancellation.cancel()
            }
            let isTyped = reader.usesTypedContents
            let trace = server.traceMessage(&request, received: received, call)
            server.infer(request) { [self, request] result in
                open.withLock { _ = $0.cancellations.removeValue(forKey: number) }
                let answered = trace == nil ? 0 : TimingSwitch.nanoseconds()
                defer { trace?(answered) }
                do throws(InferError) {
                    let item = try GRPCInferWriter.encodeItem(
                        try result.get(), for: request, isTyped: isTyped, isFinal: true, sharedMemory: sharedMemory)
                    stream.answer(number, .item(item))
                } catch { stream.answer(number, self.answer(error, request.model, request.id)) }
            }
        } catch { stream.answer(number, answer(error, model, id)) }
    }

    private func limits(model: String, version: String?) throws(InferError) -> RequestTimeout.Limits {
        // The call's time runs from its beginning, a request's from when it came.
        let now = monotonicNanoseconds()
        let age = call.request.received > 0 ? now - min(now, call.request.received) : 0
        return try RequestTimeout.limits(
            timeout: timeout.map { $0 - min($0, age) }, received: 0, model: model, version: version, server)
    }

    private func answer(_ error: InferError, _ model: String, _ id: String?) -> GRPCMessageStream.Answer {
        endsWithError
            ? .end(GRPCReply.status(error)) : .item(GRPCInferWriter.encodeItem(error, model: model, id: id))
    }
}
