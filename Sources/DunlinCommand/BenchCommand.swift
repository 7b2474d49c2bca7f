import DunlinInference
import DunlinLoad
import Glibc

/// `dunlin bench`: load on a V2 server, this one or another, and how it answered.
enum BenchCommand {
    static func run(_ arguments: [String]) -> ExitCode {
        if arguments == ["--help"] || arguments == ["-h"] {
            printOutput(HelpCommand.bench)
            return .success
        }
        let (options, problems) = LoadOptions.parse(arguments)
        guard problems.isEmpty else {
            for problem in problems { printError("dunlin bench: \(problem)") }
            printError("'dunlin help bench' lists all flags")
            return .usage
        }
        signal(SIGPIPE, SIG_IGN)
        do {
            let bench = try LoadBench(options)
            var progress = ProgressLine(isQuiet: options.isQuiet)
            let results = bench.run { step, isWarmUp, elapsed, result in
                progress.show(elapsed) {
                    LoadReport.progress(step, isWarmUp: isWarmUp, elapsed: elapsed, result)
                }
            }
            progress.end()
            printOutput(options.printsJSON ? LoadReport.json(results, options: options) : LoadReport.table(results))
            return results.contains { $0.successCount == 0 } ? .failure : .success
        } catch {
            printError("dunlin bench: \(error)")
            return error.code == .invalidArgument ? .usage : .failure
        }
    }
}

/// One line on standard error: written over itself on a terminal, now and then elsewhere.
private struct ProgressLine {
    private let isQuiet: Bool
    private let isTerminal = isatty(2) == 1
    private var shown: UInt64 = 0
    private var isOpen = false

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    /// - Parameter elapsed: Nanoseconds since the step began.
    mutating func show(_ elapsed: UInt64, _ text: () -> String) {
        if elapsed < shown { shown = 0 }
        guard !isQuiet, elapsed - shown >= (isTerminal ? 200_000_000 : 5_000_000_000) else { return }
        shown = elapsed
        if isTerminal {
            writeError("\r\u{1B}[K" + text())
            isOpen = true
        } else {
            printError(text())
        }
    }

    mutating func end() {
        if isOpen { writeError("\r\u{1B}[K") }
        isOpen = false
    }
}
