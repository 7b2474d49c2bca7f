import DunlinKernels

/// Gives a kernel for images with their channels last what a node has: images of planes, INT8.
struct ChannelsLastImages: Sendable {
    let channels, height, width: Int
    let outputChannels, outputHeight, outputWidth: Int
    /// INT8 images, to which 128 is added.
    let isSigned: Bool
    /// Bytes of an output element.
    let elementByteCount: Int
    let isChannelsLast: Bool

    private var inputCount: Int { channels * height * width }
    private var outputByteCount: Int { outputChannels * outputHeight * outputWidth * elementByteCount }
    private var isInputPlain: Bool { isChannelsLast || channels == 1 || height * width == 1 }
    private var isOutputPlain: Bool { isChannelsLast || outputChannels == 1 || outputHeight * outputWidth == 1 }
    private var inputCopyCount: Int { isInputPlain && !isSigned ? 0 : (inputCount + 63) / 64 * 64 }

    /// Bytes of working memory, whole cache lines.
    var byteCount: Int { inputCopyCount + (isOutputPlain ? 0 : (outputByteCount + 63) / 64 * 64) }

    /// Calls `body` with each image, channels last and counted from 0, and with where its result goes, channels last.
    func forEachImage(
        batch: Int, _ input: UnsafeBufferPointer<UInt8>, _ output: UnsafeMutableRawBufferPointer,
        _ scratch: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeBufferPointer<UInt8>, UnsafeMutableRawBufferPointer) -> Void
    ) {
        for image in 0..<batch {
            var source = UnsafeBufferPointer(rebasing: input[image * inputCount..<(image + 1) * inputCount])
            let target = UnsafeMutableRawBufferPointer(
                rebasing: output[image * outputByteCount..<(image + 1) * outputByteCount])
            let copy = UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(inputCopyCount, inputCount)])
            if !isInputPlain {
                transpose(
                    rows: channels, columns: height * width, elementByteCount: 1, UnsafeRawBufferPointer(source),
                    into: copy)
                source = UnsafeRawBufferPointer(copy).assumingMemoryBound(to: UInt8.self)
            }
            if isSigned, let base = copy.baseAddress {
                flipSign(source, into: base.assumingMemoryBound(to: UInt8.self))
                source = UnsafeRawBufferPointer(copy).assumingMemoryBound(to: UInt8.self)
            }
            guard !isOutputPlain else {
                body(source, target)
                continue
            }
            let result = UnsafeMutableRawBufferPointer(
                rebasing: scratch[inputCopyCount..<inputCopyCount + outputByteCount])
            body(source, result)
            transpose(
                rows: outputHeight * outputWidth, columns: outputChannels, elementByteCount: elementByteCount,
                UnsafeRawBufferPointer(result), into: target)
        }
    }
}
