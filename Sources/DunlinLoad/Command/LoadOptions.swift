package import DunlinHTTP

/// What `dunlin bench` is asked to do.
package struct LoadOptions: Sendable {
    /// Where the server is, and how it is spoken to.
    package var url = "http://127.0.0.1:8000"
    /// Over TLS: whom to trust, and what to show.
    package var trust = TLSClientContext.Configuration(protocols: [])
    package var unixSocket: String?
    package var model = ""
    package var version: String?
    /// Requests from files, sent in turns; none: one made from the model's metadata.
    package var inputPaths: [String] = []
    /// Shapes of synthesised inputs, by name.
    package var shapes: [String: [Int]] = [:]
    /// The first axis of synthesised inputs that leave it open.
    package var rows = 1
    /// Every other open axis.
    package var extent = 128
    package var isBinary = false
    package var headers: [(name: String, value: String)] = []
    /// Steps of a closed loop.
    package var concurrencies: [Int] = []
    /// Steps of an open loop, in requests per second.
    package var rates: [Double] = []
    package var arrivals = ArrivalSchedule.Kind.poisson
    /// Connections that may be used; `nil`: see `connectionCount(of:isGRPC:)`.
    package var connectionCount: Int?
    /// Nanoseconds in which the requests of a step are started.
    package var duration: UInt64 = 10_000_000_000
    /// Requests of a step; `nil`: as many as fit into `duration`.
    package var requestCount: Int?
    /// Nanoseconds before each step whose answers are not counted.
    package var warmUp: UInt64 = 1_000_000_000
    /// Nanoseconds after which a request is given up.
    package var timeout: UInt64 = 30_000_000_000
    /// The server's process on this machine, to tell its processor time.
    package var serverProcess: Int?
    package var printsJSON = false
    package var isQuiet = false

    package init() {}

    package static let maxConcurrency = 60_000
    package static let maxStepCount = 256
    package static let maxHeaderCount = 64

    /// One step for each concurrency, or each rate.
    package var steps: [LoadStep] {
        rates.isEmpty
            ? (concurrencies.isEmpty ? [1] : concurrencies).map { .closed(concurrency: $0) }
            : rates.map { .open(rate: $0, kind: arrivals) }
    }

    /// Clients that share a connection over gRPC.
    static let clientsPerConnection = 16
    /// Connections of an open loop; over gRPC each takes many requests at once.
    static let openConnectionCount = (http: 256, grpc: 8)

    /// Connections that a step may use. A closed loop over HTTP has one for each client, whatever is asked for.
    func connectionCount(of step: LoadStep, isGRPC: Bool) -> Int {
        switch step {
        case .open:
            return connectionCount ?? (isGRPC ? Self.openConnectionCount.grpc : Self.openConnectionCount.http)
        case .closed(let concurrency):
            let shared = (concurrency + Self.clientsPerConnection - 1) / Self.clientsPerConnection
            return isGRPC ? min(concurrency, connectionCount ?? shared) : concurrency
        }
    }

    /// Header fields that say how a message over gRPC is to be read.
    private static let grpcHeaders: Set<String> = [
        "content-type", "te", "connection", "keep-alive", "proxy-connection", "upgrade", "grpc-encoding",
    ]

    /// What is wrong with the options together; empty when they can be used.
    func problems() -> [String] {
        var problems: [String] = []
        if model.isEmpty { problems.append("--model is missing; it names the model to ask") }
        if !rates.isEmpty, !concurrencies.isEmpty {
            problems.append("--rate (open loop) and --concurrency (closed loop) exclude each other")
        }
        if !inputPaths.isEmpty, isBinary, inputPaths.contains(where: { $0.hasSuffix(".json") }) {
            problems.append("--binary is for synthesised inputs and raw files; a JSON file is sent as it is")
        }
        guard let scheme = try? URLParts(url).scheme else { return problems }
        if !scheme.isTLS, trust != TLSClientContext.Configuration(protocols: []) {
            problems.append(
                "--ca-file, --insecure, --certificate and --key are for TLS; the URL must be https:// or grpcs://")
        }
        if !trust.verifiesServer, trust.authorityFile != nil {
            problems.append("--insecure (any certificate) and --ca-file (one of these) exclude each other")
        }
        if trust.keyFile != nil, trust.certificateFile == nil {
            problems.append("--key needs a --certificate, whose key it is")
        }
        if scheme.isGRPC {
            for header in headers
            where header.name.hasPrefix(":") || Self.grpcHeaders.contains(header.name.lowercased()) {
                problems.append("--header '\(header.name)' would contradict what is sent over gRPC anyway")
            }
        }
        return problems
    }
}
