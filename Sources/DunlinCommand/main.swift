import Glibc

var environment: [String: String] = [:]
var entry = environ
while let variable = entry.pointee {
    let parts = String(cString: variable).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
    entry += 1
}
exit(Command.run(Array(CommandLine.arguments.dropFirst()), environment: environment).rawValue)
