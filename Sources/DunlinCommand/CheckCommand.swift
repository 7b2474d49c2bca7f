import Dunlin

/// `dunlin check`: what is in a model file, and what would run it.
enum CheckCommand {
    static func run(_ arguments: [String]) -> ExitCode {
        if arguments == ["--help"] || arguments == ["-h"] {
            printOutput(HelpCommand.check)
            return .success
        }
        var precision = PrecisionFlag.usual
        var rest = arguments
        if let index = rest.firstIndex(where: { $0 == "--precision" || $0.hasPrefix("--precision=") }) {
            let flag = rest.remove(at: index)
            let isApart = flag == "--precision"
            let text = isApart ? (index < rest.count ? rest.remove(at: index) : "") : String(flag.dropFirst(12))
            guard let given = PrecisionFlag.value(text) else {
                printError("\(PrecisionFlag.problem(text))\n\n\(HelpCommand.check)")
                return .usage
            }
            precision = given
        }
        guard rest.count == 1, let path = rest.first, !path.hasPrefix("-") else {
            printError("'dunlin check' takes one model file or directory\n\n\(HelpCommand.check)")
            return .usage
        }
        do {
            let report = try ModelCheck(path: path, precision: precision)
            printOutput(report.text)
            return report.isServable ? .success : .failure
        } catch {
            printError("dunlin check: \(error)")
            return .failure
        }
    }
}
