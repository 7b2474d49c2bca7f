import Dunlin

/// `dunlin api-key create`: makes a key and the line that a server knows it by.
enum APIKeyCommand {
    static func run(_ arguments: [String]) -> ExitCode {
        if arguments == ["--help"] || arguments == ["-h"] {
            printOutput(HelpCommand.apiKey)
            return .success
        }
        guard arguments.first == "create" else { return usage("'dunlin api-key' knows one thing to do: create") }
        var values: [String: String] = [:]
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let flag = parts[0]
            guard ["--scope", "--models", "--file"].contains(flag) else {
                return usage("'\(argument)' is not a flag of dunlin api-key create")
            }
            guard let value = parts.count == 2 ? parts[1] : rest.popFirst(), !value.isEmpty else {
                return usage("\(flag) needs a value")
            }
            guard values.updateValue(value, forKey: flag) == nil else {
                return usage("\(flag) is given more than once")
            }
        }
        guard let scope = values["--scope"] else { return usage("--scope is needed: infer, metrics, admin") }
        let made: NewAPIKey
        do throws(UnusableAPIKey) {
            made = try NewAPIKey(scopes: scope, models: values["--models"])
        } catch { return usage(error.message) }
        guard let file = values["--file"] else {
            printOutput("\(made.text)\n\(made.line)")
            return .success
        }
        do throws(UnusableAPIKey) { try made.append(to: file) } catch {
            printError("dunlin api-key: \(error.message)")
            return .failure
        }
        printOutput(made.text)
        return .success
    }

    private static func usage(_ problem: String) -> ExitCode {
        printError("\(problem)\n\n\(HelpCommand.apiKey)")
        return .usage
    }
}
