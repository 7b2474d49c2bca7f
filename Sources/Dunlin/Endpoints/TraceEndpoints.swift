import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing
import DunlinTracing

/// Triton's trace extension: which requests are traced, for all models or for one.
enum TraceSettings {
    static let get: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            reply.json(200, V2TraceCodec.encode(try current(model: call[optional: "model"], server)))
        }
    }

    static let set: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let model = call[optional: "model"]
            try checkModel(model, server)
            try change(try V2TraceCodec.decode(call.body), model: model, server)
            reply.json(200, V2TraceCodec.encode(try current(model: model, server)))
        }
    }

    /// Changes the settings of a model, or of all that have none of their own.
    static func change(_ body: V2TraceCodec.Change, model: String?, _ server: Server) throws(InferError) {
        try checkModel(model, server)
        guard server.tracing.change(try read(body, server.tracing), model: model) else {
            throw InferError(
                .resourceExhausted,
                "trace settings: \(TraceSampler.maxModelCount) models have settings of their own, which is the limit"
            )
        }
        server.timing.set(server.tracing.isActive)
    }

    /// Settings for models that are not there would pile up, and help nobody.
    private static func checkModel(_ model: String?, _ server: Server) throws(InferError) {
        if let model { _ = try server.registry.isReady(model: model) }
    }

    /// What is in force for a model, or for all that have no settings of their own.
    static func current(model: String?, _ server: Server) throws(InferError) -> V2TraceCodec.Settings {
        try checkModel(model, server)
        let configuration = server.tracing.configuration
        let setting = server.tracing.setting(of: model)
        var settings = V2TraceCodec.Settings()
        settings.level = setting.level.rawValue
        (settings.rate, settings.count, settings.mode) = (setting.rate, setting.count, configuration.mode.rawValue)
        switch configuration.mode {
        case .triton:
            settings.logFrequency = setting.logFrequency
            settings.file = configuration.file
        case .opentelemetry:
            settings.details = [
                ("url", configuration.endpoint.description),
                ("bsp_max_queue_size", String(configuration.maxQueueCount)),
                ("bsp_schedule_delay", String(configuration.exportDelayMilliseconds)),
                ("bsp_max_export_batch_size", String(configuration.maxExportCount)),
            ]
        }
        return settings
    }

    // MARK: Values

    private static func read(_ body: V2TraceCodec.Change, _ tracing: Tracing) throws(InferError) -> TraceChange {
        // A path from outside would let clients write where the server may.
        if case .set(let file) = body.file, file != tracing.configuration.file {
            throw InferError(
                .unsupported,
                "trace settings: 'trace_file' cannot be changed by request; start the server with --trace-config "
                    + "triton,file=PATH")
        }
        var change = TraceChange()
        change.level = try level(body.level, tracing)
        change.rate = try number("trace_rate", body.rate, 0...TraceSetting.maxNumber)
        change.count = try number("trace_count", body.count, -1...TraceSetting.maxCount)
        change.logFrequency = try number("log_frequency", body.logFrequency, 0...TraceSetting.maxNumber)
        return change
    }

    private static func level(
        _ field: V2TraceCodec.Field, _ tracing: Tracing
    ) throws(InferError) -> TraceChange.Field<TraceSetting.Level> {
        switch field {
        case .keep: return .keep
        case .clear: return .clear
        case .set(let text):
            switch TraceSettingText.level(text) {
            case .success(let level):
                guard level == .off || tracing.canKeep else {
                    throw InferError(
                        .invalidArgument,
                        "trace settings: there is no file to write traces to; start the server with --trace-config "
                            + "triton,file=PATH")
                }
                return .set(level)
            case .failure(let problem):
                throw InferError(
                    text == "TENSORS" ? .unsupported : .invalidArgument,
                    "trace settings: 'trace_level': \(problem.text)")
            }
        }
    }

    private static func number(
        _ key: String, _ field: V2TraceCodec.Field, _ range: ClosedRange<Int>
    ) throws(InferError) -> TraceChange.Field<Int> {
        switch field {
        case .keep: return .keep
        case .clear: return .clear
        case .set(let text):
            guard let number = TraceSettingText.number(text, in: range) else {
                throw InferError(
                    .invalidArgument,
                    "trace settings: '\(key)': expected a whole number in \(range.lowerBound)...\(range.upperBound), "
                        + "found '\(text)'")
            }
            return .set(number)
        }
    }
}
