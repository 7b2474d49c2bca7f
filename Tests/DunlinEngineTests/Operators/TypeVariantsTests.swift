import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// Datatypes and shapes that exporters make of operators, beyond what ONNX's own cases have.
@Suite struct TypeVariantsTests {
    private func run(
        _ type: String, opset: Int, _ inputs: [(String, Tensor)], _ output: Tensor,
        _ attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:], isOpen: Bool = false
    ) throws -> Tensor {
        var writer = ModelWriter(opset: opset)
        for (name, tensor) in inputs {
            writer.input(
                name, tensor.dataType, isOpen ? tensor.shape.dimensions.map { _ in -1 } : tensor.shape.dimensions)
        }
        writer.output("y", output.dataType, output.shape.dimensions.map { _ in -1 })
        writer.node(type, inputs.map(\.0), ["y"], attributes)
        let outputs = try Model(data: writer.bytes()).run(Dictionary(uniqueKeysWithValues: inputs))
        return try #require(outputs["y"])
    }

    struct Reduced: CustomTestStringConvertible {
        let type: String
        let expected: [Float]
        var testDescription: String { type }
    }

    @Test(
        "a reduction over no axes is applied to each element",
        arguments: [
            Reduced(type: "ReduceSum", expected: [-3, 2]), Reduced(type: "ReduceMax", expected: [-3, 2]),
            Reduced(type: "ReduceL1", expected: [3, 2]), Reduced(type: "ReduceL2", expected: [3, 2]),
            Reduced(type: "ReduceSumSquare", expected: [9, 4]), Reduced(type: "ReduceLogSumExp", expected: [-3, 2]),
        ])
    func reducesNothing(row: Reduced) throws {
        let input = Tensor([-3, 2] as [Float], shape: [2])
        let output = try run(row.type, opset: 18, [("x", input)], input, ["noop_with_empty_axes": .int(1)])
        #expect(output.elements(as: Float.self) == row.expected)
    }

    @Test("the logarithm of no sum") func logarithm() throws {
        let input = Tensor([1, 2.7182817] as [Float], shape: [2])
        let output = try run("ReduceLogSum", opset: 18, [("x", input)], input, ["noop_with_empty_axes": .int(1)])
        #expect(TensorComparison.difference(output, Tensor([0, 1] as [Float], shape: [2])) == nil)
    }

    @Test("the different numbers of FP16") func uniqueHalves() throws {
        let input = Tensor([2, -1, 2, 0.5, -1] as [Float16], shape: [5])
        let output = try run("Unique", opset: 11, [("x", input)], input)
        #expect(output.elements(as: Float16.self) == [-1, 0.5, 2])
    }

    @Test("any and all of truth values", arguments: [("ReduceMax", [true, false]), ("ReduceMin", [true, false])])
    func reducesTruth(type: String, expected: [Bool]) throws {
        let rows = type == "ReduceMax" ? [false, true, false, false] : [true, true, true, false]
        let output = try run(
            type, opset: 20,
            [("x", Tensor(rows, shape: [2, 2])), ("axes", Tensor([1] as [Int64], shape: [1]))],
            Tensor(expected, shape: [2]), ["keepdims": .int(0)])
        #expect(output.elements(as: Bool.self) == expected)
    }

    @Test(
        "scattered truth values stay truth values",
        arguments: [
            ("none", [false, true]), ("add", [true, true]), ("max", [true, true]), ("mul", [false, true]),
            ("min", [false, true]),
        ])
    func scattersTruth(reduction: String, expected: [Bool]) throws {
        let data = Tensor([true, true], shape: [2])
        let updates = Tensor([false, true], shape: [2])
        let elements = try run(
            "ScatterElements", opset: 18,
            [("x", data), ("i", Tensor([0, 1] as [Int64], shape: [2])), ("u", updates)], data,
            ["reduction": .text(reduction)])
        #expect(elements.elements(as: Bool.self) == expected)
        let rows = try run(
            "ScatterND", opset: 18,
            [("x", data), ("i", Tensor([0, 1] as [Int64], shape: [2, 1])), ("u", updates)], data,
            ["reduction": .text(reduction)])
        #expect(rows.elements(as: Bool.self) == expected)
    }

    @Test("a batch normalization in FP64") func normalizesDoubles() throws {
        let input = Tensor([1, 2, 3, 4] as [Double], shape: [1, 2, 2])
        let channel = { (a: Double, b: Double) in Tensor([a, b], shape: [2]) }
        let output = try run(
            "BatchNormalization", opset: 15,
            [
                ("x", input), ("s", channel(2, 1)), ("b", channel(0, 1)), ("m", channel(1, 0)), ("v", channel(4, 1)),
            ], input, ["epsilon": .float(0)])
        #expect(output.elements(as: Double.self) == [0, 1, 4, 5])
    }

    @Test("convolutions whose weights' shape only the request tells", arguments: ["Conv", "ConvTranspose"])
    func openWeights(type: String) throws {
        let input = Tensor([1, 2, 3, 4] as [Float], shape: [1, 2, 2])
        let weights = Tensor([1, 10] as [Float], shape: [2, 1, 1])
        let output = try run(
            type, opset: 11, [("x", input), ("w", weights)], input, ["group": .int(2)], isOpen: true)
        #expect(output.shape == [1, 2, 2])
        #expect(output.elements(as: Float.self) == [1, 2, 30, 40])
    }
}
