import Dispatch
import Dunlin
import Glibc

/// `dunlin serve`: runs a server until SIGTERM or SIGINT.
enum ServeCommand {
    static func run(_ arguments: [String], environment: [String: String]) -> ExitCode {
        if arguments == ["--help"] || arguments == ["-h"] {
            printOutput(HelpCommand.serve)
            return .success
        }
        let server: Server
        let configuration: ServerConfiguration
        do {
            configuration = try ServerConfiguration.parse(arguments: arguments, environment: environment)
            server = try Server(configuration)
        } catch {
            for problem in error.problems { printError("dunlin serve: \(problem)") }
            printError("'dunlin help serve' lists all flags")
            return .usage
        }
        let stopSignal = StopSignal()
        do {
            try server.start()
        } catch {
            printError("dunlin serve: \(error)")
            return .failure
        }
        let name = stopSignal.wait()
        server.logStop(name)
        server.stopAndWait(grace: configuration.shutdownGrace)
        return .success
    }
}

/// Waits for SIGTERM or SIGINT; made before anything else runs, so that none is missed.
private struct StopSignal {
    private let sources: [any DispatchSourceSignal]
    private let received = DispatchSemaphore(value: 0)

    init() {
        let received = received
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
            source.setEventHandler { received.signal() }
            source.activate()
            return source
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks until one arrives, and tells which.
    func wait() -> String {
        received.wait()
        return sources[0].data > 0 ? "SIGTERM" : "SIGINT"
    }
}
