import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import Synchronization

/// An answer of server-sent events, `data: {json}` each. What comes first decides its status.
///
/// Calls follow one another, from any thread; `fail` or `finish` is the last one.
final class EventStream: Sendable {
    private let reply: Reply
    private let hasBegun = Atomic(false)

    init(_ reply: Reply) { self.reply = reply }

    func send(_ json: Bytes) {
        begin(200)
        reply.http.write(ServerSentEvents.event(json))
    }

    /// Ends the stream with an error: as an event when there were others, whose status stays.
    ///
    /// Before the first event what is wrong with the request, or keeps it from being run, is answered as everywhere; what
    /// fails inside the model is an event, with its status.
    func fail(_ error: InferError) {
        guard hasBegun.load(ordering: .relaxed) || error.code == .internal else { return reply.error(error) }
        begin(error.code.httpStatus)
        reply.http.write(ServerSentEvents.event(V2MetadataCodec.error(error.message)))
        reply.http.end()
    }

    /// Ends the stream; without any event it is empty.
    func finish() {
        begin(200)
        reply.http.end()
    }

    private func begin(_ status: Int) {
        if !hasBegun.exchange(true, ordering: .relaxed) { reply.http.begin(status: status, contentType: .eventStream) }
    }
}
