import DunlinHTTP

/// One flag of `dunlin bench`.
struct LoadFlag: Sendable {
    /// Without dashes.
    let name: String
    /// What stands for the value in the help text; empty: the flag takes none.
    let placeholder: String
    let help: String
    /// Applies a value, or says what it must be.
    let apply: @Sendable (inout LoadOptions, String) -> String?

    init(
        _ name: String, _ placeholder: String, _ help: String,
        apply: @escaping @Sendable (inout LoadOptions, String) -> String?
    ) {
        (self.name, self.placeholder, self.help, self.apply) = (name, placeholder, help, apply)
    }

    /// Every flag, in the order of the help text.
    static let all: [LoadFlag] = [
        LoadFlag(
            "url", "URL", "server, http://, https://, grpc:// or grpcs://HOST[:PORT][/PREFIX] (http://127.0.0.1:8000)"
        ) { options, text in
            options.url = text
            return text.isEmpty ? "must be a URL" : nil
        },
        LoadFlag("unix-socket", "PATH", "connect to this socket instead of the URL's host") { options, text in
            options.unixSocket = text
            return text.isEmpty ? "must be a path" : nil
        },
        LoadFlag("model", "NAME", "model to ask; needed") { options, text in
            options.model = text
            return text.isEmpty ? "must be a name" : nil
        },
        LoadFlag("version", "N", "its version (the server's choice)") { options, text in
            options.version = text
            return text.isEmpty ? "must be a version" : nil
        },
        LoadFlag("concurrency", "N[,N…]", "closed loop: so many clients, a step for each number (1)") { options, text in
            list(text, in: 1...LoadOptions.maxConcurrency, { Int($0) }) { options.concurrencies = $0 }
        },
        LoadFlag("rate", "R[,R…]", "open loop: so many requests a second, a step for each") { options, text in
            list(text, in: ArrivalSchedule.minRate...ArrivalSchedule.maxRate, { Double($0) }) { options.rates = $0 }
        },
        LoadFlag("arrivals", "KIND", "open loop: poisson or constant (poisson)") { options, text in
            guard let kind = ArrivalSchedule.Kind(rawValue: text) else { return "must be poisson or constant" }
            options.arrivals = kind
            return nil
        },
        LoadFlag(
            "connections", "N",
            "open loop: connections at most, what is due waits for one (256; gRPC 8); closed loop over gRPC: that all "
                + "clients share (one for 16)"
        ) { options, text in
            integer(text, in: 1...LoadOptions.maxConcurrency) { options.connectionCount = $0 }
        },
        LoadFlag("duration", "TIME", "of each step (10s)") { time($1, 1...86_400_000, &$0, \.duration) },
        LoadFlag("requests", "N", "of each step, at most (as many as fit)") { options, text in
            guard let count = Int(text), count > 0 else { return "must be a whole number above 0" }
            options.requestCount = count
            return nil
        },
        LoadFlag("warm-up", "TIME", "before each step, not counted (1s)") { time($1, 0...3_600_000, &$0, \.warmUp) },
        LoadFlag("timeout", "TIME", "a request is given up after it (30s)") { time($1, 1...3_600_000, &$0, \.timeout) },
        LoadFlag(
            "input", "FILE",
            "a request body (JSON, raw tensors may follow), or the raw elements of the only input; may be repeated"
        ) {
            options, text in
            options.inputPaths.append(text)
            return text.isEmpty ? "must be a file" : nil
        },
        LoadFlag("binary", "", "send and ask for raw tensors instead of JSON, as over gRPC always") { options, _ in
            options.isBinary = true
            return nil
        },
        LoadFlag("rows", "N", "first axis of synthesised inputs that leave it open (1)") {
            integer($1, in: 1...1_000_000, &$0, \.rows)
        },
        LoadFlag("extent", "N", "every other open axis (128)") { integer($1, in: 1...1_000_000, &$0, \.extent) },
        LoadFlag("shape", "NAME:N,N…", "shape of a synthesised input; may be repeated") { options, text in
            guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else { return "must be NAME:N,N…" }
            let extents = text[text.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false)
                .map { Int($0) ?? -1 }
            guard extents.allSatisfy({ $0 >= 0 }) else { return "must be NAME:N,N… with whole numbers" }
            options.shapes[String(text[..<colon])] = extents
            return nil
        },
        LoadFlag("header", "NAME:VALUE", "a header field of each request; may be repeated", apply: header),
        LoadFlag("ca-file", "FILE", "TLS: trust the authorities in this PEM file (those of the system)") {
            options, text in
            options.trust.authorityFile = text
            return text.isEmpty ? "must be a file" : nil
        },
        LoadFlag("insecure", "", "TLS: take any certificate, whoever shows it") { options, _ in
            options.trust.verifiesServer = false
            return nil
        },
        LoadFlag("certificate", "FILE", "TLS: show this certificate (PEM, its chain behind it) to a server that asks") {
            options, text in
            options.trust.certificateFile = text
            return text.isEmpty ? "must be a file" : nil
        },
        LoadFlag("key", "FILE", "TLS: the key of --certificate (in the same file)") { options, text in
            options.trust.keyFile = text
            return text.isEmpty ? "must be a file" : nil
        },
        LoadFlag("server-pid", "PID", "tell the processor time per request of this process and its children") {
            options, text in
            guard let process = Int(text), process > 0 else { return "must be a process id" }
            options.serverProcess = process
            return nil
        },
        LoadFlag("json", "", "print JSON instead of the table") { options, _ in
            options.printsJSON = true
            return nil
        },
        LoadFlag("quiet", "", "no progress on standard error") { options, _ in
            options.isQuiet = true
            return nil
        },
    ]

