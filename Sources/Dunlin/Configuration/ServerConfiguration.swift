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

    /// Whether classifiers answer V1 clients with probabilities unless their configuration says otherwise. Default: labels.
    public var predictsProbabilities = false

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

    /// Whether `rate_limiter` in models' configurations decides which instances run. Default: off.
    public var rateLimit = RateLimit.off

    /// How much there is of resources that rate limiters name. Default: of each as much as the largest need of a model.
    public var rateLimitResources: [String: Int] = [:]

    /// The address HTTP listens on: IPv4, IPv6, or `unix:` and the path of a Unix-domain socket; `nil`: no socket,
    /// in-process calls only. Default: 127.0.0.1.
    public var httpAddress: String? = "127.0.0.1"

    /// The permissions of a Unix-domain socket: who may write may connect. Default: 0600, the server's user alone.
    public var httpSocketMode = 0o600

    /// The HTTP port; 0 picks a free one. Default: 8000.
    public var httpPort = 8000

    /// A port for gRPC beside that of HTTP, which speaks gRPC too; 0 picks a free one. `nil`: none. Needs the package trait
    /// `GRPC`, as gRPC on any port does.
    public var grpcPort: Int?

    /// The address of `grpcPort`, or `unix:` and the path of a Unix-domain socket. `nil`: as `httpAddress`.
    public var grpcAddress: String?

    /// Threads that read and write sockets. Default: 0, one per usable CPU, at most 4.
    public var httpThreads = 0

    /// The largest request body. Default: 64 MiB.
    public var maxBodyByteCount = 64 << 20

    /// Bytes of all files that one load request may bring along (`file:<version>/<name>`), decoded; the request's body is a
    /// third larger and has `maxBodyByteCount` as well. Default: 64 MiB; 0: none.
    public var maxLoadByteCount = 64 << 20

    /// The longest request line (method, path, version). Default: 8 KiB.
    public var maxRequestLineByteCount = 8 << 10

    /// All header fields of one request together. Default: 16 KiB.
    public var maxHeaderByteCount = 16 << 10

    /// Header fields in one request. Default: 100.
    public var maxHeaderCount = 100

    /// Open connections; one more is answered 503 and closed. Default: 4096.
    public var maxConnections = 4096

    /// Requests that may be on their way at the same time on one HTTP/2 connection; one more is refused. Default: 128.
    public var maxConcurrentStreams = 128

    /// How long a connection may stay open without a request. Default: 65 s, longer than the 60 s of common proxies.
    public var idleTimeout = Duration.seconds(65)

    /// How long a request's header may take to arrive. Default: 10 s.
    public var headerTimeout = Duration.seconds(10)

    /// How long a request's body may take to arrive. Default: 60 s.
    public var bodyTimeout = Duration.seconds(60)

    /// How long a client may take nothing of an answer. Default: 30 s.
    public var writeTimeout = Duration.seconds(30)

    /// How long a request may wait before it runs, whether to be read or in its model's queue; what waits longer is
    /// refused, so that under overload the others stay quick. Default: 0, any time.
    public var maxWait = Duration.zero

    /// Bytes a second that a client must send of a body, and take of an answer, on average, after 10 s. Default: 240;
    /// 0: any pace.
    public var minTransferRate = 240

    /// Memory of large bodies that are arriving, all together; beyond it the newer ones wait. As much again
    /// for bodies that were inflated; beyond it requests are refused with 503. At least `maxBodyByteCount`. Default: 1 GiB.
    public var maxReceivingByteCount = 1 << 30

    /// Whether clients may register system shared memory and name it in requests. Default: false: whoever may ask for an
    /// inference could otherwise have the server read and write any memory object of its user.
    public var allowsClientSharedMemory = false

    /// Regions of shared memory that may be registered at the same time. Default: 256.
    public var maxSharedMemoryRegions = 256

    /// Bytes of all regions of shared memory together. Default: 1 GiB.
    public var maxSharedMemoryByteCount = 1 << 30
    /// How hard large answers are compressed for clients that want them so: 1, fast, to 9, small; 0: not at all. Without the
    /// package trait `Compression` none are. Default: 1.
    public var httpCompressionLevel = 1
    /// The file of API keys (`dunlin api-key create`); it is followed while the server runs. `nil`: no key is needed.
    public var apiKeysFile: String?

    /// PEM: the server's certificate and those behind it. Every address the server listens on speaks TLS then, and nothing
    /// else; the files are followed while the server runs. Needs the package trait `TLS`. `nil`: no TLS.
    public var tlsCertificateFile: String?

    /// PEM: the private key of the certificate, without a passphrase.
    public var tlsKeyFile: String?

    /// PEM: authorities whose certificates clients must show. `nil`: clients are asked for none.
    public var tlsClientAuthorityFile: String?

    /// With `tlsClientAuthorityFile`: whether clients may come without a certificate. Default: `required`.
    public var tlsClientAuthentication = TLSClientAuthentication.required

    /// The oldest version of TLS spoken. Default: 1.2.
    public var tlsMinVersion = TLSVersion.tls12

    /// A second address, `HOST:PORT` or `unix:PATH`, that alone answers load, unload, shared memory, logging and trace
    /// requests, beside all others. `nil`: the usual address answers them.
    public var adminAddress: String?

    /// Whether the admin address alone answers metrics. Default: false.
    public var adminMetrics = false

    /// Triton's `<api>,<api>:<header>=<value>`: requests to these APIs need this header field.
    public var httpRestrictedAPIs: [String] = []

    /// Triton's `<api>,<api>:<key>=<value>`: gRPC requests to these APIs need the metadata `triton-grpc-protocol-<key>`.
    public var grpcRestrictedProtocols: [String] = []

    /// Triton's regular expression for names of header fields (`HeaderPattern`): those that match become parameters of
    /// inference requests. `nil`: none do.
    public var httpHeaderForwardPattern: String?

    /// Origins of web pages that may use the server: `https://app.example.com`, `https://*.example.com`,
    /// `http://localhost:*`, `*`. Default: none.
    public var corsAllowedOrigins: [String] = []

    /// Whether the addresses of Hopsworks' gateway are answered too. Default: false.
    public var gateway = false

    /// With `gateway`: hosts are `<deployment>.<project>.<domain>`. `nil`: as `gatewayMap` says, or hosts say nothing.
    public var gatewayDomain: String?

    /// With `gateway`: the TOML or JSON (`.json`) file of projects, deployments and their models. `nil`: any project, and a
    /// deployment for each model, of the same name.
    public var gatewayMap: String?

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

    /// `--rate-limit`.
    public enum RateLimit: String, Sendable, CaseIterable {
        case off
        /// An instance runs when the resources it needs are free.
        case executionCount = "execution_count"
    }

    /// `--tls-client-auth`.
    public enum TLSClientAuthentication: String, Sendable, CaseIterable { case required, optional }

    /// `--tls-min-version`.
    public enum TLSVersion: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
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
