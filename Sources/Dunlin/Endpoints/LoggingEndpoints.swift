import DunlinInference
import DunlinProtocols
import DunlinTelemetry

/// Triton's logging extension: what the server logs, while it runs.
enum Logging {
    static let get: Endpoint = { _, server, reply in reply.json(200, V2LoggingCodec.encode(current(server))) }

    static let set: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let settings = try V2LoggingCodec.decode(call.body, changing: current(server))
            change(settings, server)
            reply.json(200, V2LoggingCodec.encode(settings))
        }
    }

    /// Puts checked settings into force.
    static func change(_ settings: V2LoggingCodec.Settings, _ server: Server) {
        var values = LogSettings.Values()
        (values.info, values.warning, values.error) = (settings.info, settings.warning, settings.error)
        values.verboseLevel = settings.verboseLevel
        values.format = LogSettings.FormatName(rawValue: settings.format) ?? .default
        server.logger.settings.set(values)
    }

    /// The log goes to standard error: no file.
    static func current(_ server: Server) -> V2LoggingCodec.Settings {
        let values = server.logger.settings.current
        var settings = V2LoggingCodec.Settings()
        (settings.info, settings.warning, settings.error) = (values.info, values.warning, values.error)
        settings.verboseLevel = values.verboseLevel
        settings.format = values.format.rawValue
        return settings
    }
}
