import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// Limits of `If`, `Loop` and `Scan`, and graphs inside them that are not what they should be.
@Suite struct ControlLimitsTests {
    /// A node with a graph as attribute.
    static func nesting(
        _ type: String, _ inputs: [String], _ outputs: [String], _ graphs: [(String, (inout ModelWriter) -> Void)],
        _ attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:], into model: inout ModelWriter
    ) {
        var node = MessageWriter()
        ModelWriter.write(type, inputs, outputs, attributes, "again", "", into: &node)
        for (name, write) in graphs {
            var body = ModelWriter()
            write(&body)
            node.field(5) {
                $0.field(1, text: name)
                $0.field(6, bytes: body.graphBytes)
                $0.field(20, int: 5)
            }
        }
        model.graphField(1, bytes: node.bytes)
    }

    /// Counts to `trips`; `more` is the condition before the first time.
    private static func counting(trips: Int, more: Bool = true) -> Bytes {
        var model = ModelWriter()
        model.input("x", .fp32, [1])
        model.output("y", .fp32, [1])
        model.initializer("trips", Tensor([Int64(trips)], shape: []))
        model.initializer("more", Tensor([more], shape: []))
        nesting("Loop", ["trips", "more", "x"], ["y"], [("body", addOne)], into: &model)
        return model.bytes()
    }

    private static func addOne(_ body: inout ModelWriter) {
        body.input("i", .int64, [])
        body.input("on", .bool, [])
        body.input("s", .fp32, [1])
        body.initializer("one", Tensor([1] as [Float], shape: [1]))
        body.node("Add", ["s", "one"], ["t"])
        body.output("on", .bool, [])
        body.output("t", .fp32, [1])
    }

    private static func run(_ bytes: Bytes, _ options: EngineOptions = .init(), x: [Float] = [0]) throws -> [Float]? {
        try Model(data: bytes, options: options).run(["x": Tensor(x, shape: [x.count])])["y"]?
            .elements(as: Float.self)
    }

    @Test("a loop whose condition does not hold at first never runs", arguments: [true, false])
    func condition(holds: Bool) throws {
        #expect(try Self.run(Self.counting(trips: 3, more: holds)) == [holds ? 3 : 0])
    }

    @Test("a graph runs as often as the limit says and not once more", arguments: [0, 1])
    func runs(beyond: Int) throws {
        let bytes = Self.counting(trips: RunScope.mostRuns + beyond)
        guard beyond > 0 else {
            #expect(try Self.run(bytes) == [Float(RunScope.mostRuns)])
            return
        }
        let error = #expect(throws: InferError.self) { try Self.run(bytes) }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message.contains("\(RunScope.mostRuns) times") ?? false, "\(error?.message ?? "")")
    }

    /// Loops inside loops, each of which runs twice.
    private static func nested(_ depth: Int) -> Bytes {
        func level(_ rest: Int) -> (inout ModelWriter) -> Void {
            guard rest > 1 else { return addOne }
            return { body in
                body.input("i", .int64, [])
                body.input("on", .bool, [])
                body.input("s", .fp32, [1])
                body.initializer("trips\(rest)", Tensor([2] as [Int64], shape: []))
                nesting("Loop", ["trips\(rest)", "", "s"], ["t"], [("body", level(rest - 1))], into: &body)
                body.output("on", .bool, [])
                body.output("t", .fp32, [1])
            }
        }
        var model = ModelWriter()
        model.input("x", .fp32, [1])
        model.output("y", .fp32, [1])
        model.initializer("trips", Tensor([2] as [Int64], shape: []))
        nesting("Loop", ["trips", "", "x"], ["y"], [("body", level(depth))], into: &model)
        return model.bytes()
    }

    @Test("loops may lie in each other as deep as the limit says") func depth() throws {
        #expect(try Self.run(Self.nested(6)) == [64])
        let error = #expect(throws: InferError.self) { try Self.run(Self.nested(7)) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("nested more than 6 deep") ?? false, "\(error?.message ?? "")")
    }

    /// Stacks x `trips` times.
    private static func stacking(trips: Int) -> Bytes {
        var model = ModelWriter()
        model.input("x", .fp32, [-1])
        model.output("y", .fp32, [-1, -1])
        model.initializer("trips", Tensor([Int64(trips)], shape: []))
        nesting(
            "Loop", ["trips", ""], ["y"],
            [
                (
                    "body",
                    { body in
                        body.input("i", .int64, [])
                        body.input("on", .bool, [])
                        body.node("Neg", ["x"], ["t"])
                        body.output("on", .bool, [])
                        body.output("t", .fp32, [-1])
                    }
                )
            ], into: &model)
        return model.bytes()
    }

    @Test("outputs that are put together may have as many bytes as a run may take", arguments: [4, 5])
    func stacked(trips: Int) throws {
        var options = EngineOptions()
        options.maxRunByteCount = 4 * 64 * 4
        let bytes = Self.stacking(trips: trips)
        let x = [Float](repeating: 1, count: 64)
        guard trips > 4 else {
            #expect(try Self.run(bytes, options, x: x)?.count == 256)
            return
        }
        let error = #expect(throws: InferError.self) { try Self.run(bytes, options, x: x) }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message.contains("more than 1024 bytes") ?? false, "\(error?.message ?? "")")
    }

    @Test("a graph inside a node may take what the engine's option allows", arguments: [1 << 20, 1 << 10])
    func bytes(limit: Int) throws {
        var model = ModelWriter()
        model.input("x", .fp32, [-1])
        model.output("y", .fp32, [-1])
        model.initializer("trips", Tensor([1] as [Int64], shape: []))
        Self.nesting(
            "Loop", ["trips", "", "x"], ["y"],
            [
                (
                    "body",
                    { body in
                        body.input("i", .int64, [])
                        body.input("on", .bool, [])
                        body.input("s", .fp32, [-1])
                        body.initializer("many", Tensor([1024, 1] as [Int64], shape: [2]))
                        body.node("Expand", ["s", "many"], ["wide"])
                        body.initializer("first", Tensor([0] as [Int64], shape: []))
                        body.node("Neg", ["wide"], ["other"])
                        body.node("Gather", ["other", "first"], ["t"])
                        body.output("on", .bool, [])
                        body.output("t", .fp32, [-1])
                    }
                )
            ], into: &model)
        var options = EngineOptions()
        options.maxRunByteCount = limit
        let bytes = model.bytes()
        guard limit < 1 << 20 else {
            #expect(try Self.run(bytes, options, x: [2, 3]) == [-2, -3])
            return
        }
        let error = #expect(throws: InferError.self) { try Self.run(bytes, options, x: [2, 3]) }
        #expect(error?.code == .resourceExhausted)
    }

    @Test("a condition with no element or with two is refused", arguments: [0, 2])
    func conditionCount(count: Int) throws {
        var model = ModelWriter()
        model.input("c", .bool, [-1])
        model.input("x", .fp32, [1])
        model.output("y", .fp32, [1])
        func branch(_ type: String) -> (inout ModelWriter) -> Void {
            {
                $0.node(type, ["x"], ["t"])
                $0.output("t", .fp32, [1])
            }
        }
        Self.nesting(
            "If", ["c"], ["y"], [("then_branch", branch("Neg")), ("else_branch", branch("Abs"))], into: &model)
        let loaded = try Model(data: model.bytes())
        let x = Tensor([3] as [Float], shape: [1])
        #expect(
            try loaded.run(["c": Tensor([true], shape: [1]), "x": x])["y"]?.elements(as: Float.self) == [-3])
        let error = #expect(throws: InferError.self) {
            try loaded.run(["c": Tensor([Bool](repeating: true, count: count), shape: [count]), "x": x])
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("input 0 has \(count) elements, expected 1") ?? false)
    }
}
