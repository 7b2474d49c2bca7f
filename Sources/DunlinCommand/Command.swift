import Dunlin

/// What the process tells its caller when it ends; documented in `dunlin help`.
enum ExitCode: Int32 {
    case success = 0
    /// It was asked something sensible and could not do it: a port in use, a model that does not load.
    case failure = 1
    /// The command line or the environment is wrong; nothing was started.
    case usage = 2
}

/// The subcommands.
enum Command {
    static func run(_ arguments: [String], environment: [String: String]) -> ExitCode {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "serve": return ServeCommand.run(rest, environment: environment)
        case "check": return CheckCommand.run(rest)
        case "bench": return BenchCommand.run(rest)
        case "profile": return ProfileCommand.run(rest)
        case "api-key": return APIKeyCommand.run(rest)
        case "kernels": return ListCommands.kernels(rest)
        case "operators": return ListCommands.operators(rest)
        case "version", "--version": return HelpCommand.version(rest)
        case "help", "--help", "-h": return HelpCommand.run(rest)
        case nil:
            printError(HelpCommand.overview)
            return .usage
        case let name?:
            printError("'\(name)' is not a command of dunlin.\n\n\(HelpCommand.overview)")
            return .usage
        }
    }
}
