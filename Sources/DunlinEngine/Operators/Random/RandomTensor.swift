import DunlinInference
import DunlinTensor

/// `RandomUniform`, `RandomNormal` and both with `Like`: numbers of one distribution.
struct RandomTensor: Operator {
    private enum Distribution: Sendable {
        case uniform(low: Double, high: Double), normal(mean: Double, scale: Double)
    }
    private let distribution: Distribution
    private let seed: RandomSeed
    private let dataType: DataType?
    /// `nil`: the shape of input 0.
    private let shape: [Int]?

    static func uniform(_ node: Node) throws(InferError) -> any Operator {
        try RandomTensor(
            node,
            .uniform(low: Double(try node.float("low", default: 0)), high: Double(try node.float("high", default: 1))))
    }

    static func normal(_ node: Node) throws(InferError) -> any Operator {
        try RandomTensor(
            node,
            .normal(
                mean: Double(try node.float("mean", default: 0)), scale: Double(try node.float("scale", default: 1)))
        )
    }

    private init(_ node: Node, _ distribution: Distribution) throws(InferError) {
        self.distribution = distribution
        seed = RandomSeed(try node.float("seed").map(Double.init))
        let isLike = node.type.hasSuffix("Like")
        dataType = try node.dataType("dtype") ?? (isLike ? nil : .fp32)
        shape = isLike ? nil : try node.ints("shape")
        guard isLike || shape != nil else { throw node.missing("shape") }
        guard shape?.allSatisfy({ $0 >= 0 }) ?? true else {
            throw InferError(.invalidArgument, "attribute 'shape' is \(shape!)")
        }
    }

    var isDeterministic: Bool { seed.value != nil }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let dataType = dataType ?? inputs[0].dataType
        guard DataType.floats.contains(dataType) else {
            throw InferError(.unsupported, "random numbers of datatype \(dataType)")
        }
        return [TensorFact(dataType, shape ?? inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let access = try NumberAccess(outputs[0].dataType)
        let count = outputs[0].shape.elementCount
        let (seed, distribution) = (seed, distribution)
        return Kernel { buffers in
            let output = buffers.bytes(ofOutput: 0)
            var generator = seed.generator()
            guard !output.isEmpty else { return }
            for index in 0..<count {
                switch distribution {
                case .uniform(let low, let high):
                    access.store(low + (high - low) * generator.uniform(), output, index)
                case .normal(let mean, let scale): access.store(mean + scale * generator.normal(), output, index)
                }
            }
        }
    }
}

/// ONNX `Bernoulli`: 1 with the probability that each element is.
struct Bernoulli: Operator {
    private let seed: RandomSeed
    private let dataType: DataType?

    init(_ node: Node) throws(InferError) {
        seed = RandomSeed(try node.float("seed").map(Double.init))
        dataType = try node.dataType("dtype")
    }

    var isDeterministic: Bool { seed.value != nil }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        let dataType = dataType ?? inputs[0].dataType
        guard DataType.fixedSize.contains(dataType) else {
            throw InferError(.unsupported, "random numbers of datatype \(dataType)")
        }
        return [TensorFact(dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let load = try NumberAccess(inputs[0].dataType)
        let isBool = outputs[0].dataType == .bool
        let access = try NumberAccess(isBool ? .uint8 : outputs[0].dataType)
        let count = inputs[0].shape.elementCount
        let seed = seed
        return Kernel { (buffers) throws(InferError) in
            let input = buffers.bytes(ofInput: 0)
            let output = buffers.bytes(ofOutput: 0)
            var generator = seed.generator()
            for index in 0..<count {
                let probability = load.number(input, index)
                guard probability >= 0, probability <= 1 else {
                    throw InferError(.invalidArgument, "element \(index) is \(probability), no probability")
                }
                access.store(generator.uniform() < probability ? 1 : 0, output, index)
            }
        }
    }
}
