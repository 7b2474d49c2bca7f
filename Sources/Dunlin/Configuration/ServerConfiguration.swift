import DunlinEngine
public import DunlinInference
import DunlinOnnxRuntime
package import DunlinTracing

/// Everything that can be set on a server. Each property has a flag and an environment twin of the same name
/// (`docs/CONFIGURATION.md`, `dunlin help serve`); defaults live here, once.
public struct ServerConfiguration: Sendable {
    /// The name in `GET /v2`. Default: `dunlin`.
    public var serverName = "dunlin"

    /// The directory of models. `nil`: none; only workers and backends given by an embedder are served.
    public var modelRepository: String?

    /// Who decides which models are loaded. Default: `none`, all of the repository, at start.
    public var modelControlMode = ModelControlMode.none

    /// With `explicit`: the models loaded at start; `*` stands for all.
    public var loadModels: [String] = []

    /// With `poll`: the time between two looks at the repository; what the kernel tells of is looked at earlier.
    /// Default: 15 s.
    public var repositoryPollPeriod = Duration.seconds(15)

    /// Whether a model that is loading or failed makes the server not ready. Default: true.
    public var strictReadiness = true

    /// Whether unloading what is not loaded is an error; if not, it is accepted silently. Default: false.
    public var strictUnload = false

    /// Executes models; the first backend that accepts a model serves it.
    public var backends: [any Backend] = [NativeBackend(), OnnxRuntimeBackend()]

    /// Instances of a model whose configuration names no `instance_group`. Default: 0, one per usable CPU, at most 2.
    public var instanceCount = 0

    /// Requests that may wait for one model before new ones are refused with 503. Default: 1024.
    public var maxQueueSize = 1024

    /// How models compute products that say nothing of it themselves (`precision` in their parameters). Models are refused
    /// where the CPU cannot. Default: `fp32`.
    public var precision = Precision.fp32

    /// Requests of all models together that may wait before new ones are refused with 503. Default: 8192.
    public var maxQueuedRequests = 8192

    /// Bytes of the inputs of all requests that are not answered yet; more are refused with 503. Default: 1 GiB.
    public var maxInFlightByteCount = 1 << 30

    /// Bytes of answers kept for models with `response_cache`; 0: none are. Default: 64 MiB.
    public var responseCacheByteCount = 64 << 20

    /// Rows that requests are merged to where a model's configuration says nothing of batches. Default: 64; 1: none.
    public var batchRows = 64

    /// The address HTTP listens on: IPv4, IPv6, or `unix:` and the path of a Unix-domain socket; `nil`: no socket,
    /// in-process calls only. Default: 127.0.0.1.
    public var httpAddress: String? = "127.0.0.1"

    /// The permissions of a Unix-domain socket: who may write may connect. Default: 0600, the server's user alone.
    public var httpSocketMode = 0o600

    /// The HTTP port; 0 picks a free one. Default: 8000.
    public var httpPort = 8000

    /// The gRPC port. This version has no gRPC front end: the value is checked, and the port stays closed.
    public var grpcPort = 8001

    /// Threads that read and write sockets. Default: 0, one per usable CPU, at most 4.
    public var httpThreads = 0

    /// The largest request body. Default: 64 MiB.
    public var maxBodyByteCount = 64 << 20

    /// The longest request line (method, path, version). Default: 8 KiB.
    public var maxRequestLineByteCount = 8 << 10

    /// All header fields of one request together. Default: 16 KiB.
    public var maxHeaderByteCount = 16 << 10

    /// Header fields in one request. Default: 100.
    public var maxHeaderCount = 100

    /// Open connections; one more is answered 503 and closed. Default: 4096.
    public var maxConnections = 4096

    /// How long a connection may stay open without a request. Default: 65 s, longer than the 60 s of common proxies.
    public var idleTimeout = Duration.seconds(65)

    /// How long a request's header may take to arrive. Default: 10 s.
    public var headerTimeout = Duration.seconds(10)

    /// How long a request's body may take to arrive. Default: 60 s.
    public var bodyTimeout = Duration.seconds(60)

    /// How long a client may take nothing of an answer. Default: 30 s.
    public var writeTimeout = Duration.seconds(30)

    /// Bytes a second that a client must send of a body, and take of an answer, on average, after 10 s. Default: 240;
    /// 0: any pace.
    public var minTransferRate = 240

    /// Memory of large bodies that are arriving, all together; beyond it the newer ones wait. At least
    /// `maxBodyByteCount`. Default: 1 GiB.
    public var maxReceivingByteCount = 1 << 30

    /// How long a stop waits for requests in flight. Default: 30 s.
    public var shutdownGrace = Duration.seconds(30)

    /// The least serious record that is logged. Default: `info`.
    public var logLevel = LogLevel.info

    /// How records are written. Default: `text`.
    public var logFormat = LogFormat.text

    /// Triton's switches for single levels, which add to or take from `logLevel`. Default: `nil`, as `logLevel` says.
    public var logInfo: Bool?
    public var logWarning: Bool?
    public var logError: Bool?

    /// Above 0: debug records are written too, whatever `logLevel` says. Default: `nil`, as `logLevel` says.
    public var logVerboseLevel: Int?

    /// Which requests are traced, and where their traces go. Default: none.
    package var trace = TraceConfiguration()

    public init() {}

    /// Sets what one `--trace-config` does, for example `level=TIMESTAMPS` or `triton,file=/tmp/trace.json`.
    public mutating func setTraceConfig(_ text: String) throws(ConfigurationError) {
        if let problem = trace.apply(text) { throw ConfigurationError(["trace-config \(text): \(problem)"]) }
    }

    /// `--model-control-mode`.
    public enum ModelControlMode: String, Sendable, CaseIterable {
        /// Every model of the repository is loaded at start; load and unload requests are refused.
        case none
        /// Models are loaded and unloaded by request.
        case explicit
        /// Every model of the repository is loaded at start; what is added, changed or removed there afterwards is loaded,
        /// loaded again or unloaded. Load and unload requests are refused.
        case poll
    }

    /// `--log-level`.
    public enum LogLevel: String, Sendable, CaseIterable { case debug, info, warning, error }

    /// `--log-format`.
    public enum LogFormat: String, Sendable, CaseIterable { case text, json }
}

/// Why a configuration cannot be used: every problem found, in the words of whoever typed it.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let problems: [String]
    public var description: String { problems.joined(separator: "\n") }

    public init(_ problems: [String]) { self.problems = problems }
}
