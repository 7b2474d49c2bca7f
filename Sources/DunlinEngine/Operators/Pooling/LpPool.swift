import DunlinInference
import DunlinKernels
import DunlinTensor

/// `LpPool` and `GlobalLpPool`: the p-th root of the sum of p-th powers of magnitudes in each window.
struct LpPool: Operator {
    private let power: Double
    /// `nil`: the whole image.
    private let window: Window?

    init(_ node: Node) throws(InferError) {
        try self.init(node, Window(node, roundsUp: try node.bool("ceil_mode", default: false)))
    }

    static func global(_ node: Node) throws(InferError) -> any Operator { try LpPool(node, nil) }

    private init(_ node: Node, _ window: Window?) throws(InferError) {
        let power = try node.int("p", default: 2)
        guard power >= 1 else { throw InferError(.invalidArgument, "attribute 'p' is \(power)") }
        self.power = Double(power)
        self.window = window
    }

    private func axes(_ spatial: [Int]) throws(InferError) -> [Window.Axis] {
        if let window { return try window.axes(spatial) }
        return spatial.map {
            Window.Axis(kernel: $0, stride: 1, dilation: 1, padBefore: 0, padAfter: 0, output: 1)
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 3...(window == nil ? TensorFact.mostAxes : 5))
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        return [TensorFact(inputs[0].dataType, extents[..<2] + (try axes(Array(extents[2...]))).map(\.output))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let input = inputs[0].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let pooling = DirectPooling(input: input, output: output, axes: try axes(Array(input[2...])))
        return inputs[0].dataType == .fp32 ? kernel(Float.self, pooling) : kernel(Double.self, pooling)
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ pooling: DirectPooling
    ) -> Kernel {
        let planeCount = pooling.input[2...].reduce(1, *)
        let power = power
        return Kernel { buffers in
            let input = buffers.input(0, as: type)
            let output = buffers.output(0, as: type)
            pooling.forEachWindow { plane, element, taps in
                var sum = 0.0
                taps { offset, _ in
                    let magnitude = abs(Double(input[plane * planeCount + offset]))
                    sum += power == 2 ? magnitude * magnitude : BinaryFunction.power(magnitude, power)
                }
                output[element] = Element(power == 2 ? sum.squareRoot() : BinaryFunction.power(sum, 1 / power))
            }
        }
    }
}
