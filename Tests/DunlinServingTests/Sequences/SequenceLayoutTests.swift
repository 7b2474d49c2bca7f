import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct SequenceLayoutTests {
    private func control(
        _ name: String, _ kind: ModelConfiguration.SequenceControl.Kind, _ type: DataType, off: Double = 0,
        on: Double = 1
    ) -> ModelConfiguration.SequenceControl {
        var control = ModelConfiguration.SequenceControl()
        (control.name, control.kind, control.dataType) = (name, kind, type)
        (control.falseValue, control.trueValue) = (off, on)
        return control
    }

    private func state(_ dimensions: [Int] = [2]) -> ModelConfiguration.SequenceState {
        var state = ModelConfiguration.SequenceState()
        (state.inputName, state.outputName) = ("in", "out")
        state.dimensions = dimensions
        state.initialDimensions = dimensions.map { max($0, 1) }
        return state
    }

    private let model = ModelSignature(
        inputs: [
            TensorMetadata(name: "start", dataType: .int32, shape: [-1, 1]),
            TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2]),
            TensorMetadata(name: "in", dataType: .fp32, shape: [-1, 2]),
            TensorMetadata(name: "end", dataType: .bool, shape: [-1]),
            TensorMetadata(name: "ready", dataType: .fp32, shape: [-1, 1]),
            TensorMetadata(name: "id", dataType: .uint32, shape: [-1, 1]),
        ],
        outputs: [
            TensorMetadata(name: "out", dataType: .fp32, shape: [-1, 2]),
            TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 2]),
        ])

    private func batching() -> ModelConfiguration.SequenceBatching {
        var batching = ModelConfiguration.SequenceBatching()
        batching.controls = [
            control("start", .start, .int32, off: 5, on: 6), control("end", .end, .bool),
            control("ready", .ready, .fp32), control("id", .correlationID, .uint32),
        ]
        batching.states = [state()]
        return batching
    }

    private func layout(
        _ batching: ModelConfiguration.SequenceBatching, visible: [String] = []
    ) throws -> SequenceLayout {
        var configuration = ModelConfiguration()
        configuration.maxBatchSize = 4
        configuration.outputs = visible.map { name in
            var tensor = ModelConfiguration.ConfiguredTensor()
            tensor.name = name
            return tensor
        }
        return try SequenceLayout(model, configuration, batching) { (file) throws(InferError) in
            file == "two" ? Tensor([3, 4] as [Float], shape: [2]).bytes : Bytes("odd")
        }
    }

    @Test func clientsSeeWhatIsTheirs() throws {
        #expect(try layout(batching()).signature.inputs.map(\.name) == ["x"])
        #expect(try layout(batching()).signature.outputs.map(\.name) == ["y"])
        #expect(try layout(batching(), visible: ["y", "out"]).signature.outputs.map(\.name) == ["out", "y"])
    }

    @Test func makesTheModelsInputs() throws {
        let layout = try layout(batching())
        let client = [NamedTensor("x", Tensor([1, 2] as [Float], shape: [1, 2]))]
        let first = try SequenceParameters(["sequence_id": .int(9), "sequence_start": .bool(true)], model: "m")
        let inputs = try layout.inputs(client, first, states: layout.initialStates, model: "m")
        #expect(inputs.map(\.name) == ["start", "x", "in", "end", "ready", "id"])
        #expect(inputs[0].tensor.elements(as: Int32.self) == [6])
        #expect(inputs[0].tensor.shape == [1, 1])
        #expect(inputs[1].tensor.elements(as: Float.self) == [1, 2])
        #expect(inputs[2].tensor.elements(as: Float.self) == [0, 0])
        #expect(inputs[2].tensor.shape == [1, 2])
        #expect(inputs[3].tensor.elements(as: Bool.self) == [false])
        #expect(inputs[3].tensor.shape == [1])
        #expect(inputs[4].tensor.elements(as: Float.self) == [1])
        #expect(inputs[5].tensor.elements(as: UInt32.self) == [9])
        let last = try SequenceParameters(["sequence_id": .int(9), "sequence_end": .bool(true)], model: "m")
        let others = try layout.inputs(client, last, states: [client[0].tensor], model: "m")
        #expect(others[0].tensor.elements(as: Int32.self) == [5])
        #expect(others[2].tensor.elements(as: Float.self) == [1, 2])
        #expect(others[3].tensor.elements(as: Bool.self) == [true])
    }

    @Test(
        "an id must be of the control's datatype",
        arguments: [
            (Parameter.string("a"), "data-type is 'BYTES', but model 'm' expects 'UINT32' (sequence_id is 'a')"),
            (.int(1 << 32), "data-type is 'UINT64', but model 'm' expects 'UINT32' (sequence_id is '4294967296')"),
        ])
    func anIDMustFit(id: Parameter, message: String) throws {
        let layout = try layout(batching())
        let parameters = try SequenceParameters(["sequence_id": id], model: "m")
        let client = [NamedTensor("x", Tensor([1, 2] as [Float], shape: [1, 2]))]
        let error = #expect(throws: InferError.self) {
            try layout.inputs(client, parameters, states: layout.initialStates, model: "m")
        }
        #expect(error?.message == "sequence batching control 'id' \(message)")
    }

    @Test func aStateMayBeginAsAFileSays() throws {
        var batching = batching()
        batching.states[0].initial = .file("two")
        #expect(try layout(batching).initialStates[0].elements(as: Float.self) == [3, 4])
        batching.states[0].initial = .file("odd")
        #expect(
            throws: InferError(
                .invalidArgument,
                "sequence_batching: state 'in': data_file 'odd' has 3 bytes, which are no FP32 [1,2]")
        ) { try layout(batching) }
    }

    @Test(
        "refuses a first value of more bytes than there may be",
        arguments: [
            ([4_294_967_296, 4_294_967_296, 1], ModelConfiguration.SequenceState.Initial.zeros),
            ([8, .max, 64], .zeros), ([8, .max, 64], .file("two")), ([.max, 1, 1], .zeros),
            ([1, 1, ModelRepository.maxInitialStateByteCount / 4 + 1], .zeros),
        ])
    func refusesAFirstValueThatIsTooLarge(dims: [Int], initial: ModelConfiguration.SequenceState.Initial) {
        let large = ModelSignature(
            inputs: [TensorMetadata(name: "in", dataType: .fp32, shape: [-1, -1, -1, -1])],
            outputs: [TensorMetadata(name: "out", dataType: .fp32, shape: [-1, -1, -1, -1])])
        var configuration = ModelConfiguration()
        configuration.maxBatchSize = 4
        var batching = ModelConfiguration.SequenceBatching()
        batching.states = [state(dims)]
        batching.states[0].initial = initial
        let error = #expect(throws: InferError.self) {
            _ = try SequenceLayout(large, configuration, batching) { (_) throws(InferError) in Bytes() }
        }
        let text = dims.map(String.init).joined(separator: ",")
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message
                == "sequence_batching: state 'in': its first value (dims, or dims of initial_state: [\(text)]) would be "
                + "larger than \(ModelRepository.maxInitialStateByteCount) bytes")
    }

    @Test func aControlOfMoreElementsThanThereAreNumbersIsRefused() {
        var large = model
        large.inputs[0].shape = [-1, 1 << 62, 1 << 62]
        var configuration = ModelConfiguration()
        configuration.maxBatchSize = 4
        let error = #expect(throws: InferError.self) {
            _ = try SequenceLayout(large, configuration, batching()) { (_) throws(InferError) in Bytes() }
        }
        #expect(error?.message.contains("control_input 'start': the model's input has shape [-1,") == true)
    }

    struct Refusal: CustomTestStringConvertible {
        var message: String
        var change: @Sendable (inout ModelConfiguration.SequenceBatching) -> Void
        var testDescription: String { message }

        init(_ message: String, _ change: @escaping @Sendable (inout ModelConfiguration.SequenceBatching) -> Void) {
            self.message = message
            self.change = change
        }
    }

    @Test(
        "names the control or state that does not fit",
        arguments: [
            Refusal("control_input 'lost': the model has no 'lost', only 'start', 'x'") {
                $0.controls[0].name = "lost"
            },
            Refusal("control_input 'start': the configuration says FP32, the model INT32") {
                $0.controls[0].dataType = .fp32
            },
            Refusal("control_input 'ready': the model's input has shape [-1,2]; it must hold one element for each row")
            {
                $0.controls[0].name = "x"
                $0.controls[0].dataType = .fp32
            },
            Refusal("state 'x': output_name: the model has no 'lost', only 'out', 'y'") {
                $0.states[0].inputName = "x"
                $0.states[0].outputName = "lost"
            },
            Refusal("state 'in': its shape is [-1,3] with the batch dimension, that of 'in' of the model [-1,2]") {
                $0.states[0].dimensions = [3]
            },
            Refusal("state 'start' is a control_input as well") { $0.states[0].inputName = "start" },
        ])
    func namesWhatDoesNotFit(row: Refusal) {
        var batching = batching()
        row.change(&batching)
        let error = #expect(throws: InferError.self) { try layout(batching) }
        let expected = row.message.replacing(
            "control_input 'ready': the model's", with: "control_input 'x': the model's")
        #expect(error?.message.hasPrefix("sequence_batching: \(expected)") == true, "\(error?.message ?? "")")
    }

    @Test func aStateThatTheModelWouldNotTakeBackIsAnError() throws {
        let layout = try layout(batching())
        let good = Tensor([1, 2] as [Float], shape: [1, 2])
        let bad = Tensor([1, 2, 3] as [Float], shape: [1, 3])
        #expect(try layout.split([NamedTensor("out", good), NamedTensor("y", bad)], model: "m").states.count == 1)
        #expect(
            throws: InferError(
                .internal, "model 'm' gave state 'out' as FP32 [1,3]; its input takes FP32 [-1,2]")
        ) { try layout.split([NamedTensor("out", bad), NamedTensor("y", good)], model: "m") }
        #expect(throws: InferError(.internal, "model 'm' gave 1 outputs instead of 2")) {
            try layout.split([NamedTensor("out", good)], model: "m")
        }
    }
}
