extension HTTPReply {
    /// Calls `body` with `request`, its body inflated where it came compressed; then on another thread and later.
    /// Answers by itself, and does not call `body`, when that cannot be done.
    package func withPlainBody(of request: HTTPRequest, _ body: @escaping @Sendable (HTTPRequest) -> Void) {
        do throws(ContentCodingError) {
            guard let format = try codec.format(of: request) else { return body(request) }
            codec.later { [codec] in
                do throws(ContentCodingError) {
                    body(try codec.inflate(request, format))
                } catch {
                    self.send(error.response)
                }
            }
        } catch {
            send(error.response)
        }
    }
}

extension HTTPRequest {
    /// False for nearly all requests, which then need not go through `HTTPReply.withPlainBody`.
    package var mayBeCompressed: Bool { hasContentEncoding || InflationFormat(unannounced: body) != nil }
}
