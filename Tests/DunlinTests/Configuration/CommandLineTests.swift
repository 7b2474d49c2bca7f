import DunlinInference
import DunlinServing
import Testing

@testable import Dunlin

@Suite struct CommandLineTests {
    private func parse(_ arguments: [String], _ environment: [String: String] = [:]) throws -> ServerConfiguration {
        try ServerConfiguration.parse(arguments: arguments, environment: environment)
    }

    private func problems(_ arguments: [String], _ environment: [String: String] = [:]) -> [String] {
        do {
            _ = try ServerConfiguration.parse(arguments: arguments, environment: environment)
            return []
        } catch { return error.problems }
    }

    @Test func everyFlagOfTheFixedCommandLineIsKnown() throws {
        let configuration = try parse([
            "--model-repository", "DIR", "--http-address", "0.0.0.0", "--http-port", "0",
            "--model-control-mode", "explicit", "--load-model", "a", "--load-model", "b",
            "--backends", "onnxruntime,native",
        ])
        #expect(configuration.modelRepository == "DIR")
        #expect(configuration.httpAddress == "0.0.0.0" && configuration.httpPort == 0)
        #expect(configuration.modelControlMode == .explicit && configuration.loadModels == ["a", "b"])
        #expect(configuration.backends.map(\.name) == ["onnxruntime", "native"])
    }

    @Test func precisionIsTheUsualOneUnlessItIsAskedFor() throws {
        #expect(try parse([]).precision == .fp32 && parse([]).servingConfiguration.defaultPrecision == nil)
        let rounded = try parse(["--precision", "bf16"])
        #expect(rounded.precision == .bf16 && rounded.servingConfiguration.defaultPrecision == .bf16)
        #expect(try parse([], ["DUNLIN_PRECISION": "bf16"]).precision == .bf16)
        #expect(problems(["--precision", "fp16"]) == ["--precision fp16: must be one of fp32, bf16"])
    }

    @Test func anEqualsSignSeparatesFlagAndValueToo() throws {
        #expect(try parse(["--http-port=8080"]).httpPort == 8080)
        #expect(try parse(["--model-repository=a=b"]).modelRepository == "a=b")
    }

    @Test func flagsWinOverTheEnvironment() throws {
        let environment = ["DUNLIN_HTTP_PORT": "1", "DUNLIN_LOAD_MODEL": "x,y", "DUNLIN_SERVER_NAME": "north"]
        let fromEnvironment = try parse([], environment)
        #expect(fromEnvironment.httpPort == 1 && fromEnvironment.loadModels == ["x", "y"])
        let both = try parse(["--http-port", "2", "--load-model", "z"], environment)
        #expect(both.httpPort == 2 && both.loadModels == ["z"] && both.serverName == "north")
    }

