import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@Suite struct PackedConstantsTests {
    private static func tensor(_ shape: Shape) -> Tensor {
        Tensor((0..<shape.elementCount).map { Float($0 % 13) / 8 - 0.7 }, shape: shape)
    }

    private func load(_ writer: ModelWriter) throws -> NativeModel {
        try NativeModel.load(writer.bytes(), directory: nil, options: EngineOptions())
    }

    /// The names of the constants whose elements are kept.
    private func kept(_ model: NativeModel) -> Set<String> {
        Set(model.graph.values.filter { $0.constant != nil }.map(\.name))
    }

    private func layers(sharing: Bool = false, padding: String = "NOTSET") -> ModelWriter {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 3, -1, -1])
        writer.output("y", .fp32, [-1, 5])
        writer.initializer("w", Self.tensor([4, 3, 3, 3]))
        writer.initializer("b", Self.tensor([4]))
        writer.initializer("m", Self.tensor([4, 5]))
        writer.node("Conv", ["x", "w", "b"], ["c"], ["auto_pad": .text(padding), "strides": .ints([2, 2])])
        writer.node("GlobalAveragePool", ["c"], ["p"])
        writer.node("Flatten", ["p"], ["f"])
        writer.node("Gemm", ["f", "m"], ["y"])
        if sharing {
            writer.output("again", .fp32, [4, 5])
            writer.node("Neg", ["m"], ["n"])
            writer.node("Mul", ["n", "scale"], ["again"])
            writer.input("scale", .fp32, [1])
        }
        return writer
    }

    @Test("constants that operators have packed are let go")
    func drops() throws {
        let model = try load(layers())
        #expect(kept(model).isDisjoint(with: ["w", "b", "m"]))
        #expect(model.graph.values.first { $0.name == "w" }?.declared?.extents == [4, 3, 3, 3])
    }

    @Test("a constant that anything else reads stays")
    func keepsShared() throws {
        var writer = layers()
        writer.output("rows", .fp32, [-1, 5])
        writer.input("index", .int64, [-1])
        writer.node("Gather", ["m", "index"], ["rows"])
        let model = try load(writer)
        #expect(kept(model).contains("m") && !kept(model).contains("w"))
        let outputs = try Model(data: writer.bytes()).run([
            "x": Self.tensor([1, 3, 5, 5]), "index": Tensor([2] as [Int64], shape: [1]),
        ])
        #expect(
            outputs["rows"]?.elements(as: Float.self) == Array(Self.tensor([4, 5]).elements(as: Float.self)[10..<15]))
    }

    @Test("weights whose packing depends on the image's size stay")
    func keepsSamePadding() throws {
        let model = try load(layers(padding: "SAME_UPPER"))
        #expect(kept(model).contains("w") && !kept(model).contains("m"))
        for size in [5, 8, 6, 5] {
            var options = EngineOptions()
            options.passes = []
            let input = ["x": Self.tensor([2, 3, Int(size), size + 1])]
            let expected = try Model(data: layers(padding: "SAME_UPPER").bytes(), options: options).run(input)
            let received = try Model(data: layers(padding: "SAME_UPPER").bytes()).run(input)
            #expect(TensorComparison.difference(received["y"]!, expected["y"]!) == nil)
        }
    }

    @Test("a model keeps nothing of the file that it was read from", arguments: GoldenCase.names)
    func letsTheFileGo(name: String) throws { try expectReleased(try GoldenCase(named: name).model) }

    @Test("graphs inside nodes and attributes keep nothing of the file either", arguments: ["If", "Loop", "Scan"])
    func letsTheFileGo(nesting: String) throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 4])
        writer.input("on", .bool, [])
        writer.output("y", .fp32, [-1, -1])
        writer.output("f", .fp32, [-1, -1])
        writer.initializer("m", Self.tensor([4, 4]))
        writer.initializer("outer", Self.tensor([1, 4]))
        writer.node("Shape", ["x"], ["extents"])
        writer.node("ConstantOfShape", ["extents"], ["f"], ["value": .tensor(Tensor([2] as [Float], shape: [1]))])
        func body(_ name: String) -> (inout ModelWriter) -> Void {
            { body in
                if nesting == "Loop" {
                    body.input("i", .int64, [])
                    body.input("go", .bool, [])
                }
                if nesting != "If" { body.input("s", .fp32, [-1, 4]) }
                if nesting == "Scan" { body.input("row", .fp32, [4]) }
                body.initializer("\(name)own", Self.tensor([4]))
                body.node("Constant", [], ["\(name)c"], ["value": .tensor(Self.tensor([4]))])
                body.node("MatMul", [nesting == "If" ? "x" : "s", "m"], ["\(name)p"])
                body.node("Add", ["\(name)p", "\(name)own"], ["\(name)a"])
                body.node("Add", ["\(name)a", "\(name)c"], ["\(name)b"])
                body.node("Sub", ["\(name)b", "outer"], ["\(name)t"])
                if nesting == "Loop" { body.output("go", .bool, []) }
                body.output("\(name)t", .fp32, [-1, 4])
            }
        }
        switch nesting {
        case "If":
            ControlLimitsTests.nesting(
                "If", ["on"], ["y"], [("then_branch", body("a")), ("else_branch", body("b"))], into: &writer)
        case "Loop":
            writer.initializer("trips", Tensor([2] as [Int64], shape: []))
            ControlLimitsTests.nesting("Loop", ["trips", "on", "x"], ["y"], [("body", body("a"))], into: &writer)
        default:
            ControlLimitsTests.nesting(
                "Scan", ["x", "x"], ["y"], [("body", body("a"))], ["num_scan_inputs": .int(1)], into: &writer)
        }
        let input = ["x": Self.tensor([3, 4]), "on": Tensor([true], shape: [])]
        var options = EngineOptions()
        options.passes = []
        let expected = try Model(data: writer.bytes(), options: options).run(input)
        let received = try Model(data: writer.bytes()).run(input)
        #expect(TensorComparison.difference(received["y"]!, expected["y"]!) == nil)
        try expectReleased(writer.bytes())
    }

    private func expectReleased(_ content: Bytes) throws {
        final class Flag: Sendable { let isReleased = Atomic(false) }
        let flag = Flag()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: content.count, alignment: 64)
        content.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        let model = try NativeModel.load(
            Bytes(foreign: memory, count: content.count) {
                flag.isReleased.store(true, ordering: .relaxed)
            }, directory: nil, options: EngineOptions())
        let isReleased = flag.isReleased.load(ordering: .relaxed)
        #expect(isReleased)
        if isReleased { memory.deallocate() }
        withExtendedLifetime(model) {}
    }

    @Test(
        "operators that run on sizes only the run can tell find their packed constants",
        arguments: [("Gemm", "packed"), ("MatMul", "packed"), ("MatMul", "biased")])
    func evaluates(type: String, form: String) throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 4])
        writer.input("keep", .bool, [-1])
        writer.output("y", .fp32, [-1, 5])
        writer.initializer("m", Self.tensor([4, 5]))
        writer.initializer("b", Self.tensor([5]))
        writer.node("Compress", ["x", "keep"], ["rows"], ["axis": .int(0)])
        if form == "biased" {
            writer.node(type, ["rows", "m"], ["z"])
            writer.node("Add", ["z", "b"], ["y"])
        } else {
            writer.node(type, ["rows", "m"], ["y"])
        }
        #expect(!kept(try load(writer)).contains("m"))
        var options = EngineOptions()
        options.passes = []
        for rows in [[true, false, true], [false, false, false], [true, true, true]] {
            let inputs = ["x": Self.tensor([3, 4]), "keep": Tensor(rows, shape: [3])]
            let expected = try Model(data: writer.bytes(), options: options).run(inputs)
            let received = try Model(data: writer.bytes()).run(inputs)
            #expect(received["y"]?.shape == [rows.filter { $0 }.count, 5])
            #expect(TensorComparison.difference(received["y"]!, expected["y"]!) == nil)
        }
    }
}
