import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `Conv`, NCHW, one to three spatial axes. Constant weights are packed at load; an activation that a pass moved
/// here is applied while the results are in the cache.
struct Conv: Operator {
    private(set) var window: Window
    let groups: Int
    var activation = UnaryFunction.identity
    /// Whether no pass changed it.
    var isPlain: Bool { activation == .identity && pool == nil }
    /// A max pool over the results, which a pass moved here; only with constant FP32 weights.
    var pool: Window?
    private var weights: Tensor?
    private var bias: Tensor?
    private var packed: Convolution2D?

    init(_ node: Node) throws(InferError) {
        window = try Window(node)
        groups = try node.int("group", default: 1)
        guard (1...Window.mostExtent).contains(groups) else {
            throw InferError(.invalidArgument, "attribute 'group' is \(groups)")
        }
    }

    /// The convolution of an image to which a node before it added zeros.
    func padded(by added: [(before: Int, after: Int)]) -> Conv? {
        guard isPlain, packed == nil, let window = window.padded(by: added) else { return nil }
        var convolution = self
        convolution.window = window
        return convolution
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.requireSameType(0, 1)
        if inputs.optional(2) != nil { try inputs.requireSameType(0, 2) }
        try inputs.require(0, rank: 3...5)
        guard let input = inputs[0].extents, let weights = inputs[1].extents else {
            return [TensorFact(inputs[0].dataType, inputs[0].rank.map { [Int](repeating: -1, count: $0) })]
        }
        guard weights.count == input.count else {
            throw InferError(.invalidArgument, "weights have rank \(weights.count), the input has rank \(input.count)")
        }
        guard input[1] < 0 || weights[1] < 0 || input[1] == weights[1] * groups,
            weights[0] < 0 || weights[0] % groups == 0
        else {
            throw InferError(
                .invalidArgument,
                "\(input[1]) input channels for weights \(weights) in \(groups) groups")
        }
        if let bias = inputs.optional(2)?.extents, weights[0] >= 0, bias != [weights[0]], bias != [-1] {
            throw InferError(.invalidArgument, "bias has shape \(bias), expected [\(weights[0])]")
        }
        guard window.isKnown(weights: Array(weights[2...])) else {
            return [TensorFact(inputs[0].dataType, [input[0], weights[0]] + weights[2...].map { _ in -1 })]
        }
        let outputs = try window.axes(Array(input[2...]), weights: Array(weights[2...])).map(\.output)
        let fact = TensorFact(inputs[0].dataType, [input[0], weights[0]] + outputs)
        guard let pool else { return [fact] }
        // What is pooled may be much larger than what the graph sees of it.
        try fact.checkLimits()
        return [TensorFact(inputs[0].dataType, [input[0], weights[0]] + (try pool.axes(outputs)).map(\.output))]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard inputs[0].dataType == .fp32, let weights = inputs[1].constant else { return self }
        if let bias = inputs.optional(2), bias.constant == nil { return self }
        var prepared = self
        prepared.weights = weights
        prepared.bias = inputs.optional(2)?.constant
        // With SAME padding the window depends on the image's size: then each plan packs for itself.
        let unknown = [Int](repeating: -1, count: weights.shape.rank - 2)
        let known = inputs[0].extents.map { Array($0[2...]) } ?? unknown
        if window.isFixed || !known.contains(-1) {
            let axes = try window.axes(known, weights: Array(weights.shape.dimensions[2...]))
            prepared.packed = prepared.pack(axes)
            if !prepared.packedInputs.isEmpty { (prepared.weights, prepared.bias) = (nil, nil) }
        }
        return prepared
    }

    private func pack(_ axes: [Window.Axis]) -> Convolution2D? {
        guard let weights, let window = Window.twoDimensional(axes), weights.elementCount > 0 else { return nil }
        return Self.pack(weights, bias, groups, window, activation)
    }

    private static func pack(
        _ weights: Tensor, _ bias: Tensor?, _ groups: Int, _ window: Window2D, _ activation: UnaryFunction
    ) -> Convolution2D {
        weights.withElements(as: Float.self) { elements in
            let make = { (bias: UnsafeBufferPointer<Float>?) in
                Convolution2D(
                    inputChannels: weights.shape[1] * groups, outputChannels: weights.shape[0], groups: groups,
                    window: window, weights: elements, bias: bias, activation: activation)
            }
            return bias.map { $0.withElements(as: Float.self) { make($0) } } ?? make(nil)
        }
    }

    /// Packed weights serve every image only where the window is the same for all.
    var packedInputs: [Int] { packed != nil && window.isFixed ? [1, 2] : [] }

    var memoryByteCount: Int { packed?.byteCount ?? 0 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let input = inputs[0].extents, let weights = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let axes = try window.axes(Array(input[2...]), weights: Array(weights[2...]))
        if inputs[0].dataType == .fp32, let window = Window.twoDimensional(axes), !weights.contains(0) {
            let height = input.count == 4 ? input[2] : 1
            let width = input[input.count - 1]
            let constant = self.packed?.window == window ? self.packed : pack(axes)
            if let constant {
                let pool = try pool.flatMap { (pool) throws(InferError) in
                    Window.twoDimensional(try pool.axes(axes.map(\.output))).map {
                        MaximumPool(
                            window: $0, outputHeight: output.count == 4 ? output[2] : 1,
                            outputWidth: output[output.count - 1])
                    }
                }
                let scratch = constant.scratchByteCount(inputHeight: height, inputWidth: width, pool: pool)
                return Kernel(scratchByteCount: scratch) { buffers in
                    guard !buffers.bytes(ofOutput: 0).isEmpty else { return }
                    constant.run(
                        batch: input[0], inputHeight: height, inputWidth: width, input: buffers.input(0),
                        scratch: buffers.scratch, pool: pool, into: buffers.output(0))
                }
            }
        }
        guard pool == nil else { throw InferError(.internal, "a pooled convolution without constant weights") }
        let direct = DirectConvolution(
            input: input, output: output, kernel: weights, groups: groups, axes: axes,
            hasBias: inputs.optional(2) != nil)
        guard inputs[0].dataType == .fp32 else { return direct.kernel(Double.self) }
        guard activation != .identity else { return direct.kernel(Float.self) }
        let kernel = direct.kernel(Float.self)
        let activation = activation
        return Kernel { (buffers) throws(InferError) in
            try kernel.body(buffers)
            let result = buffers.output(0, as: Float.self)
            apply(activation, to: UnsafeBufferPointer(result), into: result)
        }
    }
}
