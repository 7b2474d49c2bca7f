import DunlinEngine
import DunlinInference
import DunlinOnnxRuntime

extension ServerConfiguration {
    /// Every flag of `dunlin serve`. `docs/CONFIGURATION.md` and the help text are printed from this table.
    package static let flags: [Flag] = generalFlags + tlsFlags + accessFlags

    private static let generalFlags: [Flag] = [
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
            "With explicit: a model to load at start; '*' for all; may be repeated",
            repeats: .init { $0.loadModels = [] }
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
            "predict-proba", "BOOL", default: "false",
            "Classifiers answer V1 clients with probabilities unless their config says otherwise",
            otherEnvironmentName: "PREDICT_PROBA", apply: Flag.bool(\.predictsProbabilities)),
        Flag(
            "backends", "LIST", default: "native,onnxruntime", "Backends in the order they are tried",
            apply: backends),
        Flag(
            "instance-count", "N", default: "0",
            "Instances of a model without instance_group, up to 64; 0: one per usable CPU, at most 2",
            apply: Flag.integer(\.instanceCount, in: 0...64)),
        Flag(
            "max-queue-size", "N", default: "1024", "Requests that may wait for one model; more are answered 503",
            apply: Flag.integer(\.maxQueueSize, in: 1...1_000_000)),
        Flag(
            "precision", "PRECISION", default: "fp32",
            "How models that do not say it compute products: fp32, or bf16 where the CPU can",
            apply: Flag.choice(\.precision)),
        Flag(
            "max-queued-requests", "N", default: "8192",
            "Requests of all models that may wait; more are answered 503",
            apply: Flag.integer(\.maxQueuedRequests, in: 1...10_000_000)),
        Flag(
            "max-in-flight-bytes", "BYTES", default: "1GiB", "Inputs of all requests not answered yet; more: 503",
            apply: Flag.byteCount(\.maxInFlightByteCount, in: 1024...(1 << 50))),
        Flag(
            "batch-rows", "N", default: "64",
            "Rows of merged requests where a model's config says nothing; 1: none",
            apply: Flag.integer(\.batchRows, in: 1...65_536)),
        Flag(
            "response-cache-bytes", "BYTES", default: "64MiB",
            "Answers kept for models with response_cache; 0: none",
            apply: Flag.byteCount(\.responseCacheByteCount, in: 0...(1 << 50))),
        Flag(
            "rate-limit", "MODE", default: "off",
            "off, or execution_count: rate_limiter in models' configs decides who runs",
            apply: Flag.choice(\.rateLimit)),
        Flag(
            "rate-limit-resource", "NAME:COUNT[:DEVICE]", default: "none",
            "How much there is of a resource for rate limiters, else the largest need; may be repeated",
            repeats: .init { $0.rateLimitResources = [:] }, apply: rateLimitResource),
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
        grpcPortFlag, grpcAddressFlag,
        Flag(
            "http-threads", "N", default: "0", "Threads that serve sockets, up to 64; 0: one per usable CPU, at most 4",
            apply: Flag.integer(\.httpThreads, in: 0...64)),
        // MARK: Limits
        Flag(
            "max-body-size", "BYTES", default: "64MiB",
            "Largest request body, or gRPC message; larger: 413 (RESOURCE_EXHAUSTED)",
            apply: Flag.byteCount(\.maxBodyByteCount, in: 1024...(1 << 40))),
        Flag(
            "max-load-size", "BYTES", default: "64MiB",
            "Files that one load request brings along, decoded, all together; more: 400; 0: none",
            apply: Flag.byteCount(\.maxLoadByteCount, in: 0...(1 << 40))),
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
            "max-concurrent-streams", "N", default: "128",
            "Requests on their way on one HTTP/2 connection; one more is refused",
            apply: Flag.integer(\.maxConcurrentStreams, in: 1...10_000)),
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
            "write-timeout", "TIME", default: "30s",
            "How long a client may take nothing of its answer; longer: closed",
            apply: Flag.duration(\.writeTimeout, in: .milliseconds(100)...(.seconds(86_400)))),
        Flag(
            "max-wait", "TIME", default: "0s",
            "How long a request may wait before it runs; longer: 503, so that others stay quick under overload; 0: any time",
            apply: Flag.duration(\.maxWait, in: .zero...(.seconds(86_400)))),
        Flag(
            "min-transfer-rate", "BYTES", default: "240",
            "Bytes a second a client must send of a body, or take of an answer, after 10 s; slower: 408 or closed; 0: any",
            apply: Flag.byteCount(\.minTransferRate, in: 0...(1 << 30))),
        Flag(
            "max-receiving-size", "BYTES", default: "1GiB",
            "Memory of large bodies that arrive, all together, at least max-body-size; more wait. As much again for inflated ones; more: 503",
            apply: Flag.byteCount(\.maxReceivingByteCount, in: 1024...(1 << 40))),
        // MARK: Shared memory
        Flag(
            "allow-client-shm", "BOOL", default: "false",
            "Clients may register system shared memory and have tensors read and written there",
            apply: Flag.bool(\.allowsClientSharedMemory)),
        Flag(
            "max-shared-memory-regions", "N", default: "256",
            "Regions of shared memory that may be registered; more: 503",
            apply: Flag.integer(\.maxSharedMemoryRegions, in: 1...65_536)),
        Flag(
            "max-shared-memory-size", "BYTES", default: "1GiB",
            "Bytes of all registered regions together; more: 503",
            apply: Flag.byteCount(\.maxSharedMemoryByteCount, in: 1...(1 << 50))),
        Flag(
            "http-compression-level", "N", default: "1",
            "Large answers to clients that accept gzip or deflate: 1, fast, to 9, small; 0: never compressed",
            apply: Flag.integer(\.httpCompressionLevel, in: 0...9)),
        // MARK: Stopping
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
    ]

    /// Triton's form. There is one device, the CPU, whose number is 0.
    private static let rateLimitResource: Flag.Apply = { configuration, text in
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), !parts[0].isEmpty, let count = Int(parts[1]), count >= 0 else {
            return "must be a name and a count, such as R1:4 or R1:4:0"
        }
        if parts.count == 3, parts[2] != "0" {
            return "names device '\(parts[2])'; models run on the CPU, which is device 0"
        }
        guard configuration.rateLimitResources.updateValue(count, forKey: String(parts[0])) == nil else {
            return "names resource '\(parts[0])' twice"
        }
        return nil
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
