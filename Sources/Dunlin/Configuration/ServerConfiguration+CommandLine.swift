import DunlinTracing

extension ServerConfiguration {
    /// Reads the environment, then the flags, which win.
    ///
    /// - Parameter arguments: What follows `serve`: `--flag VALUE` or `--flag=VALUE`.
    /// - Throws: Every problem at once, in the words that were typed.
    package static func parse(
        arguments: [String], environment: [String: String]
    ) throws(ConfigurationError) -> ServerConfiguration {
        var parser = CommandLineParser(flags: flags)
        parser.problems += parser.configuration.trace.apply(environment: environment)
        parser.read(environment: environment)
        parser.read(arguments: arguments)
        guard parser.problems.isEmpty else { throw ConfigurationError(parser.problems) }
        return parser.configuration
    }

    /// The table in `docs/CONFIGURATION.md`.
    package static var flagsMarkdown: String {
        let rows = flags.map { flag in
            "| `--\(flag.name) \(flag.placeholder)` | `\(flag.environmentName)`\(flag.otherEnvironmentName.map { ", `\($0)`" } ?? "") | `\(flag.defaultText)` | \(flag.help) |"
        }
        return (["| Flag | Environment | Default | Meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n")
    }

    /// The help text's list of flags.
    package static var flagsHelp: String {
        flags.map { flag in
            let head = "  --\(flag.name) \(flag.placeholder)"
            let padding = String(repeating: " ", count: max(1, 34 - head.count))
            return head + padding + flag.help + " [\(flag.defaultText)]"
        }.joined(separator: "\n")
    }
}

/// Applies settings from two sources and collects what is wrong with them.
private struct CommandLineParser {
    let flags: [Flag]
    var configuration = ServerConfiguration()
    var problems: [String] = []

    mutating func read(environment: [String: String]) {
        for flag in flags {
            let names = [flag.environmentName] + (flag.otherEnvironmentName.map { [$0] } ?? [])
            guard let name = names.first(where: { environment[$0]?.isEmpty == false }), let text = environment[name]
            else { continue }
            let values = flag.repeats.map { text.split(separator: $0.separator).map(String.init) } ?? [text]
            for value in values { apply(flag, value, source: "\(name)=\(text)") }
        }
    }

    mutating func read(arguments: [String]) {
        var seen: Set<String> = []
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            guard argument.hasPrefix("--"), argument.count > 2 else {
                problems.append("'\(argument)' is not a flag; flags begin with --")
                continue
            }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let flag = flags.first(where: { $0.name == parts[0] }) else {
                problems.append("--\(parts[0]) is not a flag of 'dunlin serve'" + suggestion(String(parts[0])))
                // What follows an unknown flag is most likely its value.
                if parts.count == 1, index < arguments.count, !arguments[index].hasPrefix("--") { index += 1 }
                continue
            }
            let value: String
            if parts.count == 2 {
                value = String(parts[1])
            } else if flag.placeholder == "BOOL", index >= arguments.count || arguments[index].hasPrefix("--") {
                value = "true"
            } else if index < arguments.count {
                value = arguments[index]
                index += 1
            } else {
                problems.append("--\(flag.name) needs a value (\(flag.placeholder))")
                continue
            }
            if seen.insert(flag.name).inserted {
                // The first use on the command line replaces what the environment said.
                flag.repeats?.reset(&configuration)
            } else if flag.repeats == nil {
                problems.append("--\(flag.name) is given more than once")
                continue
            }
            apply(flag, value, source: "--\(flag.name) \(value)")
        }
    }

    private mutating func apply(_ flag: Flag, _ value: String, source: String) {
        if let problem = flag.apply(&configuration, value) { problems.append("\(source): \(problem)") }
    }

    private func suggestion(_ name: String) -> String {
        let near = flags.filter { $0.name.contains(name) || name.contains($0.name) || distance($0.name, name) <= 2 }
        return near.isEmpty ? "" : "; did you mean " + near.map { "--\($0.name)" }.joined(separator: " or ") + "?"
    }

    /// Levenshtein's distance: insertions, deletions and replacements that turn one word into the other.
    private func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (i, character) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, candidate) in other.enumerated() {
                let replaced = diagonal + (character == candidate ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[other.count]
    }
}
