/// What `dunlin bench` is asked to do.
package struct LoadOptions: Sendable {
    /// Where the server is.
    package var url = "http://127.0.0.1:8000"
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
    /// Connections an open loop may use.
    package var connectionCount = 256
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
        return problems
    }
}
