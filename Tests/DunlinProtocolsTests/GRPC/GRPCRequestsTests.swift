import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinProtocols

@Suite struct GRPCRequestsTests {
    @Test func readsModels() throws {
        let ready = try GRPCRequests.model(Piece.hex("0a 04 65 63 68 6f"))
        #expect(ready == GRPCRequests.Model(name: "echo", version: nil))
        #expect(
            try GRPCRequests.model(Bytes(Piece.text(1, "m") + Piece.text(2, "3")))
                == GRPCRequests.Model(name: "m", version: "3"))
        #expect(throws: InferError(.invalidArgument, "request: 'name': expected the model's name, found none")) {
            try GRPCRequests.model(Bytes())
        }
        #expect(try GRPCRequests.model(Bytes(), isOptional: true).name == "")
        #expect(throws: InferError(.invalidArgument, "request: field 1 has 5 bytes, 0 are left")) {
            try GRPCRequests.model(Piece.hex("0a 05"))
        }
    }

    @Test func readsIndexRequests() throws {
        let (repository, readyOnly) = try GRPCRequests.index(Bytes(Piece.text(1, "r") + Piece.number(2, 1)))
        #expect(repository == "r" && readyOnly)
        #expect(try GRPCRequests.index(Bytes()) == ("", false))
    }

    @Test func readsBothNumberingsOfLoads() throws {
        let triton = try GRPCRequests.load(Bytes(Piece.text(1, "r") + Piece.text(2, "m")))
        #expect(triton.repository == "r" && triton.model == "m" && !triton.isKServe)
        let kserve = try GRPCRequests.load(Bytes(Piece.text(1, "m")))
        #expect(kserve.repository == "" && kserve.model == "m" && kserve.isKServe)
        #expect(Piece.hex(GRPCResponses.done(triton)) == "00 00 00 00 00")
        #expect(Piece.hex(GRPCResponses.done(kserve)) == "00 00 00 00 05 0a 01 6d 10 01")
        #expect(
            throws: InferError(.invalidArgument, "load request: 'model_name': expected the model's name, found none")
        ) {
            try GRPCRequests.load(Bytes())
        }
    }

    @Test func readsTheParametersAndFilesOfLoads() throws {
        let message = Bytes(
            Piece.text(2, "m") + Piece.entry(3, "config", Piece.text(3, "{}"))
                + Piece.entry(3, "file:1/model.onnx", Piece.bytes(4, [1, 2])) + Piece.entry(3, "n", Piece.number(2, 5)))
        let load = try GRPCRequests.load(message)
        #expect(load.request.parameters == ["config": .string("{}"), "n": .int(5)] && load.request.isNested)
        #expect(load.request.files == ["1/model.onnx": Bytes([1, 2])])
        var limits = V2Limits()
        limits.maxLoadByteCount = 2
        #expect(try GRPCRequests.load(message, limits: limits).request.files.count == 1)
        limits.maxLoadByteCount = 1
        #expect(
            throws: InferError(
                .invalidArgument,
                "load request: parameters: the files of the request exceed the maximum allowed input size of 1 bytes "
                    + "(--max-load-size)")
        ) { try GRPCRequests.load(message, limits: limits) }
        limits = V2Limits()
        limits.maxLoadFileCount = 0
        #expect(throws: InferError(.invalidArgument, "load request: parameters: expected at most 0 files")) {
            try GRPCRequests.load(message, limits: limits)
        }
        #expect(
            throws: InferError(.invalidArgument, "load request: parameters: 'file:a': expected bytes (bytes_param)")
        ) {
            try GRPCRequests.load(Bytes(Piece.text(2, "m") + Piece.entry(3, "file:a", Piece.text(3, "x"))))
        }
    }

    @Test func readsUnloadsWithDependents() throws {
        func unload(_ value: [UInt8], _ key: String = "unload_dependents") throws -> Bool {
            try GRPCRequests.unloadsDependents(
                try GRPCRequests.load(Bytes(Piece.text(2, "m") + Piece.entry(3, key, value))))
        }
        #expect(try unload(Piece.number(1, 1)))
        #expect(try !unload(Piece.number(1, 0)))
        #expect(throws: InferError(.invalidArgument, "parameters: 'unload_dependents': expected true or false")) {
            try unload(Piece.number(2, 1))
        }
        #expect(throws: InferError(.invalidArgument, "parameters: 'other' is not known; known are unload_dependents")) {
            try unload(Piece.number(1, 1), "other")
        }
    }

    @Test func readsRegistrations() throws {
        let message = Piece.text(1, "r") + Piece.text(2, "/k") + Piece.number(3, 4) + Piece.number(4, 8)
        #expect(
            try GRPCRequests.register(Bytes(message))
                == SharedMemoryRegistration(name: "r", key: "/k", offset: 4, byteCount: 8))
        for (message, text) in [
            ([UInt8](), "'key' is missing; expected the object's name, such as \"/name\""),
            (Piece.text(2, "/k"), "'byte_size': expected a number in 1...9223372036854775807, found 0"),
            (
                Piece.text(2, "/k") + Piece.number(3, .max),
                "'offset': expected at most 9223372036854775807, found 18446744073709551615"
            ),
        ] {
            #expect(throws: InferError(.invalidArgument, "shared memory register request: \(text)")) {
                try GRPCRequests.register(Bytes(message))
            }
        }
    }

    @Test func readsTraceSettings() throws {
        func setting(_ key: String, _ values: String...) -> [UInt8] {
            Piece.entry(1, key, values.flatMap { Piece.text(1, $0) })
        }
        let (model, change) = try GRPCRequests.traceSetting(
            Bytes(
                setting("trace_level", "TIMESTAMPS") + setting("trace_rate", "5") + setting("log_frequency")
                    + Piece.text(2, "m")))
        #expect(model == "m" && change.level == .set("TIMESTAMPS") && change.rate == .set("5"))
        #expect(change.logFrequency == .clear && change.count == .keep)
        #expect(try GRPCRequests.traceSetting(Bytes()).change == V2TraceCodec.Change())
        #expect(
            throws: InferError(
                .invalidArgument, "trace settings: 'trace_rate': expected a string or null, found an array")
        ) { try GRPCRequests.traceSetting(Bytes(setting("trace_rate", "1", "2"))) }
    }

    @Test func readsLogSettings() throws {
        let message =
            Piece.entry(1, "log_info", Piece.number(1, 0)) + Piece.entry(1, "log_verbose_level", Piece.number(2, 1))
            + Piece.entry(1, "log_format", Piece.text(3, "ISO8601"))
        let settings = try GRPCRequests.logSettings(Bytes(message), changing: V2LoggingCodec.Settings())
        #expect(!settings.info && settings.warning && settings.verboseLevel == 1 && settings.format == "ISO8601")
        #expect(
            throws: InferError(.invalidArgument, "logging settings: 'log_info': expected true or false, found a string")
        ) {
            try GRPCRequests.logSettings(
                Bytes(Piece.entry(1, "log_info", Piece.text(3, "x"))), changing: V2LoggingCodec.Settings())
        }
    }

    @Test("settings are few", arguments: [2, 3])
    func settingsAreFew(count: Int) {
        var limits = V2Limits()
        limits.maxParameterCount = 2
        let keys = ["log_info", "log_error", "log_warning"].prefix(count)
        let message = Bytes(keys.flatMap { Piece.entry(1, $0, Piece.number(1, 1)) })
        let found = Result {
            try GRPCRequests.logSettings(message, changing: V2LoggingCodec.Settings(), limits: limits)
        }
        #expect(((try? found.get()) != nil) == (count == 2))
        // As often the same one: each is looked for among all others.
        let same = Bytes((0..<count).flatMap { _ in Piece.entry(1, "log_info", Piece.number(1, 1)) })
        let again = Result { try GRPCRequests.logSettings(same, changing: V2LoggingCodec.Settings(), limits: limits) }
        #expect(((try? again.get()) != nil) == (count == 2))
    }

    @Test func namesAreNoLongerThanModelsNames() throws {
        let limit = V2Limits().maxNameByteCount
        let longest = String(repeating: "a", count: limit)
        #expect(try GRPCRequests.model(Bytes(Piece.text(1, longest))).name == longest)
        #expect(
            throws: InferError(.invalidArgument, "request: 'name': expected at most \(limit) bytes, found \(limit + 1)")
        ) {
            try GRPCRequests.model(Bytes(Piece.text(1, longest + "a")))
        }
        #expect(
            throws: InferError(
                .invalidArgument, "request: 'version': expected at most \(limit) bytes, found \(limit + 1)")
        ) { try GRPCRequests.model(Bytes(Piece.text(1, "m") + Piece.text(2, longest + "a"))) }
    }

    @Test func aNameIsReadWhateverElseIsThere() throws {
        #expect(try GRPCRequests.name(Bytes(Piece.text(1, "region") + Piece.bytes(2, [0xFF, 0xFE]))) == "region")
    }
}
