import DunlinServing
import DunlinTelemetry

extension Server {
    /// Tells the operator where the server listens, how long its start took and what it occupies.
    func logReady() {
        let failed = registry.index(readyOnly: false).filter { $0.state == .unavailable && !$0.reason.isEmpty }
        logger.info(
            isReady ? "ready" : "started, not ready",
            [
                "models": registry.modelNames().count, "failed": failed.count,
                "start_ms": (made.duration(to: .now) / .milliseconds(0.1)).rounded() / 10,
                "rss_mib": ProcessFacts.residentByteCount >> 20,
            ])
    }

    /// Tells which signal ends the server.
    package func logStop(_ signal: String) {
        logger.info("stopping", ["signal": signal, "grace": Flag.describe(configuration.shutdownGrace)])
    }
}
