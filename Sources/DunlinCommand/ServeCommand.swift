import Dunlin

/// `dunlin serve`: runs a server until SIGTERM or SIGINT.
enum ServeCommand {
    static func run(_ arguments: [String], environment: [String: String]) -> ExitCode {
        if arguments == ["--help"] || arguments == ["-h"] {
            printOutput(HelpCommand.serve)
            return .success
        }
        OpenFiles.raiseLimit()
        let ending = Ending()
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
        do {
            try server.begin { result in
                if case .failure(let error) = result { ending.fail("\(error)") }
            }
        } catch {
            printError("dunlin serve: \(error)")
            return .failure
        }
        switch ending.wait() {
        case .signal(let name):
            server.logStop(name)
            server.stopAndWait(grace: configuration.shutdownGrace)
            return .success
        case .failure(let problem):
            printError("dunlin serve: \(problem)")
            server.stopAndWait(grace: .zero)
            return .failure
        }
    }
}
