import COnnxRuntime
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinOnnxRuntime

@Suite("ONNX Runtime backend: loading", .enabled(if: OnnxRuntimeFixture.isInstalled, "ONNX Runtime is not installed"))
struct OnnxRuntimeBackendTests {
    @Test func signatureComesFromTheModel() throws {
        let model = try OnnxRuntimeFixture.load("add")
        #expect(model.signature.inputs == [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2])])
        #expect(model.signature.outputs == [TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 2])])
        #expect(model.platform == "onnx_onnxruntime")
        #expect(model.properties["backend"] == "onnxruntime")
        #expect(model.properties["onnxruntime_version"]?.isEmpty == false)
        #expect(model.memoryByteCount == 94)
    }

    @Test(
        "class names of a map become labels",
        arguments: [
            ("classes_numbered", ["0", "1", "2"], DataType.int64),
            ("classes_named", ["ash", "birch", "oak"], DataType.bytes),
        ])
    func classNames(model: String, labels: [String], type: DataType) throws {
        let outputs = try OnnxRuntimeFixture.load(model).signature.outputs
        #expect(outputs[0] == TensorMetadata(name: "label", dataType: type, shape: [-1]))
        #expect(
            outputs[1] == TensorMetadata(name: "probabilities", dataType: .fp32, shape: [-1, 3], labels: labels))
    }

    @Test(
        "a model that cannot be served is refused with a reason",
        arguments: [
            ("sequence", InferError.Code.unsupported, "output 'parts' is a sequence of tensors"),
            ("unknown_operator", .invalidArgument, "example.test"),
            ("external_outside", .invalidArgument, "escapes model directory"),
            ("absent", .notFound, "no file"),
            ("make_models.py/..", .notFound, "no file"),
        ])
    func refusals(model: String, code: InferError.Code, words: String) {
        let error = OnnxRuntimeFixture.loadError(model)
        #expect(error?.code == code)
        #expect(error?.message.contains("model '\(model)'") == true)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "accepted")")
        #expect(error?.message.contains("\n") == false)
    }

    @Test(
        "threads have a range",
        arguments: [
            (Parameter.int(0), false), (.int(1), true), (.int(256), true), (.int(257), false), (.string("2"), true),
            (.string("two"), false), (.bool(true), false), (.double(1.5), false),
        ])
    func threads(value: Parameter, isAccepted: Bool) {
        let source = OnnxRuntimeFixture.source("add", parameters: ["threads": value])
        #expect(((try? SessionOptions(source)) != nil) == isAccepted)
    }

    @Test("a precision other than the file's is refused, not ignored")
    func precision() throws {
        _ = try SessionOptions(OnnxRuntimeFixture.source("add", parameters: ["precision": .string("fp32")]))
        let rounded = OnnxRuntimeFixture.source("add", parameters: ["precision": .string("bf16")])
        let error = #expect(throws: InferError.self) { try SessionOptions(rounded) }
        #expect(error?.code == .unsupported && error?.message.contains("precision bf16") == true)
        let wrong = OnnxRuntimeFixture.source("add", parameters: ["precision": .string("fp64")])
        #expect(throws: InferError.self) { try SessionOptions(wrong) }
    }

    @Test func severalThreadsGiveTheSameNumbers() throws {
        let x = Tensor([Float](repeating: 2, count: 2048), shape: [1024, 2])
        let instance = try OnnxRuntimeFixture.load("add", parameters: ["threads": .int(2)]).makeInstance()
        let y = try instance.execute([NamedTensor("x", x)])[0].tensor
        #expect(y.elements(as: Float.self) == [Float](repeating: 3, count: 2048))
    }
}

@Suite("ONNX Runtime backend: the library")
struct LibrarySearchTests {
    private func candidates(_ environment: String?, _ executable: String?) -> [String] {
        LibrarySearch(environment: environment, executable: executable).candidates
    }

    @Test func theVariableAloneIsTriedWhenItIsSet() {
        #expect(candidates("/x/lib.so", "/opt/dunlin/bin/dunlin") == ["/x/lib.so"])
    }

    @Test func anEmptyVariableIsNone() {
        let system = ["libonnxruntime.so.1", "/usr/local/lib/libonnxruntime.so.1"]
        #expect(candidates("", nil) == system)
        #expect(
            candidates(nil, "/opt/dunlin/bin/dunlin") == [
                "/opt/dunlin/bin/libonnxruntime.so.1", "/opt/dunlin/lib/libonnxruntime.so.1",
            ] + system)
    }

    @Test func aBuildFolderLeadsToTheProjectsCache() {
        #expect(
            candidates(nil, "/home/me/dunlin/.build/release/dunlin")[2]
                == "/home/me/dunlin/.cache/onnxruntime/lib/libonnxruntime.so.1")
    }

    @Test(
        "without the library a load says where it looked",
        arguments: [
            ("/nonexistent/libonnxruntime.so.1", "looked for /nonexistent/libonnxruntime.so.1"),
            ("libc.so.6", "libc.so.6 (not ONNX Runtime: it exports no OrtGetApiBase)"),
        ])
    func absence(path: String, words: String) {
        let backend = OnnxRuntimeBackend(search: LibrarySearch(environment: path))
        let error = OnnxRuntimeFixture.loadError("add", backend: backend)
        #expect(error?.code == .unsupported)
        #expect(error?.message.hasPrefix("model 'add': ONNX Runtime is not installed: install ") == true)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "accepted")")
    }
}

@Suite("ONNX Runtime backend: messages")
struct OnnxRuntimeFailureTests {
    @Test(
        "source positions and signatures are left out",
        arguments: [
            ("plain words", "plain words"),
            ("first\nsecond", "first"),
            (
                "running Reshape node. Name:'r' Status Message: /onnxruntime_src/a/b.h:47 x::Helper::Helper(const x::S&, "
                    + "bool) input_size == size was false. Bad",
                "running Reshape node. Name:'r' Status Message: "
                    + "input_size == size was false. Bad"
            ),
            ("a /onnxruntime_src/core/t.h:9 T* x::Get() const b", "a b"),
            ("a /onnxruntime_src/core/t.h:9 b", "a b"),
            ("", ""),
        ])
    func cleaned(message: String, expected: String) {
        #expect(OnnxRuntimeFailure.cleaned(message) == expected)
    }

    @Test(
        "an execution's failure tells whose fault it is",
        arguments: [
            (DUNLIN_ORT_INVALID_ARGUMENT, "bad shape", InferError.Code.invalidArgument),
            (DUNLIN_ORT_RUNTIME_EXCEPTION, "node failed", .invalidArgument),
            (DUNLIN_ORT_RUNTIME_EXCEPTION, "Failed to allocate memory for 8 bytes", .resourceExhausted),
            (DUNLIN_ORT_NOT_IMPLEMENTED, "no kernel", .unsupported),
            (11, "provider", .internal),
        ])
    func running(code: Int, message: String, expected: InferError.Code) {
        #expect(OnnxRuntimeFailure(message, code: Int32(code)).running("m").code == expected)
    }
}
