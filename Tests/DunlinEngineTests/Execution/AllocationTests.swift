import CAllocationCounter
import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// A run of known shapes allocates nothing once its plan is made and the last run's outputs are gone.
///
/// True of debug builds only where loops are plain: there a generic iterator allocates.
@Suite struct AllocationTests {
    @Test func theCounterCounts() {
        guard allocation_count() >= 0 else { return }
        let before = allocation_count()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 64)
        let after = allocation_count()
        memory.deallocate()
        #expect(after == before + 1)
    }

    @Test(arguments: ["layers", "convolution", "broadcast", "labels"]) func aSteadyRunAllocatesNothing(name: String)
        throws
    {
        guard allocation_count() >= 0 else { return }
        let model = try NativeModel.load(Self.models[name]!().bytes(), directory: nil, options: EngineOptions())
        let instance = try model.makeInstance()
        let inputs = SyntheticInputs.make(model.signature, rows: 3)
        for _ in 0..<3 { _ = try instance.execute(inputs) }
        let before = allocation_count()
        for _ in 0..<10 { _ = try instance.execute(inputs) }
        #expect(allocation_count() - before == 0)
    }

    @Test(.enabled(if: PrecisionTests.isThere), arguments: ["layers", "convolution"])
    func neitherDoesASteadyRunInBF16(name: String) throws {
        guard allocation_count() >= 0 else { return }
        var options = EngineOptions()
        options.precision = .bf16
        let model = try NativeModel.load(Self.models[name]!().bytes(), directory: nil, options: options)
        let instance = try model.makeInstance()
        let inputs = SyntheticInputs.make(model.signature, rows: 3)
        for _ in 0..<3 { _ = try instance.execute(inputs) }
        let before = allocation_count()
        for _ in 0..<10 { _ = try instance.execute(inputs) }
        #expect(allocation_count() - before == 0)
    }

    @Test func outputsThatAreStillHeldAreNotWrittenAgain() throws {
        let model = try NativeModel.load(Self.models["layers"]!().bytes(), directory: nil, options: EngineOptions())
        let instance = try model.makeInstance()
        let inputs = SyntheticInputs.make(model.signature, rows: 3)
        let zeros = inputs.map { input in
            NamedTensor(
                input.name, Tensor([Float](repeating: 0, count: input.tensor.elementCount), shape: input.tensor.shape))
        }
        let wanted = try instance.execute(inputs)[0].tensor.elements(as: Float.self)
        // A whole result, a tensor of one, and a slice of a tensor's bytes each keep the memory.
        let whole = try instance.execute(inputs)
        let other = try instance.execute(zeros)[0].tensor
        #expect(whole[0].tensor.elements(as: Float.self) == wanted)
        let tensor = try instance.execute(inputs)[0].tensor
        let slice = try instance.execute(inputs)[0].tensor.bytes[4..<8]
        let copy = slice.string
        _ = try instance.execute(zeros)
        #expect(tensor.elements(as: Float.self) == wanted)
        #expect(slice.string == copy)
        #expect(other.elements(as: Float.self) == (try instance.execute(zeros))[0].tensor.elements(as: Float.self))
    }

    @Test("labels are those of each run, in memory that is written again only when nobody holds it")
    func labelsAreWrittenAgain() throws {
        let model = try NativeModel.load(Self.models["labels"]!().bytes(), directory: nil, options: EngineOptions())
        let instance = try model.makeInstance()
        func run(_ classes: [Int]) throws -> Tensor {
            let rows = classes.flatMap { wanted in (0..<3).map { $0 == wanted ? Float(1) : 0 } }
            return try instance.execute([NamedTensor("x", Tensor(rows, shape: [classes.count, 3]))])[0].tensor
        }
        let names = ["a", "the longest of the names", ""]
        for classes in [[0], [1], [2], [1, 1, 2], [0, 0, 0], [2, 1, 0], []] {
            #expect(try run(classes).bytesElements.map(\.string) == classes.map { names[$0] })
        }
        let held = try run([1, 1, 1])
        let slice = try run([2, 1, 0]).bytes[4..<8]
        let copy = slice.string
        #expect(try run([0, 0, 0]).bytesElements.map(\.string) == ["a", "a", "a"])
        #expect(held.bytesElements.map(\.string) == [names[1], names[1], names[1]])
        #expect(slice.string == copy)
    }

    @Test("labels that another node reads are text as ever")
    func labelsThatAreRead() throws {
        var writer = Self.models["labels"]!()
        writer.output("again", .bytes, [-1])
        writer.node("Identity", ["label"], ["again"])
        let model = try NativeModel.load(writer.bytes(), directory: nil, options: EngineOptions())
        let outputs = try model.makeInstance().execute(SyntheticInputs.make(model.signature, rows: 3))
        #expect(outputs[0].tensor.bytes == outputs[2].tensor.bytes)
        #expect(outputs[0].tensor.elementCount == 3)
    }

    static let models: [String: @Sendable () -> ModelWriter] = [
        "layers": {
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [-1, 40])
            writer.output("y", .fp32, [-1, 30])
            writer.initializer("w", Tensor((0..<1200).map { Float($0 % 13) / 10 - 1 }, shape: [40, 30]))
            writer.initializer("b", Tensor((0..<30).map { Float($0) / 4 }, shape: [30]))
            writer.node("Gemm", ["x", "w", "b"], ["g"])
            writer.node("Relu", ["g"], ["r"])
            writer.node("Softmax", ["r"], ["y"])
            return writer
        },
        "labels": {
            var writer = ModelWriter(opset: 17)
            writer.opsets.append(("ai.onnx.ml", 3))
            writer.input("x", .fp32, [-1, 3])
            writer.output("label", .bytes, [-1])
            writer.output("scores", .fp32, [-1, 3])
            writer.node(
                "LinearClassifier", ["x"], ["label", "raw"],
                [
                    "coefficients": .floats([1, 0, 0, 0, 1, 0, 0, 0, 1]), "intercepts": .floats([0, 0, 0]),
                    "classlabels_strings": .texts(["a", "the longest of the names", ""]),
                ], domain: "ai.onnx.ml")
            writer.node("Normalizer", ["raw"], ["scores"], ["norm": .text("L1")], domain: "ai.onnx.ml")
            return writer
        },
        "broadcast": {
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [-1, 4, 5])
            writer.output("y", .fp32, [-1, -1, -1, -1])
            writer.initializer("column", Tensor([1, 2, 3, 4] as [Float], shape: [4, 1]))
            writer.initializer("shape", Tensor([2, 1, 1, 1] as [Int64], shape: [4]))
            writer.node("Add", ["x", "column"], ["a"])
            writer.node("Expand", ["a", "shape"], ["e"])
            writer.node("Transpose", ["e"], ["t"], ["perm": .ints([3, 1, 0, 2])])
            writer.node("Sigmoid", ["t"], ["y"])
            return writer
        },
        "convolution": {
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [-1, 3, 24, 24])
            writer.output("y", .fp32, [-1, 8, 1, 1])
            writer.initializer("w", Tensor((0..<216).map { Float($0 % 13) / 10 - 1 }, shape: [8, 3, 3, 3]))
            writer.node("Conv", ["x", "w"], ["c"])
            writer.node("Relu", ["c"], ["r"])
            writer.node("GlobalAveragePool", ["r"], ["y"])
            return writer
        },
    ]
}
