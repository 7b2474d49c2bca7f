import DunlinInference
import DunlinTensor

/// A convolution as its definition says, for what the packed kernel does not cover: three spatial axes, FP64, weights
/// that a request brings. One weight at a time is multiplied with the rows of the image that it meets.
struct DirectConvolution: Sendable {
    let input: [Int]
    let output: [Int]
    let kernel: [Int]
    let groups: Int
    let axes: [Window.Axis]
    let hasBias: Bool

    func kernel<Element: BinaryFloatingPoint & TensorElement>(_ type: Element.Type) -> Kernel {
        let imageCount = input[2...].reduce(1, *)
        let outputCount = output[2...].reduce(1, *)
        let tapCount = kernel[2...].reduce(1, *)
        let (inputs, outputs) = (kernel[1], kernel[0])
        return Kernel { buffers in
            let source = buffers.input(0, as: type)
            let weights = buffers.input(1, as: type)
            let bias = hasBias ? buffers.input(2, as: type) : nil
            let result = buffers.output(0, as: type)
            guard !result.isEmpty else { return }
            // Both are at zero again after a whole turn.
            var row = Odometer(Array(output[2...].dropLast()))
            var tap = Odometer(Array(kernel[2...]))
            for plane in 0..<input[0] * outputs {
                let (image, channel) = plane.quotientAndRemainder(dividingBy: outputs)
                let group = channel / (outputs / groups)
                let sums = UnsafeMutableBufferPointer(rebasing: result[plane * outputCount..<(plane + 1) * outputCount])
                sums.update(repeating: bias?[channel] ?? 0)
                for inner in 0..<inputs {
                    let first = (image * input[1] + group * inputs + inner) * imageCount
                    let pixels = UnsafeBufferPointer(rebasing: source[first..<first + imageCount])
                    for number in 0..<tapCount {
                        let weight = weights[(channel * inputs + inner) * tapCount + number]
                        add(weight, at: tap.index, times: pixels, to: sums, row: &row)
                        tap.advance()
                    }
                }
            }
        }
    }

    /// Adds what one weight contributes to one channel of the output.
    private func add<Element: BinaryFloatingPoint>(
        _ weight: Element, at tap: [Int], times pixels: UnsafeBufferPointer<Element>,
        to sums: UnsafeMutableBufferPointer<Element>, row: inout Odometer
    ) {
        let last = axes.count - 1
        let (width, stride) = (axes[last].output, axes[last].stride)
        let start = tap[last] * axes[last].dilation - axes[last].padBefore
        // The columns whose pixel is inside the image.
        let lower = start < 0 ? (-start - 1) / stride + 1 : 0
        let upper = min(width, start < input[last + 2] ? (input[last + 2] - 1 - start) / stride + 1 : 0)
        for base in Swift.stride(from: 0, to: sums.count, by: width) {
            if let offset = offset(ofRow: row.index, tap), lower < upper {
                for column in lower..<upper { sums[base + column] += weight * pixels[offset + start + column * stride] }
            }
            row.advance()
        }
    }

    /// Where the image's row begins that a row of the output meets under one tap, or `nil` in the padding.
    private func offset(ofRow row: [Int], _ tap: [Int]) -> Int? {
        var offset = 0
        for (axis, place) in row.enumerated() {
            let position = place * axes[axis].stride + tap[axis] * axes[axis].dilation - axes[axis].padBefore
            guard position >= 0 && position < input[axis + 2] else { return nil }
            offset = (offset + position) * input[axis + 3]
        }
        return offset
    }
}