    private static func list<Value: Comparable>(
        _ text: String, in range: ClosedRange<Value>, _ read: (Substring) -> Value?, _ store: ([Value]) -> Void
    ) -> String? {
        let values = text.split(separator: ",", omittingEmptySubsequences: false).map(read)
        guard values.allSatisfy({ $0.map(range.contains) ?? false }), values.count <= LoadOptions.maxStepCount else {
            return "must be at most \(LoadOptions.maxStepCount) numbers in \(range.lowerBound)...\(range.upperBound), "
                + "with commas between"
        }
        store(values.compactMap { $0 })
        return nil
    }

    private static func integer(
        _ text: String, in range: ClosedRange<Int>, _ options: inout LoadOptions,
        _ property: WritableKeyPath<LoadOptions, Int>
    ) -> String? {
        integer(text, in: range) { options[keyPath: property] = $0 }
    }

    private static func integer(_ text: String, in range: ClosedRange<Int>, _ store: (Int) -> Void) -> String? {
        guard let value = Int(text), range.contains(value) else {
            return "must be a whole number in \(range.lowerBound)...\(range.upperBound)"
        }
        store(value)
        return nil
    }

    /// A time in seconds, or with `ms`, `s` or `m`.
    private static func time(
        _ text: String, _ milliseconds: ClosedRange<Int>, _ options: inout LoadOptions,
        _ property: WritableKeyPath<LoadOptions, UInt64>
    ) -> String? {
        for (suffix, factor) in [("ms", 1.0), ("s", 1000.0), ("m", 60_000.0), ("", 1000.0)] where text.hasSuffix(suffix)
        {
            guard let number = Double(text.dropLast(suffix.count)), number.isFinite,
                (Double(milliseconds.lowerBound)...Double(milliseconds.upperBound)).contains(number * factor)
            else { break }
            options[keyPath: property] = UInt64(number * factor * 1e6)
            return nil
        }
        return
            "must be a time of \(milliseconds.lowerBound) ms to \(milliseconds.upperBound / 1000) s, such as 10s or 500ms"
    }

    private static func header(_ options: inout LoadOptions, _ text: String) -> String? {
        guard options.headers.count < LoadOptions.maxHeaderCount else {
            return "is one of more than \(LoadOptions.maxHeaderCount)"
        }
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex,
            text[..<colon].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
        else { return "must be NAME:VALUE" }
        let name = String(text[..<colon])
        guard !["host", "content-length", "transfer-encoding"].contains(name.lowercased()) else {
            return "would contradict what is sent anyway"
        }
        options.headers.append((name, String(text[text.index(after: colon)...].drop { $0 == " " })))
        return nil
    }
}

extension LoadOptions {
    /// Reads a command line.
    ///
    /// - Returns: The options, or every problem in the words that were typed.
    package static func parse(_ arguments: [String]) -> (options: LoadOptions, problems: [String]) {
        var options = LoadOptions()
        var problems: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let flag = LoadFlag.all.first(where: { "--\($0.name)" == parts[0] }) else {
                problems.append("'\(argument)' is not a flag of dunlin bench")
                continue
            }
            var value = ""
            if parts.count == 2 {
                value = parts[1]
            } else if !flag.placeholder.isEmpty {
                guard let next = rest.popFirst() else {
                    problems.append("--\(flag.name) needs a value (\(flag.placeholder))")
                    continue
                }
                value = next
            }
            if flag.placeholder.isEmpty, parts.count == 2 {
                problems.append("--\(flag.name) takes no value")
            } else if let problem = flag.apply(&options, value) {
                problems.append("--\(flag.name) '\(value)' \(problem)")
            }
        }
        return (options, problems.isEmpty ? options.problems() : problems)
    }

    /// The help text's list of flags.
    package static var flagsHelp: String {
        LoadFlag.all.map { flag in
            let head = "  --\(flag.name) \(flag.placeholder)"
            return head + String(repeating: " ", count: max(1, 26 - head.count)) + flag.help
        }.joined(separator: "\n")
    }
}
