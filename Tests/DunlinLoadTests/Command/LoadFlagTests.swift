import DunlinHTTP
import Testing

@testable import DunlinLoad

@Suite struct LoadFlagTests {
    @Test func readsEveryFlag() {
        let (options, problems) = LoadOptions.parse([
            "--url", "grpcs://h:1", "--ca-file", "ca", "--certificate", "c", "--key", "k", "--unix-socket=/s",
            "--model", "m", "--version", "2", "--rate", "10,0.5",
            "--arrivals", "constant", "--connections", "7", "--duration", "1.5s", "--requests", "9", "--warm-up", "0",
            "--timeout", "20ms", "--input", "a", "--input", "b", "--binary", "--rows", "3", "--extent", "4", "--shape",
            "n:x:1,3", "--header", "A: b:c", "--server-pid", "12", "--json", "--quiet",
        ])
        #expect(problems == [])
        #expect(options.url == "grpcs://h:1" && options.unixSocket == "/s" && options.model == "m")
        #expect(options.version == "2" && options.rates == [10, 0.5] && options.arrivals == .constant)
        #expect(options.connectionCount == 7 && options.duration == 1_500_000_000 && options.requestCount == 9)
        #expect(options.warmUp == 0 && options.timeout == 20_000_000 && options.inputPaths == ["a", "b"])
        #expect(options.isBinary && options.rows == 3 && options.extent == 4 && options.shapes == ["n:x": [1, 3]])
        #expect(options.headers.map(\.name) == ["A"] && options.headers.map(\.value) == ["b:c"])
        #expect(options.trust.authorityFile == "ca" && options.trust.certificateFile == "c")
        #expect(options.trust.keyFile == "k" && options.trust.verifiesServer)
        #expect(options.serverProcess == 12 && options.printsJSON && options.isQuiet)
        #expect(options.steps == [.open(rate: 10, kind: .constant), .open(rate: 0.5, kind: .constant)])
    }

    @Test func withoutALoadOneClientAsks() {
        let (options, problems) = LoadOptions.parse(["--model", "m"])
        #expect(problems == [] && options.steps == [.closed(concurrency: 1)])
        let (several, _) = LoadOptions.parse(["--model", "m", "--concurrency", "1,60000"])
        #expect(several.steps == [.closed(concurrency: 1), .closed(concurrency: 60_000)])
    }

    @Test(
        "refuses",
        arguments: [
            (["--model"], "--model needs a value (NAME)"),
            ([], "--model is missing; it names the model to ask"),
            (["--mode=m"], "'--mode=m' is not a flag of dunlin bench"),
            (["--binary=yes"], "--binary takes no value"),
            (
                ["--concurrency", "0"],
                "--concurrency '0' must be at most 256 numbers in 1...60000, with commas between"
            ),
            (
                ["--concurrency", "60001"],
                "--concurrency '60001' must be at most 256 numbers in 1...60000, with commas between"
            ),
            (
                ["--concurrency", "1,"],
                "--concurrency '1,' must be at most 256 numbers in 1...60000, with commas between"
            ),
            (["--rate", "nan"], "--rate 'nan' must be at most 256 numbers in 0.001...1000000.0, with commas between"),
            (["--arrivals", "even"], "--arrivals 'even' must be poisson or constant"),
            (["--connections", "0"], "--connections '0' must be a whole number in 1...60000"),
            (["--duration", "0"], "--duration '0' must be a time of 1 ms to 86400 s, such as 10s or 500ms"),
            (["--duration", "infs"], "--duration 'infs' must be a time of 1 ms to 86400 s, such as 10s or 500ms"),
            (["--requests", "0"], "--requests '0' must be a whole number above 0"),
            (["--shape", "x"], "--shape 'x' must be NAME:N,N…"),
            (["--shape", "x:1,-1"], "--shape 'x:1,-1' must be NAME:N,N… with whole numbers"),
            (["--header", "a"], "--header 'a' must be NAME:VALUE"),
            (["--header", "a:b\r\nc:d"], "--header 'a:b\r\nc:d' must be NAME:VALUE"),
            (["--header", "Content-Length: 3"], "--header 'Content-Length: 3' would contradict what is sent anyway"),
            (["--server-pid", "-1"], "--server-pid '-1' must be a process id"),
            (
                ["--model", "m", "--insecure"],
                "--ca-file, --insecure, --certificate and --key are for TLS; the URL must be https:// or grpcs://"
            ),
            (
                ["--model", "m", "--url", "grpc://h", "--ca-file", "f"],
                "--ca-file, --insecure, --certificate and --key are for TLS; the URL must be https:// or grpcs://"
            ),
            (
                ["--model", "m", "--url", "https://h", "--ca-file", "f", "--insecure"],
                "--insecure (any certificate) and --ca-file (one of these) exclude each other"
            ),
            (
                ["--model", "m", "--url", "https://h", "--key", "f"],
                "--key needs a --certificate, whose key it is"
            ),
            (["--insecure=yes"], "--insecure takes no value"),
            (["--ca-file", ""], "--ca-file '' must be a file"),
            (
                ["--model", "m", "--url", "grpc://h", "--header", "TE: x"],
                "--header 'TE' would contradict what is sent over gRPC anyway"
            ),
            (
                ["--model", "m", "--rate", "1", "--concurrency", "1"],
                "--rate (open loop) and --concurrency (closed loop) exclude each other"
            ),
        ] as [([String], String)])
    func refuses(arguments: [String], problem: String) {
        #expect(LoadOptions.parse(arguments).problems == [problem])
    }

    @Test func stepsAndHeadersHaveLimits() {
        func problems(steps: Int, headers: Int) -> Int {
            let list = [String](repeating: "1", count: steps).joined(separator: ",")
            let fields = (0..<headers).flatMap { ["--header", "h\($0): v"] }
            return LoadOptions.parse(["--model", "m", "--concurrency", list] + fields).problems.count
        }
        #expect(problems(steps: LoadOptions.maxStepCount, headers: LoadOptions.maxHeaderCount) == 0)
        #expect(problems(steps: LoadOptions.maxStepCount + 1, headers: 0) == 1)
        #expect(problems(steps: 1, headers: LoadOptions.maxHeaderCount + 1) == 1)
    }

    @Test func theHelpNamesEveryFlag() {
        for flag in LoadFlag.all { #expect(LoadOptions.flagsHelp.contains("  --\(flag.name) ")) }
    }
}