    @Test func allProblemsComeAtOnceInTheWordsThatWereTyped() {
        let found = problems(
            ["--http-port", "99999", "--log-level=loud", "--htp-port", "1", "stray", "--backends", "tensorrt"],
            ["DUNLIN_IDLE_TIMEOUT": "soon"])
        #expect(
            found == [
                "DUNLIN_IDLE_TIMEOUT=soon: must be a time from 100ms to 86400s, such as 30, 30s or 500ms",
                "--http-port 99999: must be a whole number in 0...65535",
                "--log-level loud: must be one of debug, info, warning, error",
                "--htp-port is not a flag of 'dunlin serve'; did you mean --http-port?",
                "'stray' is not a flag; flags begin with --",
                "--backends tensorrt: has 'tensorrt'; the backends are native, onnxruntime",
            ])
    }

    @Test func accessIsConfiguredAndChecked() throws {
        let configuration = try parse([
            "--api-keys", "keys.txt", "--admin-address", "unix:/run/a", "--cors-allowed-origins",
            "https://a.example, http://localhost:*", "--http-restricted-api", "health:a=1", "--http-restricted-api",
            "trace,logging:b=2", "--gateway", "--gateway-domain", "Example.com", "--gateway-map", "map.toml",
        ])
        #expect(configuration.apiKeysFile == "keys.txt" && configuration.adminAddress == "unix:/run/a")
        #expect(configuration.corsAllowedOrigins == ["https://a.example", "http://localhost:*"])
        #expect(configuration.httpRestrictedAPIs == ["health:a=1", "trace,logging:b=2"])
        #expect(configuration.gateway && configuration.gatewayDomain == "example.com")
        #expect(configuration.gatewayMap == "map.toml")
        let environment = ["DUNLIN_HTTP_RESTRICTED_API": "health,trace:a=1;logging:b=2", "DUNLIN_LOAD_MODEL": "x,y"]
        #expect(try parse([], environment).httpRestrictedAPIs == ["health,trace:a=1", "logging:b=2"])
        let mixed = try parse(["--http-restricted-api", "trace:c=3"], environment)
        #expect(mixed.httpRestrictedAPIs == ["trace:c=3"] && mixed.loadModels == ["x", "y"])
        #expect(problems(["--cors-allowed-origins", "https://a.example,b.example"]).count == 1)
        #expect(problems(["--admin-address", "8002"]).count == 1)
        #expect(problems(["--gateway-domain", "a b"]).count == 1)
        #expect(
            problems(["--http-restricted-api", "health:a=1", "--http-restricted-api", "health:b=1"]) == [
                "--http-restricted-api health:b=1: restricts health a second time"
            ])
    }

    @Test func theRepositoryMayBePolled() throws {
        let configuration = try ServerConfiguration.parse(
            arguments: ["--model-control-mode", "poll", "--repository-poll-secs", "250ms"], environment: [:])
        #expect(configuration.modelControlMode == .poll && configuration.repositoryPollPeriod == .milliseconds(250))
        #expect(configuration.servingConfiguration.controlMode == .poll)
        #expect(configuration.servingConfiguration.pollPeriod == .milliseconds(250))
        #expect(problems(["--repository-poll-secs", "99ms"]).count == 1)
        #expect(problems(["--repository-poll-secs", "86401"]).count == 1)
    }

    @Test func aFlagGivenTwiceOrWithoutItsValueIsAProblem() {
        #expect(problems(["--http-port", "1", "--http-port", "2"]) == ["--http-port is given more than once"])
        #expect(problems(["--http-port"]) == ["--http-port needs a value (PORT)"])
        #expect(problems(["--strict-readiness"]).isEmpty)
        #expect(problems(["--backends", "native,native"]) == ["--backends native,native: names a backend twice"])
    }

    @Test func sizesAndTimesTakeUnits() {
        let sizes: [(String, Int?)] = [
            ("65536", 65536), ("64K", 65536), ("64KiB", 65536), ("64kb", 65536), ("1G", 1 << 30), ("", nil), ("K", nil),
            ("-1", nil), ("1.5M", nil), ("9999999999999G", nil),
        ]
        for (text, expected) in sizes { #expect(Flag.parseByteCount(text) == expected, "\(text)") }
        let times: [(String, Duration?)] = [
            ("30", .seconds(30)), ("30s", .seconds(30)), ("500ms", .milliseconds(500)), ("2m", .seconds(120)),
            ("", nil), ("s", nil), ("-1", nil), ("1h", nil), ("9223372036854775807m", nil),
        ]
        for (text, expected) in times { #expect(Flag.parseDuration(text) == expected, "\(text)") }
    }

    @Test func everyFlagHasAnEnvironmentTwinAndAHelpLine() {
        for flag in ServerConfiguration.flags {
            #expect(ServerConfiguration.flagsHelp.contains("--\(flag.name) \(flag.placeholder)"))
            #expect(!flag.help.isEmpty && !flag.defaultText.isEmpty)
        }
        #expect(ServerConfiguration.flags.first { $0.name == "http-port" }?.environmentName == "DUNLIN_HTTP_PORT")
    }

    @Test("the documented default is the default", arguments: ServerConfiguration.flags.map(\.name))
    func documentedDefaultsAreTrue(name: String) throws {
        let flag = try #require(ServerConfiguration.flags.first { $0.name == name })
        guard flag.defaultText != "none" else { return }
        var configuration = ServerConfiguration()
        #expect(flag.apply(&configuration, flag.defaultText) == nil)
        #expect(Self.facts(configuration) == Self.facts(ServerConfiguration()))
    }

    /// Every property as text; of the backends their names, because their options are sets without an order.
    private static func facts(_ configuration: ServerConfiguration) -> [String] {
        Mirror(reflecting: configuration).children.map { child in
            if child.label == "backends" { return "backends: \(configuration.backends.map(\.name))" }
            return "\(child.label ?? ""): \(child.value)"
        }
    }

    @Test func kservesVariableIsReadWhereOursIsNotSet() throws {
        #expect(try parse([], ["PREDICT_PROBA": "true"]).predictsProbabilities)
        #expect(try !parse([], ["PREDICT_PROBA": "true", "DUNLIN_PREDICT_PROBA": "false"]).predictsProbabilities)
        #expect(try parse([], ["PREDICT_PROBA": "false", "DUNLIN_PREDICT_PROBA": "true"]).predictsProbabilities)
        #expect(try parse([], ["PREDICT_PROBA": "True", "DUNLIN_PREDICT_PROBA": ""]).predictsProbabilities)
        #expect(try !parse(["--predict-proba", "false"], ["PREDICT_PROBA": "true"]).predictsProbabilities)
        #expect(problems([], ["PREDICT_PROBA": "maybe"]) == ["PREDICT_PROBA=maybe: must be true or false"])
    }
}
