import DunlinHTTP
import DunlinInference
import DunlinServing

/// The header `Request-Timeout`: seconds a client waits for its answer, a decimal number.
///
/// With it goes what the protocols have of their own (the V2 parameter `timeout`): the earlier one counts.
enum RequestTimeout {
    static let header: StaticString = "request-timeout"
    /// The longest that is told from none: a day.
    static let maxSeconds = 86_400.0

    /// Until when `call` is worth running: what its client says, and what the server lets any request wait.
    ///
    /// Both times start when the request was there, not when its turn came: a loop that is busy with others is waiting
    /// too. On the clock of `monotonicNanoseconds`.
    /// - Throws: `.invalidArgument` for a header that is no time; what `ModelRegistry.refusal` says, so that nothing is
    ///   spent on reading what cannot run in time.
    static func limits(
        of call: Call, model: String, version: String?, _ server: Server
    ) throws(InferError) -> Limits {
        try limits(
            timeout: try nanoseconds(call.request.headers), received: call.request.received, model: model,
            version: version, server)
    }

    /// The same for a time that was said in another way.
    ///
    /// - Parameters:
    ///   - timeout: Nanoseconds from when the request was there.
    ///   - received: When that was; 0: now.
    static func limits(
        timeout: UInt64?, received: UInt64, model: String, version: String?, _ server: Server
    ) throws(InferError) -> Limits {
        let maxWait = server.maxWait
        guard timeout != nil || maxWait != nil else { return Limits() }
        let now = monotonicNanoseconds()
        let received = received > 0 ? min(received, now) : now
        let refusal = server.registry.refusal(
            model: model, version: version, waited: now - received, timeout: timeout, maxWait: maxWait)
        if let refusal { throw refusal }
        return Limits(deadline: timeout.map { received &+ $0 }, latestStart: maxWait.map { received &+ $0 })
    }

    struct Limits {
        var deadline: UInt64?
        var latestStart: UInt64?
    }

    /// Nanoseconds, or `nil` when the request has no such header.
    ///
    /// - Throws: `.invalidArgument` when the value is not a decimal number above 0.
    static func nanoseconds(_ headers: HTTPHeaders) throws(InferError) -> UInt64? {
        guard let text = headers[header] else { return nil }
        return try nanoseconds(text)
    }

    static func nanoseconds(_ text: String) throws(InferError) -> UInt64 {
        let isDecimal = text.utf8.count <= 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        guard isDecimal, let seconds = Double(text), seconds > 0 else {
            throw InferError(
                .invalidArgument, "header 'Request-Timeout': expected seconds as a number above 0, received '\(text)'")
        }
        return UInt64(max(1, (min(seconds, maxSeconds) * 1e9).rounded()))
    }
}
