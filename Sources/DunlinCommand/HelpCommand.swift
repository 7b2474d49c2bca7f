import Dunlin
import DunlinLoad

/// `dunlin help` and `dunlin version`.
enum HelpCommand {
    static let overview = """
        usage: dunlin COMMAND

          serve     Serve models over HTTP
          check     Tell what is in a model file and what would run it
          bench     Load a V2 server, this one or another, and tell how it answers
          profile   Tell where a model's time goes, operator by operator
          api-key   Make an API key for 'serve --api-keys'
          kernels   List the kernels and the instruction set that each uses on this CPU
          operators List the operators of the native engine, as Markdown
          version   Print the version and what is built in
          help      Print this, 'dunlin help serve' for all flags, or 'dunlin help configuration' for the same as a
                    Markdown table

        exit codes: 0 success, 1 failure (a port in use, a model that does not load), 2 wrong usage
        """

    static let serve = """
        usage: dunlin serve [FLAGS]

        Every flag has an environment twin: --http-port is DUNLIN_HTTP_PORT. Flags win over the environment.
        SIGTERM, SIGINT and SIGHUP end the server: readiness turns false, requests in flight finish, exit code 0. A second
        SIGINT ends it at once, exit code 130.

        \(ServerConfiguration.flagsHelp)

        exit codes: 0 stopped by signal, 1 could not start, 2 wrong flags or environment
        """

    static let check = """
        usage: dunlin check MODEL [--precision fp32|bf16]

        MODEL is an .onnx file, or a model's directory in a repository (its highest version is checked). Prints
        inputs, outputs, operators, memory, and which backend would run the model, and why.

        exit codes: 0 some backend runs the model, 1 none does or the file is broken, 2 wrong usage
        """

    static let profile = """
        usage: dunlin profile MODEL [--rows N] [--extent N] [--runs N] [--threads N] [--steps N]
                              [--precision fp32|bf16]

        MODEL is an .onnx file, or a model's directory in a repository. Runs it on the native engine, one step at a
        time, and prints the time of each operator, its share of this core's measured FP32 peak, the bytes it moves, and
        the kernel that was chosen. Inputs are made up.

          --rows N     first axis of inputs that leave it open (1)
          --extent N   every other open axis (128)
          --runs N     runs to average; 0: about a second's worth (0)
          --threads N  threads that share one operator's work (1)
          --steps N    lines for single steps, the slowest first (20)
          --precision P  fp32, or bf16: products rounded to BF16, where the CPU can (fp32)

        exit codes: 0 profiled, 1 the native engine does not run the model, 2 wrong usage
        """

    static let apiKey = """
        usage: dunlin api-key create --scope SCOPES [--models NAMES] [--file FILE]

        Makes a key from the system's random numbers. It is printed once and kept nowhere: the file has a salted SHA-256 of
        its secret. Clients send 'Authorization: ApiKey KEY' or 'Authorization: Bearer KEY'.

          --scope SCOPES  with commas: infer (inference, metadata, statistics, readiness of models), metrics,
                          admin (everything)
          --models NAMES  with commas: the only models the key is good for; a comma or blank in a name as %2C or %20
          --file FILE     add the line to FILE, which is made with permissions 0600 where it is not there, and print the
                          key alone; without it the line is printed too

        A running server notices the new line within about a second. To take a key back, remove its line.

        exit codes: 0 made, 1 the file cannot be written, 2 wrong usage
        """

    static let bench = """
        usage: dunlin bench --model NAME [FLAGS]

        Sends inference requests to a server that speaks the V2 protocol, over HTTP or gRPC as the URL says, and tells
        throughput, latency and failures. Without --input the request is made up from the model's metadata. In a closed loop (--concurrency) each
        client waits for its answer before it asks again. In an open loop (--rate) requests start when they are due,
        whatever the server does; latency counts from then, so that a stall is charged with all it delayed.

        \(LoadOptions.flagsHelp)

        exit codes: 0 measured, 1 a step without a single success or no server, 2 wrong usage
        """

    static func run(_ arguments: [String]) -> ExitCode {
        switch arguments {
        case []: printOutput(overview)
        case ["serve"]: printOutput(serve)
        case ["check"]: printOutput(check)
        case ["profile"]: printOutput(profile)
        case ["api-key"]: printOutput(apiKey)
        case ["bench"]: printOutput(bench)
        case ["configuration"]: printOutput(ServerConfiguration.flagsMarkdown)
        case ["kernels"], ["operators"], ["version"]: printOutput("usage: dunlin \(arguments[0])\n\n\(overview)")
        case ["help"]: printOutput(overview)
        default:
            printError("there is no help on '\(arguments.joined(separator: " "))'\n\n\(overview)")
            return .usage
        }
        return .success
    }

    static func version(_ arguments: [String]) -> ExitCode {
        guard arguments.isEmpty else {
            printError("'dunlin version' takes no arguments")
            return .usage
        }
        printOutput(Listings.version)
        return .success
    }
}
