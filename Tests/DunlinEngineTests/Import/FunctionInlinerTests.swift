import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct FunctionInlinerTests {
    private static let x = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])

    /// A model of opset 18 that calls `f(x) -> y` of the domain `local`.
    private static func model(
        functionOpset: Int, inputs: [String] = ["a"], outputs: [String] = ["b"],
        _ body: (inout MessageWriter) -> Void
    ) throws -> Model {
        var writer = ModelWriter(opset: 18)
        writer.opsets.append(("local", 1))
        writer.input("x", .fp32, [2, 2])
        writer.node("f", ["x"], ["y"], name: "call", domain: "local")
        writer.output("y", .fp32, [-1])
        writer.extra.field(25) { function in
            function.field(1, text: "f")
            for input in inputs { function.field(4, text: input) }
            for output in outputs { function.field(5, text: output) }
            body(&function)
            function.field(9) {
                $0.field(1, text: "")
                $0.field(2, int: functionOpset)
            }
            function.field(10, text: "local")
        }
        return try Model(data: writer.bytes())
    }

    private static func node(
        _ function: inout MessageWriter, _ type: String, _ inputs: [String], _ outputs: [String],
        _ attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:]
    ) {
        function.field(7) { ModelWriter.write(type, inputs, outputs, attributes, "", "", into: &$0) }
    }

    @Test("a function's nodes are those of its own opset, whatever the model's", arguments: [11, 18])
    func ownOpset(opset: Int) throws {
        let model = try Self.model(functionOpset: opset) {
            if opset >= 13 {
                Self.node(&$0, "Constant", [], ["axes"], ["value_ints": .ints([1])])
                Self.node(&$0, "ReduceSum", ["a", "axes"], ["sum"], ["keepdims": .int(0)])
            } else {
                Self.node(&$0, "ReduceSum", ["a"], ["sum"], ["axes": .ints([1]), "keepdims": .int(0)])
            }
            Self.node(&$0, "Neg", ["sum"], ["b"])
        }
        #expect(try model.run(["x": Self.x])["y"]?.elements(as: Float.self) == [-3, -7])
    }

    @Test("an attribute that the function's opset lacks is refused although the model's has it")
    func lacksAttribute() throws {
        let error = #expect(throws: InferError.self) {
            try Self.model(functionOpset: 18) {
                Self.node(&$0, "ReduceSum", ["a"], ["b"], ["axes": .ints([1])])
            }
        }
        #expect(error?.message.contains("axes") ?? false, "\(error?.message ?? "")")
    }

    @Test("an output that is an input is copied") func passesThrough() throws {
        let model = try Self.model(functionOpset: 11, outputs: ["a"]) {
            Self.node(&$0, "Neg", ["a"], ["unused"])
        }
        #expect(try model.run(["x": Self.x])["y"]?.elements(as: Float.self) == [1, 2, 3, 4])
    }

    @Test("a graph inside a function sees the function's names and keeps its own", arguments: [1.0, -1.0] as [Float])
    func graphs(sign: Float) throws {
        func branch(_ type: String) -> [UInt8] {
            var graph = ModelWriter()
            graph.node("Abs", ["a"], ["inner"])
            graph.node(type, ["inner", "total"], ["result"])
            graph.output("result", .fp32, [2, 2])
            return graph.graphBytes
        }
        let model = try Self.model(functionOpset: 11) { function in
            Self.node(&function, "ReduceSum", ["a"], ["total"], ["keepdims": .int(0)])
            Self.node(&function, "Constant", [], ["zero"], ["value": .tensor(Tensor([0] as [Float], shape: []))])
            Self.node(&function, "Greater", ["total", "zero"], ["isPositive"])
            function.field(7) { node in
                ModelWriter.write("If", ["isPositive"], ["b"], [:], "", "", into: &node)
                for (key, type) in [("then_branch", "Add"), ("else_branch", "Sub")] {
                    node.field(5) {
                        $0.field(1, text: key)
                        $0.field(6, bytes: branch(type))
                        $0.field(20, int: 5)
                    }
                }
            }
        }
        let x = Tensor([sign, sign * 2, sign * 3, sign * 4], shape: [2, 2])
        #expect(try model.run(["x": x])["y"]?.elements(as: Float.self) == [11, 12, 13, 14])
    }

    @Test("a function that calls itself is refused") func recursion() {
        let error = #expect(throws: InferError.self) {
            try Self.model(functionOpset: 18) { function in
                function.field(7) { ModelWriter.write("f", ["a"], ["b"], [:], "", "local", into: &$0) }
            }
        }
        #expect(error?.message.contains("nested more than 32 deep") ?? false, "\(error?.message ?? "")")
    }

    @Test("a name that the function does not make is refused by name") func unknownName() {
        let error = #expect(throws: InferError.self) {
            try Self.model(functionOpset: 18) { Self.node(&$0, "Neg", ["elsewhere"], ["b"]) }
        }
        #expect(error?.message.contains("'elsewhere'") ?? false, "\(error?.message ?? "")")
    }

    @Test("an output that the caller leaves out may be used inside") func outputLeftOut() throws {
        var writer = ModelWriter(opset: 18)
        writer.opsets.append(("local", 1))
        writer.input("x", .fp32, [2, 2])
        writer.node("f", ["x"], ["", "y"], name: "call", domain: "local")
        writer.output("y", .fp32, [2, 2])
        writer.extra.field(25) { function in
            function.field(1, text: "f")
            function.field(4, text: "a")
            for output in ["b", "c"] { function.field(5, text: output) }
            Self.node(&function, "Exp", ["a"], ["b"])
            Self.node(&function, "Log", ["b"], ["d"])
            Self.node(&function, "Neg", ["d"], ["c"])
            function.field(9) { $0.field(2, int: 18) }
            function.field(10, text: "local")
        }
        let y = try #require(try Model(data: writer.bytes()).run(["x": Self.x])["y"]).elements(as: Float.self)
        for (received, expected) in zip(y, [-1, -2, -3, -4] as [Float]) { #expect(abs(received - expected) < 1e-5) }
    }

    @Test("functions of one name are told apart by their overload") func overloads() throws {
        var writer = ModelWriter(opset: 18)
        writer.opsets.append(("local", 1))
        writer.input("x", .fp32, [2, 2])
        for (overload, type) in [("", "Neg"), ("doubled", "Identity"), ("third", "Abs")] {
            var node = MessageWriter()
            ModelWriter.write("f", ["x"], ["y\(overload)"], [:], "call\(overload)", "local", into: &node)
            if !overload.isEmpty { node.field(8, text: overload) }
            writer.graphField(1, bytes: node.bytes)
            writer.output("y\(overload)", .fp32, [2, 2])
            writer.extra.field(25) { function in
                function.field(1, text: "f")
                function.field(4, text: "a")
                function.field(5, text: "b")
                if type == "Identity" {
                    Self.node(&function, "Add", ["a", "a"], ["b"])
                } else {
                    Self.node(&function, type, ["a"], ["b"])
                }
                function.field(9) { $0.field(2, int: 18) }
                function.field(10, text: "local")
                if !overload.isEmpty { function.field(13, text: overload) }
            }
        }
        let outputs = try Model(data: writer.bytes()).run(["x": Self.x])
        #expect(outputs["y"]?.elements(as: Float.self) == [-1, -2, -3, -4])
        #expect(outputs["ydoubled"]?.elements(as: Float.self) == [2, 4, 6, 8])
        #expect(outputs["ythird"]?.elements(as: Float.self) == [1, 2, 3, 4])
    }
}
