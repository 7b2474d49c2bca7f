import Dispatch
import DunlinHTTP
import DunlinTelemetry

/// Certificates and keys while the server runs.
extension TLSCredentials {
    /// How often the files are looked at.
    private static let lookPeriod = DispatchTimeInterval.seconds(1)

    /// Those that the configuration names; `nil` without TLS.
    ///
    /// - Throws: What is wrong with the settings or the files.
    static func named(by configuration: ServerConfiguration) throws(ConfigurationError) -> TLSCredentials? {
        guard let tls = try configuration.tlsConfiguration else { return nil }
        do throws(TLSError) {
            return try TLSCredentials(tls)
        } catch { throw ConfigurationError(["TLS: \(error)"]) }
    }

    /// Tells the operator what clients will see.
    func logStart(_ logger: Logger) { log(summary, logger) }

    /// Follows the files until the source that is returned is cancelled or let go.
    func watch(_ logger: Logger) -> sending any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "dunlin.certificates"))
        timer.schedule(deadline: .now() + Self.lookPeriod, repeating: Self.lookPeriod, leeway: .milliseconds(100))
        timer.setEventHandler {
            switch self.look() {
            case .unchanged: break
            case .loaded(let summary): self.log(summary, logger)
            case .failed(let problem):
                logger.error("TLS certificate not loaded, the one from before stays in force", ["reason": problem])
            }
        }
        timer.resume()
        return timer
    }

    private func log(_ summary: TLSSummary, _ logger: Logger) {
        logger.info(
            "TLS certificate loaded",
            ["path": configuration.certificateFile, "subject": summary.subject, "valid_until": summary.end])
        for warning in summary.warnings { logger.warning("TLS certificate not good at this time", ["reason": warning]) }
        if isKeyWorldReadable {
            logger.warning(
                "every user of this machine may read the private key",
                ["path": configuration.keyFile, "advice": "chmod 600"])
        }
    }
}
