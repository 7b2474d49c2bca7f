import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing
import DunlinTelemetry
import DunlinTracing

/// The parts of the configuration in the words of the modules they belong to.
extension ServerConfiguration {
    var httpConfiguration: HTTPServerConfiguration {
        var http = HTTPServerConfiguration()
        http.address = httpAddress ?? http.address
        http.port = httpPort
        http.eventLoopCount = httpThreads > 0 ? httpThreads : min(CPUQuota.availableCount, 4)
        http.maxRequestLineByteCount = maxRequestLineByteCount
        http.maxHeaderByteCount = maxHeaderByteCount
        http.maxHeaderCount = maxHeaderCount
        http.maxBodyByteCount = maxBodyByteCount
        // Raw tensors follow the JSON text.
        http.alignedOffsetField = "\(V2.headerLengthField)"
        http.maxConnections = maxConnections
        http.maxConcurrentStreams = maxConcurrentStreams
        http.socketMode = httpSocketMode
        http.writeTimeout = writeTimeout
        http.minTransferRate = minTransferRate
        http.maxReceivingByteCount = maxReceivingByteCount
        http.compressionLevel = httpCompressionLevel
        http.idleTimeout = idleTimeout
        http.headerTimeout = headerTimeout
        http.bodyTimeout = bodyTimeout
        return http
    }

    /// The second listener: who administers is few.
    func adminConfiguration(_ address: ListenAddress) -> HTTPServerConfiguration {
        var http = httpConfiguration
        http.address = address.address
        http.port = address.port
        http.eventLoopCount = 1
        http.purpose = "administration"
        return http
    }

    var servingConfiguration: ServingConfiguration {
        var serving = ServingConfiguration()
        serving.modelRepository = modelRepository
        serving.controlMode =
            switch modelControlMode {
            case .none: .none
            case .explicit: .explicit
            case .poll: .poll
            }
        serving.pollPeriod = repositoryPollPeriod
        serving.loadAtStart = loadModels
        serving.strictReadiness = strictReadiness
        if instanceCount > 0 { serving.instanceCountDefault = instanceCount }
        serving.maxQueueSize = maxQueueSize
        // Said only where it is not the usual one: a backend given by an embedder may have a default of its own.
        if precision != .fp32 { serving.defaultPrecision = precision }
        serving.maxQueuedRequestCount = maxQueuedRequests
        serving.maxInFlightByteCount = maxInFlightByteCount
        serving.batchRowsDefault = batchRows
        serving.rateLimit = rateLimit == .off ? .off : .executionCount
        serving.rateLimitResources = rateLimitResources
        serving.responseCacheByteCount = responseCacheByteCount
        serving.prefersProbabilities = predictsProbabilities
        return serving
    }

    /// JSON data may not expand to more than a body may hold.
    var v2Limits: V2Limits {
        var limits = V2Limits()
        limits.maxExpandedByteCount = maxBodyByteCount
        limits.maxLoadByteCount = maxLoadByteCount
        return limits
    }

    func makeLogger() -> Logger {
        let level: Logger.Level =
            switch logLevel {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        var values = LogSettings.Values(level: level)
        if let logInfo { values.info = logInfo }
        if let logWarning { values.warning = logWarning }
        if let logError { values.error = logError }
        if let logVerboseLevel { values.verboseLevel = logVerboseLevel }
        return Logger(values, format: logFormat == .json ? .json : .text)
    }

    /// With what this server says of itself to a collector, unless it was told otherwise.
    var traceConfiguration: TraceConfiguration {
        var trace = trace
        for (key, value) in [("service.name", serverName), ("service.version", dunlinVersion)]
        where !trace.resource.contains(where: { $0.key == key }) {
            trace.setResource(key, value)
        }
        return trace
    }
}

extension ServingLog {
    init(_ logger: Logger) {
        self.init { level, message in
            switch level {
            case .debug: logger.debug(message)
            case .info: logger.info(message)
            case .warning: logger.warning(message)
            case .error: logger.error(message)
            }
        }
    }
}
