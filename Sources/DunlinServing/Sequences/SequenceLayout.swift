import DunlinBytes
import DunlinInference
import DunlinTensor

/// Which of a model's inputs the client brings, which tell of the sequence and which carry its state; and which outputs
/// are for whom.
struct SequenceLayout: Sendable {
    private enum Source: Sendable {
        /// By place among the client's inputs.
        case client(Int)
        case flag(ModelConfiguration.SequenceControl.Kind, off: Tensor, on: Tensor)
        case id(DataType, Shape)
        /// By place among the states.
        case state(Int)
    }

    /// The inputs and outputs that clients see.
    let signature: ModelSignature
    /// What a sequence begins with, by state.
    let initialStates: [Tensor]
    private let model: ModelSignature
    /// By the model's inputs.
    private let sources: [Source]
    /// Places among the model's outputs.
    private let clientOutputs: [Int]
    private let stateOutputs: [Int]
    /// By state: the input's shape.
    private let stateShapes: [[Int]]

    /// - Parameter initialState: Reads a file of `initial_state`.
    /// - Throws: `.invalidArgument` that names the control or state that does not fit the model.
    init(
        _ model: ModelSignature, _ configuration: ModelConfiguration, _ batching: ModelConfiguration.SequenceBatching,
        initialState: (String) throws(InferError) -> Bytes
    ) throws(InferError) {
        self.model = model
        let isBatched = (configuration.maxBatchSize ?? 0) > 0
        var special: [String: Source] = [:]
        for control in batching.controls {
            let input = try Self.tensor(
                control.name, model.inputs, control.dataType, place: "control_input '\(control.name)'")
            let shape = Shape(input.shape.map { max($0, 1) })
            guard Shape.elementCount(of: shape.dimensions) == 1, !isBatched || input.shape.first == -1 else {
                throw Self.error(
                    "control_input '\(control.name)': the model's input has shape \(Self.text(input.shape)); it must "
                        + "hold one element\(isBatched ? " for each row of a batch" : "")")
            }
            special[control.name] =
                control.kind == .correlationID
                ? .id(control.dataType, shape)
                : .flag(
                    control.kind, off: Self.scalar(control.falseValue, control.dataType, shape),
                    on: Self.scalar(control.trueValue, control.dataType, shape))
        }
        var initial: [Tensor] = []
        var outputs: [Int] = []
        var shapes: [[Int]] = []
        for state in batching.states {
            let place = "state '\(state.inputName)'"
            guard special[state.inputName] == nil else { throw Self.error("\(place) is a control_input as well") }
            let wanted = (isBatched ? [-1] : []) + state.dimensions
            let input = try Self.tensor(state.inputName, model.inputs, state.dataType, place: place)
            let output = try Self.tensor(
                state.outputName, model.outputs, state.dataType, place: "\(place): output_name")
            for tensor in [input, output] where !Self.agree(wanted, tensor.shape) {
                throw Self.error(
                    "\(place): its shape is \(Self.text(wanted))\(isBatched ? " with the batch dimension" : ""), that of "
                        + "'\(tensor.name)' of the model \(Self.text(tensor.shape))")
            }
            initial.append(try Self.initial(state, isBatched: isBatched, place: place, initialState))
            special[state.inputName] = .state(shapes.count)
            outputs.append(model.outputs.firstIndex { $0.name == state.outputName } ?? 0)
            shapes.append(zip(wanted, input.shape).map { $0 == -1 ? $1 : $0 })
        }
        initialStates = initial
        stateOutputs = outputs
        stateShapes = shapes
        var clients: [TensorMetadata] = []
        sources = model.inputs.map { input in
            if let source = special[input.name] { return source }
            clients.append(input)
            return .client(clients.count - 1)
        }
        // A state that the configuration lists as an output is one.
        let listed = Set(configuration.outputs.map(\.name))
        let visible = model.outputs.indices.filter {
            !outputs.contains($0) || listed.contains(model.outputs[$0].name)
        }
        clientOutputs = visible
        signature = ModelSignature(inputs: clients, outputs: visible.map { model.outputs[$0] })
    }

    // MARK: Requests

    /// The model's inputs for one request, in the model's order.
    ///
    /// - Throws: `.invalidArgument` when the id is not of the datatype the model takes.
    func inputs(
        _ client: [NamedTensor], _ parameters: SequenceParameters, states: [Tensor], model name: String
    ) throws(InferError) -> [NamedTensor] {
        var inputs: [NamedTensor] = []
        inputs.reserveCapacity(sources.count)
        for (index, source) in sources.enumerated() {
            let tensor: Tensor
            switch source {
            case .client(let place): tensor = client[place].tensor
            case .state(let place): tensor = states[place]
            case .flag(.start, let off, let on): tensor = parameters.starts ? on : off
            case .flag(.end, let off, let on): tensor = parameters.ends ? on : off
            // Rows without a request are never made.
            case .flag(_, _, let on): tensor = on
            case .id(let type, let shape):
                guard let id = Self.tensor(parameters.id, type, shape) else {
                    let kind: String = if case .text = parameters.id { "BYTES" } else { "UINT64" }
                    throw InferError(
                        .invalidArgument,
                        "sequence batching control '\(model.inputs[index].name)' data-type is '\(kind)', but model "
                            + "'\(name)' expects '\(type)' (sequence_id is '\(parameters.id)')")
                }
                tensor = id
            }
            inputs.append(NamedTensor(model.inputs[index].name, tensor))
        }
        return inputs
    }

