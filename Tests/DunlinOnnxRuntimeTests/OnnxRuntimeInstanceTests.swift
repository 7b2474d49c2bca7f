import Dispatch
import DunlinBytes
import DunlinInference
import DunlinTensor
import Synchronization
import Testing

@testable import DunlinOnnxRuntime

@Suite("ONNX Runtime backend: execution", .enabled(if: OnnxRuntimeFixture.isInstalled, "ONNX Runtime is not installed"))
struct OnnxRuntimeInstanceTests {
    private func run(_ model: String, _ inputs: [NamedTensor]) throws -> [NamedTensor] {
        try OnnxRuntimeFixture.load(model).makeInstance().execute(inputs)
    }

    private func error(_ model: String, _ inputs: [NamedTensor]) throws -> InferError? {
        let instance = try OnnxRuntimeFixture.load(model).makeInstance()
        do throws(InferError) {
            _ = try instance.execute(inputs)
            return nil
        } catch {
            return error
        }
    }

    @Test func addsOne() throws {
        let outputs = try run("add", [NamedTensor("x", Tensor([Float(1), 2, 3, 4], shape: [2, 2]))])
        #expect(outputs.map(\.name) == ["y"])
        #expect(outputs[0].tensor.shape == [2, 2])
        #expect(outputs[0].tensor.elements(as: Float.self) == [2, 3, 4, 5])
    }

    /// Two elements of each datatype, among them NUL bytes and ill-formed UTF-8 in strings.
    private static let everyType: [NamedTensor] = [
        NamedTensor("in_BOOL", Tensor([true, false], shape: [2])),
        NamedTensor("in_UINT8", Tensor([UInt8(0), 255], shape: [2])),
        NamedTensor("in_UINT16", Tensor([UInt16(0), .max], shape: [2])),
        NamedTensor("in_UINT32", Tensor([UInt32(0), .max], shape: [2])),
        NamedTensor("in_UINT64", Tensor([UInt64(0), .max], shape: [2])),
        NamedTensor("in_INT8", Tensor([Int8.min, .max], shape: [2])),
        NamedTensor("in_INT16", Tensor([Int16.min, .max], shape: [2])),
        NamedTensor("in_INT32", Tensor([Int32.min, .max], shape: [2])),
        NamedTensor("in_INT64", Tensor([Int64.min, .max], shape: [2])),
        NamedTensor("in_FLOAT16", Tensor(dataType: .fp16, shape: [2], bytes: Bytes([0, 0x3C, 0, 0xFC]))),
        NamedTensor("in_BFLOAT16", Tensor([BFloat16(1), BFloat16(-2)], shape: [2])),
        NamedTensor("in_FLOAT", Tensor([Float.infinity, -0.0], shape: [2])),
        NamedTensor("in_DOUBLE", Tensor([Double.pi, .nan], shape: [2])),
        NamedTensor(
            "in_STRING",
            Tensor(dataType: .bytes, shape: [2], bytes: Bytes([4, 0, 0, 0, 0, 0xFF, 0xC3, 0xA9, 0, 0, 0, 0]))),
    ]

    @Test func everyDatatypePassesUnchanged() throws {
        let outputs = try run("identity", Self.everyType)
        #expect(outputs.count == Self.everyType.count)
        for (output, input) in zip(outputs, Self.everyType) {
            #expect(output.name == "out" + input.name.dropFirst(2))
            #expect(output.tensor.dataType == input.tensor.dataType)
            #expect(output.tensor.shape == input.tensor.shape)
            #expect(output.tensor.bytes == input.tensor.bytes)
        }
    }

    @Test func noElementsAreATensorToo() throws {
        let empty = Self.everyType.map {
            NamedTensor($0.name, Tensor(dataType: $0.tensor.dataType, shape: [0], bytes: Bytes()))
        }
        for output in try run("identity", empty) {
            #expect(output.tensor.shape == [0])
            #expect(output.tensor.bytes.count == 0)
        }
    }

    @Test func outputsOutliveModelAndInputs() throws {
        var outputs: [NamedTensor] = []
        do {
            let inputs = [NamedTensor("x", Tensor([Float](repeating: 1, count: 8192), shape: [4096, 2]))]
            outputs = try run("add", inputs)
        }
        #expect(outputs[0].tensor.elements(as: Float.self) == [Float](repeating: 2, count: 8192))
    }

    @Test(
        "maps of class to number become one tensor",
        arguments: ["classes_numbered", "classes_named"])
    func classMaps(model: String) throws {
        let outputs = try run(model, [NamedTensor("x", Tensor([Float(4), 0, 0, 4], shape: [2, 2]))])
        #expect(outputs.map(\.name) == ["label", "probabilities"])
        if model == "classes_named" {
            #expect(outputs[0].tensor.strings == ["ash", "birch"])
        } else {
            #expect(outputs[0].tensor.elements(as: Int64.self) == [0, 1])
        }
        let rows = outputs[1].tensor
        #expect(rows.shape == [2, 3])
        let numbers = rows.elements(as: Float.self)
        #expect(numbers[0] > 0.9 && numbers[4] > 0.9)
        #expect(abs(numbers[0...2].reduce(0, +) - 1) < 1e-5)
    }

    @Test func noRowsOfClassesKeepTheirColumns() throws {
        let none = NamedTensor("x", Tensor(dataType: .fp32, shape: [0, 2], bytes: Bytes()))
        // Whether the classifier itself takes no rows is ONNX Runtime's affair.
        guard let outputs = try? run("classes_numbered", [none]) else { return }
        #expect(outputs[1].tensor.shape == [0, 3])
    }

    @Test func aFailingNodeIsNamed() throws {
        let x = NamedTensor("x", Tensor([Float(1), 2, 3], shape: [3]))
        let found = try error("reshape", [x])
        #expect(found?.code == .invalidArgument)
        #expect(found?.message.hasPrefix("model 'reshape': ONNX Runtime: ") == true)
        #expect(found?.message.contains("to_square") == true, "\(found?.message ?? "accepted")")
        #expect(found?.message.contains("/onnxruntime_src/") == false)
    }

    @Test func aFailureLeavesTheInstanceUsable() throws {
        let instance = try OnnxRuntimeFixture.load("reshape").makeInstance()
        let bad = [NamedTensor("x", Tensor([Float(1)], shape: [1]))]
        let good = [NamedTensor("x", Tensor([Float(1), 2, 3, 4], shape: [4]))]
        for _ in 0..<20 {
            #expect(throws: InferError.self) { try instance.execute(bad) }
            #expect(try instance.execute(good)[0].tensor.shape == [2, 2])
        }
    }

    @Test func instancesShareOneSessionAtTheSameTime() throws {
        let model = try OnnxRuntimeFixture.load("add")
        let wrong = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 8) { worker in
            let x = Tensor([Float](repeating: Float(worker), count: 64), shape: [32, 2])
            for _ in 0..<200 {
                let y = try? model.makeInstance().execute([NamedTensor("x", x)])[0].tensor
                if y?.elements(as: Float.self) != [Float](repeating: Float(worker) + 1, count: 64) {
                    wrong.withLock { $0 += 1 }
                }
            }
        }
        #expect(wrong.withLock { $0 } == 0)
    }
}
