import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `RNN`, `GRU` and `LSTM`: a cell that is stepped along a sequence, in one direction or in both.
///
/// Inputs: X `[S, B, I]`, W `[D, G·H, I]`, R `[D, G·H, H]`, bias `[D, 2·G·H]`, sequence_lens `[B]`, initial_h
/// `[D, B, H]`; LSTM also initial_c `[D, B, H]` and P `[D, 3·H]`. Outputs: Y `[S, D, B, H]`, Y_h and (LSTM) Y_c
/// `[D, B, H]`. With `layout` 1 the batch axis comes first in X, Y and the states. S: steps, B: batch, I: input size,
/// H: hidden size, D: directions, G: gates.
struct Recurrent: Operator {
    /// What one step computes.
    enum Cell: Sendable {
        case rnn
        case gru(isLinearBeforeReset: Bool)
        /// - Parameter couplesForget: Whether the forget gate is 1 minus the input gate.
        case lstm(couplesForget: Bool)

        /// Blocks of H rows in W and R.
        var gateCount: Int {
            switch self {
            case .rnn: 1
            case .gru: 3
            case .lstm: 4
            }
        }

        var activations: [String] {
            switch self {
            case .rnn: ["Tanh"]
            case .gru: ["Sigmoid", "Tanh"]
            case .lstm: ["Sigmoid", "Tanh", "Tanh"]
            }
        }

        var isLSTM: Bool { if case .lstm = self { true } else { false } }
    }

    let cell: Cell
    /// One entry for each direction: whether it walks from the end.
    let isReverse: [Bool]
    /// For each direction the cell's activations.
    let activations: [[RecurrentActivation]]
    /// Bound of what goes into the activations; `nil` for none.
    let clip: Float?
    let isBatchFirst: Bool
    let hiddenSize: Int?
    /// Whether the weights are 8-bit integers: `DynamicQuantizeLSTM`.
    private(set) var isQuantized = false
    private var packed: [RecurrentWeights]?

    static func rnn(_ node: Node) throws(InferError) -> any Operator { try Recurrent(node, .rnn) }

    static func gru(_ node: Node) throws(InferError) -> any Operator {
        try Recurrent(node, .gru(isLinearBeforeReset: node.bool("linear_before_reset", default: false)))
    }

    static func lstm(_ node: Node) throws(InferError) -> any Operator {
        try Recurrent(node, .lstm(couplesForget: node.bool("input_forget", default: false)))
    }

    static func dynamicQuantizeLSTM(_ node: Node) throws(InferError) -> any Operator {
        try node.requireInputs([8, 9, 10, 11])
        guard try !node.bool("layout", default: false) else {
            throw InferError(.unsupported, "attribute 'layout' is 1; supported: 0")
        }
        var recurrent = try Recurrent(node, .lstm(couplesForget: node.bool("input_forget", default: false)))
        recurrent.isQuantized = true
        return recurrent
    }

    private init(_ node: Node, _ cell: Cell) throws(InferError) {
        self.cell = cell
        let direction = try node.string("direction", default: "forward")
        switch direction.lowercased() {
        case "forward": isReverse = [false]
        case "reverse": isReverse = [true]
        case "bidirectional": isReverse = [false, true]
        default:
            throw InferError(
                .invalidArgument,
                "attribute 'direction' is '\(direction)', expected forward, reverse or bidirectional")
        }
        let names = try node.strings("activations") ?? isReverse.flatMap { _ in cell.activations }
        let perDirection = cell.activations.count
        guard names.count == perDirection * isReverse.count else {
            throw InferError(
                .invalidArgument,
                "attribute 'activations' has \(names.count) names, expected \(perDirection * isReverse.count)")
        }
        var parameters = RecurrentActivation.Parameters(
            alphas: try node.floats("activation_alpha")?[...] ?? [],
            betas: try node.floats("activation_beta")?[...] ?? [])
        var functions: [RecurrentActivation] = []
        for name in names { functions.append(try RecurrentActivation(name, &parameters)) }
        activations = isReverse.indices.map { Array(functions[$0 * perDirection..<($0 + 1) * perDirection]) }
        clip = try node.float("clip")
        if let clip, !(clip >= 0) { throw InferError(.invalidArgument, "attribute 'clip' is \(clip), less than 0") }
        isBatchFirst = try node.bool("layout", default: false)
        hiddenSize = try node.int("hidden_size")
        if let hiddenSize, hiddenSize < 1 {
            throw InferError(.invalidArgument, "attribute 'hidden_size' is \(hiddenSize), less than 1")
        }
    }

    var packedInputs: [Int] { packed == nil ? [] : [1, 2] }

    var memoryByteCount: Int { packed?.reduce(0) { $0 + $1.byteCount } ?? 0 }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: isQuantized ? [.fp32] : DataType.floats)
        for index in isQuantized ? [3, 5, 6, 7] : [1, 2, 3, 5, 6, 7] where inputs.optional(index) != nil {
            try inputs.requireSameType(0, index)
        }
        if inputs.optional(4) != nil { try inputs.require(4, isOneOf: [.int32]) }
        let extents = try RecurrentExtents(self, inputs)
        if isQuantized { try QuantizedRecurrence.check(inputs, extents) }
        let states = TensorFact(inputs[0].dataType, extents.states(isBatchFirst))
        let sequence = TensorFact(inputs[0].dataType, extents.sequence(isBatchFirst))
        return cell.isLSTM ? [sequence, states, states] : [sequence, states]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard let w = inputs[1].constant, let r = inputs[2].constant else { return self }
        let extents = try RecurrentExtents(self, inputs)
        var prepared = self
        switch inputs[0].dataType {
        case .fp32 where isQuantized:
            guard let constants = ConstantParameters(inputs, QuantizedRecurrence.parameters) else { return self }
            prepared.packed = w.bytes.withUnsafeBytes { w in
                r.bytes.withUnsafeBytes { r in
                    isReverse.indices.map {
                        QuantizedRecurrence.weights(
                            inputs, extents, constants, w.assumingMemoryBound(to: UInt8.self),
                            r.assumingMemoryBound(to: UInt8.self), direction: $0)
                    }
                }
            }
        case .fp32: prepared.packed = pack(w, r, extents, Float.self)
        case .fp64: prepared.packed = pack(w, r, extents, Double.self)
        default: return self
        }
        return prepared
    }

    private func pack<Number: RecurrentNumber & TensorElement>(
        _ w: Tensor, _ r: Tensor, _ extents: RecurrentExtents, _ type: Number.Type
    ) -> [RecurrentWeights] {
        w.withElements(as: type) { w in
            r.withElements(as: type) { r in
                isReverse.indices.map { RecurrentWeights(cell, extents, w, r, direction: $0) }
            }
        }
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let extents = try RecurrentExtents(self, inputs)
        if inputs[0].dataType == .fp64 { return kernel(RecurrentRun<Double>(self, extents, packed)) }
        return kernel(RecurrentRun<Float>(self, extents, packed, quantized: isQuantized ? inputs : nil))
    }

    private func kernel<Number>(_ run: RecurrentRun<Number>) -> Kernel {
        Kernel(scratchByteCount: run.scratchByteCount) { (buffers) throws(InferError) in
            try run.callAsFunction(buffers)
        }
    }
}