    /// The model's outputs, for the client and for the sequence's next request.
    ///
    /// - Throws: `.internal` when a state is not what the model takes.
    func split(
        _ outputs: [NamedTensor], model name: String
    ) throws(InferError) -> (outputs: [NamedTensor], states: [Tensor]) {
        guard outputs.count == model.outputs.count else {
            throw InferError(
                .internal, "model '\(name)' gave \(outputs.count) outputs instead of \(model.outputs.count)")
        }
        var states: [Tensor] = []
        states.reserveCapacity(stateOutputs.count)
        for (state, place) in stateOutputs.enumerated() {
            let tensor = outputs[place].tensor
            let given = tensor.shape.dimensions
            let wanted = stateShapes[state]
            guard tensor.dataType == initialStates[state].dataType, given.count == wanted.count,
                zip(given, wanted).allSatisfy({ $0 == $1 || $1 == -1 })
            else {
                throw InferError(
                    .internal,
                    "model '\(name)' gave state '\(outputs[place].name)' as \(tensor.dataType) \(tensor.shape); its input "
                        + "takes \(initialStates[state].dataType) \(Self.text(wanted))")
            }
            states.append(tensor)
        }
        return (clientOutputs.map { outputs[$0] }, states)
    }

    // MARK: Tensors

    private static func scalar(_ value: Double, _ type: DataType, _ shape: Shape) -> Tensor {
        switch type {
        case .int32: Tensor([Int32(value)], shape: shape)
        case .bool: Tensor([value != 0], shape: shape)
        default: Tensor([Float(value)], shape: shape)
        }
    }

    private static func tensor(_ id: SequenceID, _ type: DataType, _ shape: Shape) -> Tensor? {
        switch (id, type) {
        case (.text(let text), .bytes): Tensor(strings: [text], shape: shape)
        case (.number(let number), .uint64): Tensor([number], shape: shape)
        case (.number(let number), .int64): Int64(exactly: number).map { Tensor([$0], shape: shape) }
        case (.number(let number), .uint32): UInt32(exactly: number).map { Tensor([$0], shape: shape) }
        case (.number(let number), .int32): Int32(exactly: number).map { Tensor([$0], shape: shape) }
        default: nil
        }
    }

    private static func initial(
        _ state: ModelConfiguration.SequenceState, isBatched: Bool, place: String,
        _ initialState: (String) throws(InferError) -> Bytes
    ) throws(InferError) -> Tensor {
        let shape = Shape((isBatched ? [1] : []) + state.initialDimensions)
        // Empty strings are zeros too: a length of four bytes each.
        let (byteCount, isTooMuch) = (Shape.elementCount(of: shape.dimensions) ?? .max).multipliedReportingOverflow(
            by: state.dataType.byteCount ?? 4)
        guard !isTooMuch, byteCount <= ModelRepository.maxInitialStateByteCount else {
            throw error(
                "\(place): its first value (dims, or dims of initial_state: \(text(state.initialDimensions))) would be "
                    + "larger than \(ModelRepository.maxInitialStateByteCount) bytes")
        }
        switch state.initial {
        case .zeros:
            let zeros = Bytes(uninitializedCount: byteCount) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
            return Tensor(dataType: state.dataType, shape: shape, bytes: zeros)
        case .file(let name):
            let bytes = try initialState(name)
            guard let tensor = Tensor(checking: state.dataType, shape: shape, bytes: bytes) else {
                throw error(
                    "\(place): data_file '\(name)' has \(bytes.count) bytes, which are no \(state.dataType) "
                        + text(shape.dimensions))
            }
            return tensor
        }
    }

    private static func tensor(
        _ name: String, _ tensors: [TensorMetadata], _ type: DataType, place: String
    ) throws(InferError) -> TensorMetadata {
        guard let found = tensors.first(where: { $0.name == name }) else {
            let names = tensors.map { "'\($0.name)'" }.joined(separator: ", ")
            throw error("\(place): the model has no '\(name)', only \(names)")
        }
        guard found.dataType == type else {
            throw error("\(place): the configuration says \(type), the model \(found.dataType)")
        }
        return found
    }

    private static func agree(_ left: [Int], _ right: [Int]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || $0 == -1 || $1 == -1 }
    }

    private static func text(_ shape: [Int]) -> String { "[" + shape.map(String.init).joined(separator: ",") + "]" }

    private static func error(_ message: String) -> InferError {
        InferError(.invalidArgument, "sequence_batching: \(message)")
    }
}
