import Dunlin

/// `dunlin kernels` and `dunlin operators`.
enum ListCommands {
    static func kernels(_ arguments: [String]) -> ExitCode {
        guard arguments.isEmpty else { return usage("kernels") }
        do {
            printOutput(try Listings.kernels())
            return .success
        } catch {
            printError("dunlin kernels: \(error)")
            return .usage
        }
    }

    static func operators(_ arguments: [String]) -> ExitCode {
        guard arguments.isEmpty else { return usage("operators") }
        printOutput(Listings.operatorsMarkdown)
        return .success
    }

    private static func usage(_ command: String) -> ExitCode {
        printError("'dunlin \(command)' takes no arguments")
        return .usage
    }
}
