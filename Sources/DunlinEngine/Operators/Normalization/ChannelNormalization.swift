import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// ONNX `BatchNormalization` as inference sees it: each channel is scaled and shifted.
struct BatchNormalization: Operator {
    let epsilon: Float

    static func make(_ node: Node) throws(InferError) -> any Operator {
        try node.bool("training_mode", default: false) ? BatchNormalizationTraining(node) : BatchNormalization(node)
    }

    init(_ node: Node) throws(InferError) {
        epsilon = try node.float("epsilon", default: 1e-5)
        for key in ["momentum", "consumed_inputs", "is_test", "training_mode"] { node.ignore(key) }
        guard try node.int("spatial", default: 1) == 1 else {
            throw InferError(.unsupported, "attribute 'spatial' is 0")
        }
        guard node.givenOutputs.dropFirst().allSatisfy({ !$0 }) else {
            throw InferError(.unsupported, "the outputs of training are not supported")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 1...TensorFact.mostAxes)
        for index in 1...4 {
            // ONNX allows another type of floats for the statistics.
            try inputs.require(index, isOneOf: [inputs[0].dataType])
            guard let extents = inputs[0].extents, let count = inputs[index].elementCount else { continue }
            let channels = extents.count > 1 ? extents[1] : 1
            guard channels < 0 || channels == count else {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements for \(channels) channels")
            }
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    /// Factor and offset of each channel, when the statistics are constant.
    func scaleAndShift(_ inputs: InputFacts) -> (scale: [Float], shift: [Float])? {
        guard inputs[0].dataType == .fp32 else { return nil }
        var values: [[Float]] = []
        for index in 1...4 {
            guard let constant = inputs[index].constant else { return nil }
            values.append(constant.elements(as: Float.self))
        }
        return Self.fold(values[0], values[1], values[2], values[3], epsilon)
    }

    private static func fold(
        _ gamma: some Collection<Float>, _ beta: some Collection<Float>, _ mean: some Collection<Float>,
        _ variance: some Collection<Float>, _ epsilon: Float
    ) -> (scale: [Float], shift: [Float]) {
        let scale = zip(gamma, variance).map { $0 / sqrtf($1 + epsilon) }
        let shift = zip(zip(beta, mean), scale).map { $0.0 - $0.1 * $1 }
        return (scale, shift)
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents else { preconditionFailure("bound with open shapes") }
        let spatial = extents.count > 2 ? extents[2...].reduce(1, *) : extents.count == 1 ? extents[0] : 1
        let epsilon = epsilon
        if inputs[0].dataType == .fp64 { return Self.double(spatial, Double(epsilon)) }
        if let (scale, shift) = scaleAndShift(inputs) {
            return Kernel { Self.run($0, spatial, scale, shift) }
        }
        return Kernel { buffers in
            let (scale, shift) = Self.fold(
                buffers.input(1, as: Float.self), buffers.input(2, as: Float.self),
                buffers.input(3, as: Float.self), buffers.input(4, as: Float.self), epsilon)
            Self.run(buffers, spatial, scale, shift)
        }
    }

    private static func double(_ spatial: Int, _ epsilon: Double) -> Kernel {
        Kernel { buffers in
            let input = buffers.input(0, as: Double.self)
            let output = buffers.output(0, as: Double.self)
            let parameters = (1...4).map { buffers.input($0, as: Double.self) }
            guard !output.isEmpty else { return }
            for plane in 0..<output.count / spatial {
                let channel = plane % parameters[0].count
                let scale = parameters[0][channel] / (parameters[3][channel] + epsilon).squareRoot()
                let shift = parameters[1][channel] - parameters[2][channel] * scale
                for index in plane * spatial..<(plane + 1) * spatial { output[index] = input[index] * scale + shift }
            }
        }
    }

    private static func run(_ buffers: Buffers, _ spatial: Int, _ scale: [Float], _ shift: [Float]) {
        guard !buffers.bytes(ofOutput: 0).isEmpty else { return }
        scale.withUnsafeBufferPointer { scale in
            shift.withUnsafeBufferPointer { shift in
                scaleChannels(
                    buffers.input(0), spatialCount: spatial, scale: scale, shift: shift, into: buffers.output(0))
            }
        }
    }
}

/// ONNX `InstanceNormalization`: each channel of each image to zero mean and unit variance, then scaled and shifted.
struct InstanceNormalization: Operator {
    private let epsilon: Float

    init(_ node: Node) throws(InferError) {
        epsilon = try node.float("epsilon", default: 1e-5)
        node.ignore("consumed_inputs")
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        try inputs.require(0, rank: 3...TensorFact.mostAxes)
        for index in 1...2 {
            try inputs.requireSameType(0, index)
            guard let channels = inputs[0].extents?[1], let count = inputs[index].elementCount else { continue }
            guard channels < 0 || channels == count else {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements for \(channels) channels")
            }
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents else { preconditionFailure("bound with open shapes") }
        let spatial = extents[2...].reduce(1, *)
        let planes = extents[0] * extents[1]
        let epsilon = Double(epsilon)
        return Kernel { buffers in
            let input = buffers.input(0, as: Float.self)
            let output = buffers.output(0, as: Float.self)
            let gamma = buffers.input(1, as: Float.self)
            let beta = buffers.input(2, as: Float.self)
            guard spatial > 0 else { return }
            for plane in 0..<planes {
                let elements = plane * spatial..<(plane + 1) * spatial
                let mean = input[elements].reduce(0.0) { $0 + Double($1) } / Double(spatial)
                let variance = input[elements].reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
                let factor = 1 / (variance / Double(spatial) + epsilon).squareRoot()
                let channel = plane % extents[1]
                let scale = Float(factor) * gamma[channel]
                let shift = beta[channel] - Float(mean) * scale
                for index in elements { output[index] = input[index] * scale + shift }
            }
        }
    }
}

/// ONNX `LRN`: each element divided by a power of the squares around it, across channels.
struct LRN: Operator {
    private let alpha: Double
    private let beta: Double
    private let bias: Double
    private let size: Int

    init(_ node: Node) throws(InferError) {
        alpha = Double(try node.float("alpha", default: 0.0001))
        beta = Double(try node.float("beta", default: 0.75))
        bias = Double(try node.float("bias", default: 1))
        guard let size = try node.int("size") else { throw node.missing("size") }
        guard size > 0 && size < 1 << 24 else { throw InferError(.invalidArgument, "attribute 'size' is \(size)") }
        self.size = size
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        try inputs.require(0, rank: 3...TensorFact.mostAxes)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents else { preconditionFailure("bound with open shapes") }
        let spatial = extents[2...].reduce(1, *)
        let (images, channels) = (extents[0], extents[1])
        let (before, after) = ((size - 1) / 2, size / 2)
        return Kernel { buffers in
            let input = buffers.input(0, as: Float.self)
            let output = buffers.output(0, as: Float.self)
            for image in 0..<images {
                for channel in 0..<channels {
                    let around = max(channel - before, 0)...min(channel + after, channels - 1)
                    for position in 0..<spatial {
                        var sum = 0.0
                        for other in around {
                            let value = Double(input[(image * channels + other) * spatial + position])
                            sum += value * value
                        }
                        let index = (image * channels + channel) * spatial + position
                        let divisor = BinaryFunction.power(bias + alpha / Double(size) * sum, beta)
                        output[index] = Float(Double(input[index]) / divisor)
                    }
                }
            }
        }
    }
}
