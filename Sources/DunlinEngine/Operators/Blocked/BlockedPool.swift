import DunlinInference
import DunlinKernels
import DunlinTensor

/// `MaxPool` and `AveragePool` of blocked images; only `ChannelBlocking` makes it.
struct BlockedPool: Operator {
    let pooling: Pooling
    let window: Window

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let extents = inputs[0].extents else { throw InferError(.internal, "a blocked image without a rank") }
        let outputs = try window.axes(Array(extents[2..<4])).map(\.output)
        return [TensorFact(.fp32, extents[..<2] + outputs + extents[4...])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let input = inputs[0].shape.dimensions, output = outputs[0].shape.dimensions
        guard let window = Window.twoDimensional(try window.axes(Array(input[2..<4]))) else {
            preconditionFailure("a window of other than two axes")
        }
        let pooling = pooling
        return Kernel {
            BlockedImage().pool(
                pooling, window: window, planes: input[0] * input[1], inputHeight: input[2], inputWidth: input[3],
                input: $0.input(0), outputHeight: output[2], outputWidth: output[3], into: $0.output(0))
        }
    }
}

/// The mean of each channel of blocked images, blocked: `[batch, blocks, 1, 1, lanes]`; only `ChannelBlocking` makes it.
struct BlockedMeans: Operator {
    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let extents = inputs[0].extents else { throw InferError(.internal, "a blocked image without a rank") }
        return [TensorFact(.fp32, [extents[0], extents[1], 1, 1, extents[4]])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let input = inputs[0].shape.dimensions
        return Kernel {
            BlockedImage().means(
                batch: input[0], channels: input[1] * input[4], pixels: input[2] * input[3], $0.input(0),
                into: $0.output(0))
        }
    }
}

/// Blocked images with a factor for each channel of each image, `[batch, blocks, 1, 1, lanes]`; only `ChannelBlocking`
/// makes it.
struct BlockedScale: Operator {
    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        [TensorFact(.fp32, try broadcast(inputs[0].extents, inputs[1].extents))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let image = inputs[0].shape.dimensions
        // Batches of one image against many are rare enough for the general loop.
        guard inputs[1].shape.dimensions == image[..<2] + [1, 1, image[4]] else {
            return try Arithmetic(.multiply).bind(inputs, outputs)
        }
        return Kernel {
            BlockedImage().scale(
                planes: image[0] * image[1], pixels: image[2] * image[3], $0.input(0), factors: $0.input(1),
                into: $0.output(0))
        }
    }
}
