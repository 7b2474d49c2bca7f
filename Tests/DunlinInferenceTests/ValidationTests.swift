import DunlinInference
import DunlinTensor
import Testing

@Suite struct ValidationTests {
    static let signature = ModelSignature(
        inputs: [
            TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2]),
            TensorMetadata(name: "y", dataType: .int64, shape: [1]),
        ], outputs: [])

    private func request(_ inputs: [NamedTensor]) -> InferRequest { InferRequest(model: "m", inputs: inputs) }
    private let x = NamedTensor("x", Tensor([Float(1), 2], shape: [1, 2]))
    private let y = NamedTensor("y", Tensor([Int64(1)], shape: [1]))

    @Test func inputsComeInTheModelsOrder() throws {
        #expect(try request([y, x]).inputs(checkedAgainst: Self.signature).map(\.name) == ["x", "y"])
        #expect(try request([x, y]).inputs(checkedAgainst: Self.signature).map(\.name) == ["x", "y"])
    }

    private func message(_ inputs: [NamedTensor]) -> String {
        do {
            _ = try request(inputs).inputs(checkedAgainst: Self.signature)
            return "accepted"
        } catch { return error.message }
    }

    @Test func eachFaultNamesTheInput() {
        #expect(message([x]) == "model 'm' expects 2 inputs but got 1: missing ['y'], got ['x']")
        #expect(
            message([x, y, NamedTensor("z", x.tensor)]) == "model 'm' has no input ['z']; its inputs are ['x', 'y']")
        #expect(message([x, y, x]) == "model 'm': an input is given more than once in ['x', 'y', 'x']")
        #expect(
            message([NamedTensor("x", Tensor([Float(1)], shape: [1])), y])
                == "input 'x': expected shape [-1,2], received [1]")
        #expect(
            message([NamedTensor("x", Tensor([Float(1)], shape: [1, 1])), y])
                == "input 'x': expected shape [-1,2], received [1,1]")
        #expect(
            message([NamedTensor("x", Tensor([Double(1), 2], shape: [1, 2])), y])
                == "input 'x': expected datatype FP32, received FP64")
    }

    @Test func variadicModelsTakeAnyNamesOfTheirDatatype() throws {
        let echo = ModelSignature(
            inputs: [TensorMetadata(name: "", dataType: .int64, shape: [-1])], outputs: [], isVariadic: true)
        #expect(try request([y, y]).inputs(checkedAgainst: echo).count == 2)
        #expect(throws: InferError.self) { try request([x]).inputs(checkedAgainst: echo) }
        #expect(throws: InferError.self) { try request([]).inputs(checkedAgainst: echo) }
    }
}
