import Dunlin

/// `dunlin check`: what is in a model file, and what would run it.
enum CheckCommand {
    static func run(_ arguments: [String]) -> ExitCode {
        if arguments == ["--help"] || arguments == ["-h"] {
            printOutput(HelpCommand.check)
            return .success
        }
        guard arguments.count == 1, let path = arguments.first, !path.hasPrefix("-") else {
            printError("'dunlin check' takes one model file or directory\n\n\(HelpCommand.check)")
            return .usage
        }
        do {
            let report = try ModelCheck(path: path)
            printOutput(report.text)
            return report.isServable ? .success : .failure
        } catch {
            printError("dunlin check: \(error)")
            return .failure
        }
    }
}
