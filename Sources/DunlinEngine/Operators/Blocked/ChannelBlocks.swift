import DunlinInference
import DunlinKernels
import DunlinTensor

/// `[batch, channels, height, width]` to blocked images, `[batch, blocks, height, width, lanes]`; only `ChannelBlocking`
/// makes it.
struct BlockChannels: Operator {
    let channels: Int

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let extents = inputs[0].extents else { throw InferError(.internal, "an image without a rank") }
        let image = BlockedImage()
        return [TensorFact(.fp32, [extents[0], image.blocks(channels), extents[2], extents[3], image.lanes])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let extents = inputs[0].shape.dimensions, channels = channels
        return Kernel {
            BlockedImage().block(
                batch: extents[0], channels: channels, pixels: extents[2] * extents[3], $0.input(0), into: $0.output(0))
        }
    }
}

/// Undoes `BlockChannels`.
struct UnblockChannels: Operator {
    let channels: Int

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let extents = inputs[0].extents else { throw InferError(.internal, "an image without a rank") }
        return [TensorFact(.fp32, [extents[0], channels, extents[2], extents[3]])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let extents = inputs[0].shape.dimensions, channels = channels
        return Kernel {
            BlockedImage().unblock(
                batch: extents[0], channels: channels, pixels: extents[2] * extents[3], $0.input(0), into: $0.output(0))
        }
    }
}
