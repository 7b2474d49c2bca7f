import DunlinEngine
import DunlinInference
import DunlinOnnxRuntime

extension ServerConfiguration {
    /// Every flag of `dunlin serve`. `docs/CONFIGURATION.md` and the help text are printed from this table.
    package static let flags: [Flag] = [
        // MARK: Models
        Flag("model-repository", "DIR", default: "none", "Directory of models") { configuration, text in
            if text.isEmpty { return "must name a directory" }
            configuration.modelRepository = text
            return nil
        },
        Flag(
            "model-control-mode", "MODE", default: "none",
            "none: load every model at start; explicit: load and unload by request; poll: follow the repository",
            apply: Flag.choice(\.modelControlMode)),
        Flag(
            "repository-poll-secs", "TIME", default: "15",
            "With poll: time between two looks at the repository; most changes are noticed earlier",
            apply: Flag.duration(\.repositoryPollPeriod, in: .milliseconds(100)...(.seconds(86_400)))),
        Flag(
            "load-model", "NAME", default: "none",
            "With explicit: a model to load at start; '*' for all; may be repeated", repeats: true,
            reset: { $0.loadModels = [] }
        ) { configuration, text in
            if text.isEmpty { return "must name a model" }
            configuration.loadModels.append(text)
            return nil
        },
        Flag(
            "strict-readiness", "BOOL", default: "true",
            "Not ready while a wanted model is loading or failed", apply: Flag.bool(\.strictReadiness)),
        Flag(
            "strict-unload", "BOOL", default: "false", "Unloading what is not loaded is an error",
            apply: Flag.bool(\.strictUnload)),
        Flag(
            "backends", "LIST", default: "native,onnxruntime", "Backends in the order they are tried", apply: backends),
        Flag(
            "instance-count", "N", default: "0",
            "Instances of a model without instance_group; 0: one per usable CPU, at most 2",
            apply: Flag.integer(\.instanceCount, in: 0...256)),
        Flag(
            "max-queue-size", "N", default: "1024", "Requests that may wait for one model; more are answered 503",
            apply: Flag.integer(\.maxQueueSize, in: 1...1_000_000)),
        Flag(
            "precision", "PRECISION", default: "fp32",
            "How models that do not say it compute products: fp32, or bf16 where the CPU can",
            apply: Flag.choice(\.precision)),
        Flag(
            "max-queued-requests", "N", default: "8192", "Requests of all models that may wait; more are answered 503",
            apply: Flag.integer(\.maxQueuedRequests, in: 1...10_000_000)),
        Flag(
            "max-in-flight-bytes", "BYTES", default: "1GiB", "Inputs of all requests not answered yet; more: 503",
            apply: Flag.byteCount(\.maxInFlightByteCount, in: 1024...(1 << 50))),
        Flag(
            "batch-rows", "N", default: "64", "Rows of merged requests where a model's config says nothing; 1: none",
            apply: Flag.integer(\.batchRows, in: 1...65_536)),
        Flag(
            "response-cache-bytes", "BYTES", default: "64MiB", "Answers kept for models with response_cache; 0: none",
            apply: Flag.byteCount(\.responseCacheByteCount, in: 0...(1 << 50))),
        // MARK: Sockets
        Flag(
            "http-address", "ADDRESS", default: "127.0.0.1",
            "Address HTTP listens on, or unix:PATH for a Unix-domain socket"
        ) { configuration, text in
            if text.isEmpty { return "must be an IPv4 or IPv6 address, or unix:PATH" }
            configuration.httpAddress = text
            return nil
        },
        Flag(
            "http-socket-mode", "MODE", default: "0600", "Permissions of a Unix-domain socket, octal"
        ) { configuration, text in
            guard let mode = Int(text, radix: 8), (0...0o777).contains(mode) else {
                return "must be permissions in octal, 0 to 777"
            }
            configuration.httpSocketMode = mode
            return nil
        },
        Flag(
            "http-port", "PORT", default: "8000", "HTTP port; 0 picks a free one",
            apply: Flag.integer(\.httpPort, in: 0...65535)),
        Flag(
            "grpc-port", "PORT", default: "8001", "gRPC port; this version has no gRPC, so it stays closed",
            apply: Flag.integer(\.grpcPort, in: 0...65535)),
        Flag(
            "http-threads", "N", default: "0", "Threads that serve sockets; 0: one per usable CPU, at most 4",
            apply: Flag.integer(\.httpThreads, in: 0...256)),
        // MARK: Limits
        Flag(
            "max-body-size", "BYTES", default: "64MiB", "Largest request body; larger: 413",
            apply: Flag.byteCount(\.maxBodyByteCount, in: 1024...(1 << 40))),
        Flag(
            "max-request-line-size", "BYTES", default: "8KiB", "Longest request line; longer: 414",
            apply: Flag.byteCount(\.maxRequestLineByteCount, in: 128...(1 << 20))),
        Flag(
            "max-header-size", "BYTES", default: "16KiB", "All header fields of a request; more: 431",
            apply: Flag.byteCount(\.maxHeaderByteCount, in: 256...(1 << 20))),
        Flag(
            "max-header-count", "N", default: "100", "Header fields of a request; more: 431",
            apply: Flag.integer(\.maxHeaderCount, in: 4...10_000)),
        Flag(
            "max-connections", "N", default: "4096", "Open connections; one more is answered 503",
            apply: Flag.integer(\.maxConnections, in: 1...1_000_000)),
        Flag(
            "idle-timeout", "TIME", default: "65s", "How long a connection may be idle",
            apply: Flag.duration(\.idleTimeout, in: .milliseconds(100)...(.seconds(86_400)))),
        Flag(
            "header-timeout", "TIME", default: "10s", "How long a request's header may take; longer: 408",
            apply: Flag.duration(\.headerTimeout, in: .milliseconds(100)...(.seconds(3600)))),
        Flag(
            "body-timeout", "TIME", default: "60s", "How long a request's body may take; longer: 408",
            apply: Flag.duration(\.bodyTimeout, in: .milliseconds(100)...(.seconds(86_400)))),
        Flag(
            "write-timeout", "TIME", default: "30s", "How long a client may take nothing of its answer; longer: closed",
            apply: Flag.duration(\.writeTimeout, in: .milliseconds(100)...(.seconds(86_400)))),
        Flag(
            "min-transfer-rate", "BYTES", default: "240",
            "Bytes a second a client must send of a body, or take of an answer, after 10 s; slower: 408 or closed; 0: any",
            apply: Flag.byteCount(\.minTransferRate, in: 0...(1 << 30))),
        Flag(
            "max-receiving-size", "BYTES", default: "1GiB",
            "Memory of large bodies that are arriving, all together; beyond it the newer ones wait",
            apply: Flag.byteCount(\.maxReceivingByteCount, in: 1024...(1 << 40))),
        Flag(
            "shutdown-grace", "TIME", default: "30s", "How long SIGTERM waits for requests in flight",
            apply: Flag.duration(\.shutdownGrace, in: .zero...(.seconds(3600)))),
        // MARK: Naming and logging
        Flag("server-name", "NAME", default: "dunlin", "Name in the server metadata") { configuration, text in
            if text.isEmpty { return "must not be empty" }
            configuration.serverName = text
            return nil
        },
        Flag(
            "log-level", "LEVEL", default: "info", "debug, info, warning or error", apply: Flag.choice(\.logLevel)),
        logFormatFlag, logVerboseFlag, logInfoFlag, logWarningFlag, logErrorFlag, traceConfigFlag,
        // MARK: Announced, not in this version
        unavailable("api-keys", "FILE", "API keys"),
        unavailable("cors-allowed-origins", "LIST", "CORS"),
        Flag("gateway", "BOOL", default: "false", "Not in this version: Hopsworks gateway paths") { _, text in
            ["", "false", "0", "no", "off"].contains(text.lowercased()) ? nil : "is not available in this version"
        },
    ]

    /// Known by name so that nobody believes it is in force: refused until the feature exists.
    private static func unavailable(_ name: String, _ placeholder: String, _ feature: String) -> Flag {
        Flag(name, placeholder, default: "none", "Not in this version: \(feature)") { _, _ in
            "is not available in this version"
        }
    }

    private static let backends: Flag.Apply = { configuration, text in
        var list: [any Backend] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            switch name {
            case "native": list.append(NativeBackend())
            case "onnxruntime": list.append(OnnxRuntimeBackend())
            default: return "has '\(name)'; the backends are native, onnxruntime"
            }
        }
        if Set(list.map(\.name)).count != list.count { return "names a backend twice" }
        configuration.backends = list
        return nil
    }
}
