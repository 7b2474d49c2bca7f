import Dunlin
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Glibc
import Synchronization
import Testing

@testable import DunlinLoad

/// `dunlin bench` against a server in this process.
@Suite struct LoadBenchTests {
    /// Starts a server with the model `sum` (FP32 `x` `[-1, 2]`) and gives options that name it.
    private func serving(
        _ model: FakeModel = .adding(1), _ body: (LoadOptions, TemporaryDirectory) throws -> Void
    ) throws {
        let directory = TemporaryDirectory()
        directory.write("models/sum/1/model.onnx")
        var configuration = ServerConfiguration()
        configuration.httpPort = 0
        configuration.logLevel = .error
        configuration.httpThreads = 1
        // What the model sees are the requests as they were sent.
        configuration.batchRows = 1
        configuration.modelRepository = "\(directory.path)/models"
        configuration.backends = [FakeBackend { _ in model }]
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        var options = LoadOptions()
        options.url = "http://127.0.0.1:\(try #require(server.httpPort))"
        options.model = "sum"
        options.requestCount = 50
        options.warmUp = 0
        try body(options, directory)
    }

    @Test(arguments: [false, true]) func requestsAreMadeFromTheModelsMetadata(isBinary: Bool) throws {
        let shapes = Mutex<Set<[Int]>>([])
        let model = FakeModel { inputs throws(InferError) in
            shapes.withLock { _ = $0.insert(inputs[0].tensor.shape.dimensions) }
            return [NamedTensor("y", inputs[0].tensor)]
        }
        try serving(model) { (options, _) throws in
            var options = options
            options.isBinary = isBinary
            options.rows = 3
            options.concurrencies = [1, 4]
            options.serverProcess = Int(getpid())
            options.headers = [("X-Test", "1")]
            let results = try LoadBench(options).run()
            #expect(results.map(\.step) == [.closed(concurrency: 1), .closed(concurrency: 4)])
            for result in results {
                #expect(result.successCount == 50 && result.failures == [])
                #expect(result.throughput > 0 && result.serverSeconds != nil)
            }
        }
        // A server may run the model on rows of its own besides, or on several requests at once.
        #expect(shapes.withLock { $0 }.contains([3, 2]))
    }

    #if GRPC
        @Test func overGRPCTheTensorsAreRaw() throws {
            let sums = Mutex<Set<Float>>([])
            let model = FakeModel { inputs throws(InferError) in
                let sum = inputs[0].tensor.elements(as: Float.self).reduce(0, +)
                sums.withLock { _ = $0.insert(sum) }
                return [NamedTensor("y", inputs[0].tensor)]
            }
            try serving(model) { (options, directory) throws in
                var options = options
                options.url = options.url.replacing("http://", with: "grpc://")
                options.rows = 3
                options.version = "1"
                options.concurrencies = [1, 40]
                for result in try LoadBench(options).run() {
                    #expect(result.successCount == 50 && result.failures == [])
                }
                options.rates = [1000]
                #expect(try LoadBench(options).run()[0].successCount == 50)
                directory.write(
                    "a.json", #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1000,2000]}]}"#)
                options.inputPaths = ["\(directory.path)/a.json"]
                #expect(try LoadBench(options).run()[0].successCount == 50)
                #expect(sums.withLock { $0 }.contains(3000))
                directory.write("b.json", #"{"inputs":[{"name":"x"}]}"#)
                options.inputPaths = ["\(directory.path)/b.json"]
                #expect { try LoadBench(options) } throws: {
                    ($0 as? InferError)?.message.contains("b.json: ") == true
                }
            }
        }

        @Test func anErrorOverGRPCIsToldByName() throws {
            try serving(FakeModel { _ throws(InferError) in throw InferError(.internal, "out of order") }) {
                (options, _) throws in
                var options = options
                options.url = options.url.replacing("http://", with: "grpc://")
                #expect { try LoadBench(options) } throws: {
                    ($0 as? InferError)?.message == "the first request is answered INTERNAL: out of order"
                }
                options.model = "none"
                #expect { try LoadBench(options) } throws: {
                    ($0 as? InferError)?.message.hasPrefix("ModelMetadata of 'none' is answered NOT_FOUND: ") == true
                }
            }
        }
    #endif

    @Test func aShapeCanBeGiven() throws {
        let rows = Mutex(0)
        let model = FakeModel { inputs throws(InferError) in
            rows.withLock { $0 = inputs[0].tensor.shape[0] }
            return [NamedTensor("y", inputs[0].tensor)]
        }
        try serving(model) { (options, _) throws in
            var options = options
            options.shapes = ["x": [5, 2]]
            #expect(try LoadBench(options).run()[0].successCount == 50)
            #expect(rows.withLock { $0 } == 5)
            options.shapes = ["z": [5, 2]]
            #expect(throws: InferError(.invalidArgument, "--shape z: the model's inputs are x")) {
                try LoadBench(options)
            }
        }
    }

    @Test func requestsComeFromFiles() throws {
        let sums = Mutex<Set<Float>>([])
        let model = FakeModel { inputs throws(InferError) in
            let sum = inputs[0].tensor.elements(as: Float.self).reduce(0, +)
            sums.withLock { _ = $0.insert(sum) }
            return [NamedTensor("y", inputs[0].tensor)]
        }
        try serving(model) { (options, directory) throws in
            directory.write("a.json", #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"# + "\n")
            directory.write(
                "b",
                #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}]}"#
                    + "AAAABBBB")
            directory.write("c.bin", "AAAAAAAA")
            var options = options
            options.inputPaths = ["a.json", "b", "c.bin"].map { "\(directory.path)/\($0)" }
            #expect(try LoadBench(options).run()[0].successCount == 50)
            let a = Float(bitPattern: 0x4141_4141)
            #expect(sums.withLock { $0 }.isSuperset(of: [3, a + Float(bitPattern: 0x4242_4242), a + a]))
            directory.write("short", "AAAA")
            for (path, words) in [("short", "has 4 bytes"), ("none", "No such file")] {
                options.inputPaths = ["\(directory.path)/\(path)"]
                #expect { try LoadBench(options) } throws: { ($0 as? InferError)?.message.contains(words) == true }
            }
        }
    }

    @Test func anErrorOfTheFirstRequestIsTold() throws {
        try serving(FakeModel { _ throws(InferError) in throw InferError(.internal, "out of order") }) {
            (options, _) throws in
            #expect { try LoadBench(options) } throws: {
                ($0 as? InferError)?.message.contains("answered 500: {\"error\":\"out of order\"}") == true
            }
            var options = options
            options.model = "none"
            #expect { try LoadBench(options) } throws: { ($0 as? InferError)?.message.contains("answered 404") == true }
        }
    }

    @Test func aRequestHasALargestSize() throws {
        try serving { (options, _) throws in
            var options = options
            options.shapes = ["x": [LoadInputs.maxInputByteCount / 8 + 1, 2]]
            #expect { try LoadBench(options) } throws: { ($0 as? InferError)?.code == .invalidArgument }
            options.shapes = ["x": [Int.max, Int.max]]
            #expect { try LoadBench(options) } throws: { ($0 as? InferError)?.code == .invalidArgument }
        }
    }

    @Test func aServerThatTellsNoInputsNeedsAFile() throws {
        let server = ScriptedServer { _ in .send(ScriptedServer.ok(#"{"name":"m","platform":"","inputs":[]}"#)) }
        defer { server.stop() }
        var options = LoadOptions()
        options.url = server.url
        options.model = "m"
        #expect { try LoadBench(options) } throws: { ($0 as? InferError)?.message.contains("--input") == true }
    }
}
