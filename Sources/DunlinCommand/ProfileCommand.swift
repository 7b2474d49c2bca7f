import Dunlin

/// `dunlin profile`: where a model's time goes.
enum ProfileCommand {
    private typealias Options = ModelProfiling.Options

    private static let flags:
        [(name: String, property: any WritableKeyPath<Options, Int> & Sendable, range: ClosedRange<Int>)] = [
            ("--rows", \.rows, 1...Options.mostRows),
            ("--extent", \.extent, 1...Options.mostExtent),
            ("--runs", \.runs, 0...Options.mostRuns),
            ("--threads", \.threads, 1...256),
            ("--steps", \.mostSteps, 0...100_000),
        ]

    static func run(_ arguments: [String]) -> ExitCode {
        if arguments == ["--help"] || arguments == ["-h"] {
            printOutput(HelpCommand.profile)
            return .success
        }
        var options = Options()
        var path: String?
        var problems: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-") else {
                if path != nil { problems.append("'\(argument)' is a second model; one can be profiled at a time") }
                path = argument
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            if parts[0] == "--precision" {
                let text = parts.count == 2 ? parts[1] : rest.popFirst() ?? ""
                if let precision = PrecisionFlag.value(text) {
                    options.precision = precision
                } else {
                    problems.append(PrecisionFlag.problem(text))
                }
                continue
            }
            guard let flag = flags.first(where: { $0.name == parts[0] }) else {
                problems.append("'\(argument)' is not a flag of dunlin profile")
                continue
            }
            let text = parts.count == 2 ? parts[1] : rest.popFirst() ?? ""
            guard let value = Int(text), flag.range.contains(value) else {
                problems.append(
                    "\(flag.name) is '\(text)'; it must be a whole number in "
                        + "\(flag.range.lowerBound)...\(flag.range.upperBound)")
                continue
            }
            options[keyPath: flag.property] = value
        }
        if path == nil { problems.append("'dunlin profile' takes a model file or directory") }
        guard let path, problems.isEmpty else {
            printError(problems.joined(separator: "\n") + "\n\n\(HelpCommand.profile)")
            return .usage
        }
        do {
            printOutput(try ModelProfiling(path: path, options: options).text)
            return .success
        } catch {
            printError("dunlin profile: \(error)")
            return .failure
        }
    }
}
