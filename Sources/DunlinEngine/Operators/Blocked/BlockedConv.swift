import DunlinInference
import DunlinKernels
import DunlinTensor

/// A convolution between blocked images, `[batch, blocks, height, width, lanes]`; only `ChannelBlocking` makes it.
///
/// Inputs: the image (blocked, or `[batch, channels, height, width]` with the planar form) and, where `hasResidual`, a
/// blocked image that is added before the activation. The weights are in the operator.
struct BlockedConv: Operator {
    let window: Window
    let form: BlockedConvolution.Form
    /// What `prepare` packs and then lets go, where no other window can be needed.
    private var weights: Tensor?
    private var bias: Tensor?
    private let weightShape: Shape
    /// What rounds the weights, where the model asks for it.
    private var bf16: BF16Kernels?
    var activation: UnaryFunction
    private(set) var hasResidual: Bool
    private var packed: PackedConvolution?

    init(
        window: Window, form: BlockedConvolution.Form, weights: Tensor, bias: Tensor?, activation: UnaryFunction,
        hasResidual: Bool
    ) {
        self.window = window
        self.form = form
        self.weights = weights
        weightShape = weights.shape
        self.bias = bias
        self.activation = activation
        self.hasResidual = hasResidual
    }

    /// The same convolution with a residual; `nil` where it has one already, or an activation comes before the sum.
    func addingResidual() -> BlockedConv? {
        guard !hasResidual, activation == .identity else { return nil }
        var body = self
        body.hasResidual = true
        return body
    }

    private var outputChannels: Int { weightShape[0] }
    private var inputChannels: Int { form == .depthwise ? outputChannels : weightShape[1] }

    private func axes(_ input: [Int]) throws(InferError) -> [Window.Axis] {
        try window.axes(Array(input[2..<4]), weights: Array(weightShape.dimensions[2...]))
    }

    /// The shape before a residual is added.
    private func extents(_ input: [Int]) throws(InferError) -> [Int] {
        let image = BlockedImage()
        return [input[0], image.blocks(outputChannels)] + (try axes(input)).map(\.output) + [image.lanes]
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let input = inputs[0].extents else { throw InferError(.internal, "a blocked image without a rank") }
        let own = try extents(input)
        guard hasResidual else { return [TensorFact(.fp32, own)] }
        return [TensorFact(.fp32, try broadcast(own, inputs[1].extents))]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard let input = inputs[0].extents, let window = Window.twoDimensional(try axes(input)) else { return self }
        var prepared = self
        prepared.bf16 = inputs.bf16
        prepared.packed = prepared.pack(window)
        if self.window.isFixed {
            prepared.weights = nil
            prepared.bias = nil
        }
        return prepared
    }

    /// Only convolutions whose sums are long are rounded: those of few channels, or of one each, are bound by memory.
    private var roundsWeights: Bool { (form == .direct || form == .winograd) && BF16Convolution.canRun() }

    private func pack(_ window: Window2D) -> PackedConvolution {
        guard let weights else { preconditionFailure("the weights of a fixed window were let go") }
        return weights.withElements(as: Float.self) { elements in
            let make = { (bias: UnsafeBufferPointer<Float>?) -> PackedConvolution in
                if let bf16, roundsWeights {
                    return PackedConvolution.bf16(
                        BF16Convolution(
                            inputChannels: inputChannels, outputChannels: outputChannels, window: window,
                            weights: elements, bias: bias, activation: activation, bf16: bf16))
                }
                return .fp32(
                    BlockedConvolution(
                        inputChannels: inputChannels, outputChannels: outputChannels, window: window, form: form,
                        weights: elements, bias: bias, activation: activation))
            }
            return bias.map { $0.withElements(as: Float.self) { make($0) } } ?? make(nil)
        }
    }

    var memoryByteCount: Int { packed?.byteCount ?? 0 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let input = inputs[0].extents, let output = outputs[0].extents,
            let window = Window.twoDimensional(try axes(input))
        else { preconditionFailure("bound with open shapes") }
        let convolution = packed?.window == window ? packed! : pack(window)
        let (batch, height, width) = (input[0], input[2], input[3])
        guard
            convolution.scratchByteCount(batch: batch, inputHeight: height, inputWidth: width)
                <= Self.mostScratchByteCount
        else {
            throw InferError(
                .resourceExhausted, "the windows of one row need more than \(Self.mostScratchByteCount) bytes")
        }
        let own = try extents(input)
        let multiplyAdds = batch * convolution.multiplyAdds(inputHeight: height, inputWidth: width)
        if hasResidual, own != output || inputs[1].extents != output {
            return try broadcasting(convolution, input, own, inputs[1].shape.dimensions, output)
        }
        let hasResidual = hasResidual
        return Kernel(variant: convolution.variant, multiplyAdds: multiplyAdds) { buffers in
            guard !buffers.bytes(ofOutput: 0).isEmpty else { return }
            convolution.run(
                batch: batch, inputHeight: height, inputWidth: width, input: buffers.input(0),
                residual: hasResidual ? buffers.input(1) : nil, into: buffers.output(0), threads: buffers.threads)
        }
    }

    /// Working memory that a thread may take for one run.
    static let mostScratchByteCount = 1 << 30

    /// The residual has an extent of 1 where the results have more, or the other way round: one after the other.
    private func broadcasting(
        _ convolution: PackedConvolution, _ input: [Int], _ own: [Int], _ residual: [Int], _ output: [Int]
    ) throws(InferError) -> Kernel {
        let alone = convolution.with(activation: .identity)
        let between = try TensorFact(.fp32, own).checkedByteCount()
        let loop = BroadcastLoop(own, residual, output: output)
        let activation = activation
        return Kernel(scratchByteCount: between) { (buffers) throws(InferError) in
            let target = buffers.output(0, as: Float.self)
            guard !target.isEmpty else { return }
            let memory = UnsafeMutableRawBufferPointer(rebasing: buffers.scratch[..<between])
            let results = memory.assumingMemoryBound(to: Float.self)
            alone.run(
                batch: input[0], inputHeight: input[2], inputWidth: input[3], input: buffers.input(0),
                into: results, threads: buffers.threads)
            let addend = buffers.input(1, as: Float.self)
            let leftCount = loop.leftStep == 0 ? 1 : loop.rowCount, rightCount = loop.rightStep == 0 ? 1 : loop.rowCount
            try loop.forEachRow { (l, r, o) throws(InferError) in
                apply(
                    .add, UnsafeBufferPointer(rebasing: results[l..<l + leftCount]),
                    UnsafeBufferPointer(rebasing: addend[r..<r + rightCount]),
                    into: UnsafeMutableBufferPointer(rebasing: target[o..<o + loop.rowCount]))
            }
            apply(activation, to: UnsafeBufferPointer(target), into: target)
        }
    }
}
