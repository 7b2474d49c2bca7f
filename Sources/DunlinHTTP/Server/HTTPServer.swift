package import DunlinTelemetry

package final class HTTPServer: Sendable {
    package let configuration: HTTPServerConfiguration
    package init(
        configuration: HTTPServerConfiguration, logger: Logger,
        respond: @escaping @Sendable (HTTPRequest, HTTPReply) -> Void
    ) { self.configuration = configuration }
    package func start() throws(HTTPServerError) { fatalError() }
    package var port: Int { 0 }
    package func drain() {}
    package func stop(grace: Duration) {}
    package var inFlightCount: Int { 0 }
    package var connectionCount: Int { 0 }
}
