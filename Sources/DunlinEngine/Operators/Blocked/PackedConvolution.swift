import DunlinKernels

/// A convolution between blocked images with its weights packed, in the model's precision.
enum PackedConvolution: Sendable {
    case fp32(BlockedConvolution)
    case bf16(BF16Convolution)

    var window: Window2D {
        switch self {
        case .fp32(let body): body.window
        case .bf16(let body): body.window
        }
    }

    var byteCount: Int {
        switch self {
        case .fp32(let body): body.byteCount
        case .bf16(let body): body.byteCount
        }
    }

    /// In words, for profiles.
    var variant: String {
        switch self {
        case .fp32(let body): body.form.name
        case .bf16(let body): "blocked \(body.variant)"
        }
    }

    func with(activation: UnaryFunction) -> PackedConvolution {
        switch self {
        case .fp32(let body): .fp32(body.with(activation: activation))
        case .bf16(let body): .bf16(body.with(activation: activation))
        }
    }

    func scratchByteCount(batch: Int, inputHeight: Int, inputWidth: Int) -> Int {
        switch self {
        case .fp32(let body): body.scratchByteCount(batch: batch, inputHeight: inputHeight, inputWidth: inputWidth)
        case .bf16(let body): body.scratchByteCount(inputHeight: inputHeight, inputWidth: inputWidth)
        }
    }

    func multiplyAdds(inputHeight: Int, inputWidth: Int) -> Int {
        switch self {
        case .fp32(let body): body.multiplyAdds(inputHeight: inputHeight, inputWidth: inputWidth)
        case .bf16(let body): body.multiplyAdds(inputHeight: inputHeight, inputWidth: inputWidth)
        }
    }

    func run(
        batch: Int, inputHeight: Int, inputWidth: Int, input: UnsafeBufferPointer<Float>,
        residual: UnsafeBufferPointer<Float>? = nil, into output: UnsafeMutableBufferPointer<Float>, threads: Threads
    ) {
        switch self {
        case .fp32(let body):
            body.run(
                batch: batch, inputHeight: inputHeight, inputWidth: inputWidth, input: input, residual: residual,
                into: output, threads: threads)
        case .bf16(let body):
            body.run(
                batch: batch, inputHeight: inputHeight, inputWidth: inputWidth, input: input, residual: residual,
                into: output, threads: threads)
        }
    }
}

extension BlockedConvolution.Form {
    fileprivate var name: String {
        switch self {
        case .direct: "blocked"
        case .planar: "planar to blocked"
        case .depthwise: "blocked depthwise"
        case .winograd: "Winograd 4x4"
        }
    }
}
