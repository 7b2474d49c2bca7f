/// Where the HTTP server listens and what it accepts. Every limit has a name, a default and a range.
package struct HTTPServerConfiguration: Sendable, Equatable {
    /// An IPv4 or IPv6 literal, `localhost` (127.0.0.1), or `unix:` and the path of a Unix-domain socket.
    /// Default: 127.0.0.1. `0.0.0.0` and `::` listen everywhere.
    package var address = "127.0.0.1"

    /// What the log calls it. Default: HTTP.
    package var purpose = "HTTP"

    /// The permissions of a Unix-domain socket: who may write may connect. Default: 0600. Range: 0...0777.
    package var socketMode = 0o600

    /// Default: 8000. 0 takes a free port. Range: 0...65535.
    package var port = 8000

    /// Threads that read and write sockets. Default: 1. Range: 1...64.
    package var eventLoopCount = 1

    /// The longest request line, without its line end; beyond it 414. Default: 8192. Range: 64...1 MiB.
    package var maxRequestLineByteCount = 8192

    /// All field lines of one request with their line ends; beyond it 431. Default: 16 KiB. Range: 256...1 MiB.
    package var maxHeaderByteCount = 16_384

    /// Fields of one request; beyond it 431. Default: 100. Range: 1...10,000.
    package var maxHeaderCount = 100

    /// The largest body; beyond it 413, before it is read. Default: 64 MiB. Range: 0...1 TiB.
    package var maxBodyByteCount = 64 << 20

    /// A field, in lower case, whose number is an offset into the body: bodies are received so that the byte there lies
    /// at a multiple of 16 in memory, and what begins there need not be copied to be aligned. Default: none.
    package var alignedOffsetField = ""

    /// Memory of large bodies that are arriving at the same time, over all connections; beyond it the newer ones are
    /// not read until there is room (`ReceivingBudget`). As much again may be taken by bodies that were inflated; then
    /// further ones are answered 503 (`InflatedBudget`). Default: 1 GiB. At least `maxBodyByteCount`.
    package var maxReceivingByteCount = 1 << 30

    /// How long a connection may wait for its next request. Default: 65 s, longer than the 60 s of usual proxies.
    package var idleTimeout: Duration = .seconds(65)

    /// The longest a head may take, from its first to its last byte; beyond it 408. Default: 10 s.
    package var headerTimeout: Duration = .seconds(10)

    /// The longest a body may take, from the end of the head to its last byte; beyond it 408. Default: 60 s.
    package var bodyTimeout: Duration = .seconds(60)

    /// How long a client may take nothing of an answer that waits for it; beyond it the connection is closed.
    /// Default: 30 s.
    package var writeTimeout: Duration = .seconds(30)

    /// Bytes a second that a client must send of a body, and take of an answer, on average, once `Pace.grace` (10 s)
    /// has gone by; slower: 408, or the connection is closed. Default: 240. Range: 0 (any pace)...1 GiB.
    package var minTransferRate = 240

    /// Open connections; one more gets 503 and is closed. Default: 4096. Range: 1...1,000,000.
    package var maxConnections = 4096

    /// Requests of one connection that may be unanswered; then it is not read until one is answered.
    /// Default: 32. Range: 1...1024.
    package var maxPipelinedRequests = 32

    /// Requests of one HTTP/2 connection that may be on their way at the same time; its client is told, and further ones
    /// are refused. Default: 128. Range: 1...10,000.
    package var maxConcurrentStreams = 128

    /// Bytes of answers that may wait for a slow client; beyond it the connection is closed. A single complete
    /// answer may be larger. Over HTTP/2 complete answers always wait, and so do the client's further requests; a streamed
    /// answer is reset. Default: 64 MiB. Range: 64 KiB...1 TiB.
    package var maxBufferedResponseByteCount = 64 << 20

    /// How hard answers are compressed for clients that want them so (`Accept-Encoding`): 1, fast, to 9, small; 0: not
    /// at all. Level 6 makes JSON numbers a tenth smaller than 1 and takes six times as long. Default: 1. Range: 0...9.
    package var compressionLevel = 1

    /// Answers below this size are not compressed: one packet carries them. Default: 1024. Range: 64...1 TiB.
    package var minCompressedByteCount = 1024

    /// Requests over HTTP/2 whose path ends so are handed over when their headers are there, with their body as a stream
    /// (`HTTPRequest.bodyStream`). Default: none.
    package var streamedPathSuffixes: [String] = []

    package init() {}

    /// Every problem found, in words an operator can act on; empty when the values are usable.
    package func problems() -> [String] {
        var found: [String] = []
        if SocketAddress(address, port: 0) == nil {
            found.append("address is '\(address)'; it must be \(SocketAddress.expectation)")
        }
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) {
            if !range.contains(value) { found.append("\(name) is \(value); it must be in \(range)") }
        }
        check("socket_mode", socketMode, 0...0o777)
        check("port", port, 0...65_535)
        check("event_loop_count", eventLoopCount, 1...64)
        check("max_request_line_byte_count", maxRequestLineByteCount, 64...1 << 20)
        check("max_header_byte_count", maxHeaderByteCount, 256...1 << 20)
        check("max_header_count", maxHeaderCount, 1...10_000)
        check("max_body_byte_count", maxBodyByteCount, 0...1 << 40)
        if maxReceivingByteCount < maxBodyByteCount {
            found.append(
                "max_receiving_byte_count (\(maxReceivingByteCount)) cannot hold one body (\(maxBodyByteCount))")
        }
        check("min_transfer_rate", minTransferRate, 0...1 << 30)
        check("max_connections", maxConnections, 1...1_000_000)
        check("max_pipelined_requests", maxPipelinedRequests, 1...1024)
        check("max_concurrent_streams", maxConcurrentStreams, 1...10_000)
        check("max_buffered_response_byte_count", maxBufferedResponseByteCount, 65_536...1 << 40)
        check("compression_level", compressionLevel, 0...9)
        check("min_compressed_byte_count", minCompressedByteCount, 64...1 << 40)
        func check(_ name: String, _ value: Duration) {
            if value < .milliseconds(10) || value > .seconds(86_400) {
                found.append("\(name) is \(value); it must be in 0.01...86400 seconds")
            }
        }
        check("idle_timeout", idleTimeout)
        check("header_timeout", headerTimeout)
        check("body_timeout", bodyTimeout)
        check("write_timeout", writeTimeout)
        return found
    }
}
