/// A two-dimensional convolution whose weights were packed at load (ONNX `Conv`, NCHW).
///
///     output[n, o, y, x] = activation(bias[o] + Σ input[n, g·I + i, y·strideY + ky·dilationY - padTop, …]
///                                                · weights[o, i, ky, kx])        with I = inputChannels / groups
///
/// A one-dimensional convolution is one of height 1.
package struct Convolution2D: Sendable {
    package let inputChannels, outputChannels, groups: Int
    package let window: Window2D
    package let activation: UnaryFunction
    let kernels: KernelTable
    let weights: AlignedFloats
    let bias: [Float]

    /// Packs the weights.
    ///
    /// - Parameters:
    ///   - weights: FP32 `[outputChannels, inputChannels / groups, window.height, window.width]`.
    ///   - bias: FP32 `[outputChannels]`, or `nil` for zero.
    ///   - activation: Applied to each result. Vectorised functions only.
    /// - Precondition: `groups` divides both channel counts, the window is valid and the counts agree.
    package init(
        inputChannels: Int, outputChannels: Int, groups: Int = 1, window: Window2D,
        weights: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>? = nil,
        activation: UnaryFunction = .identity, kernels: KernelTable = .current
    ) {
        precondition(window.isValid, "Convolution2D: \(window) is not a window")
        precondition(
            groups >= 1 && inputChannels >= 1 && outputChannels >= 1 && inputChannels % groups == 0
                && outputChannels % groups == 0,
            "Convolution2D: \(groups) groups do not divide \(inputChannels) and \(outputChannels) channels")
        let count = outputChannels * (inputChannels / groups) * window.height * window.width
        precondition(weights.count == count, "Convolution2D: \(weights.count) weights, expected \(count)")
        precondition(bias == nil || bias!.count == outputChannels, "Convolution2D: bias has not \(outputChannels)")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.window = window
        self.activation = activation
        self.kernels = kernels
        self.bias = bias.map(Array.init) ?? Array(repeating: 0, count: outputChannels)
        self.weights = AlignedFloats(count: count)
        for i in 0..<count { self.weights.pointer[i] = weights[i] }
    }

    /// Bytes that the packed weights hold.
    package var byteCount: Int { weights.count * MemoryLayout<Float>.size }

    /// Bytes of scratch that `run` needs for images of this size; does not depend on the batch.
    package func scratchByteCount(inputHeight: Int, inputWidth: Int) -> Int { 0 }

    /// Convolves a batch of images.
    ///
    /// - Parameters:
    ///   - input: FP32 `[batch, inputChannels, inputHeight, inputWidth]`, contiguous.
    ///   - scratch: `scratchByteCount(…)` bytes or more, any alignment, any content; one execution at a time.
    ///   - accumulate: Whether the old content of `output` is added before the activation (a residual).
    ///   - output: FP32 `[batch, outputChannels, window.outputHeight(…), window.outputWidth(…)]`, contiguous; may not
    ///     overlap `input`.
    /// - Precondition: Counts agree with the shapes. Programmer error: traps, never throws.
    package func run(
        batch: Int, inputHeight: Int, inputWidth: Int, input: UnsafeBufferPointer<Float>,
        scratch: UnsafeMutableRawBufferPointer, accumulate: Bool = false, into output: UnsafeMutableBufferPointer<Float>
    ) {
        let outputHeight = window.outputHeight(inputHeight), outputWidth = window.outputWidth(inputWidth)
        precondition(
            input.count == batch * inputChannels * inputHeight * inputWidth, "Convolution2D: \(input.count) inputs")
        precondition(
            output.count == batch * outputChannels * outputHeight * outputWidth,
            "Convolution2D: \(output.count) outputs")
        precondition(
            scratch.count >= scratchByteCount(inputHeight: inputHeight, inputWidth: inputWidth),
            "Convolution2D: \(scratch.count) bytes of scratch are too few")
        let groupInputs = inputChannels / groups, groupOutputs = outputChannels / groups
        var at = 0
        for n in 0..<batch {
            for o in 0..<outputChannels {
                for y in 0..<outputHeight {
                    for x in 0..<outputWidth {
                        var sum = bias[o] + (accumulate ? output[at] : 0)
                        for i in 0..<groupInputs {
                            let plane = (n * inputChannels + o / groupOutputs * groupInputs + i) * inputHeight
                            for ky in 0..<window.height {
                                let row = y * window.strideY + ky * window.dilationY - window.padTop
                                guard row >= 0, row < inputHeight else { continue }
                                for kx in 0..<window.width {
                                    let column = x * window.strideX + kx * window.dilationX - window.padLeft
                                    guard column >= 0, column < inputWidth else { continue }
                                    let w = ((o * groupInputs + i) * window.height + ky) * window.width + kx
                                    sum += input[(plane + row) * inputWidth + column] * weights.pointer[w]
                                }
                            }
                        }
                        output[at] = sum
                        at += 1
                    }
                }
            }
        }
        if activation != .identity {
            apply(activation, to: UnsafeBufferPointer(output), into: output, kernels: kernels)
        }
    }
}
