/// A max pool that follows a convolution, for images of one size.
package struct MaximumPool: Sendable, Equatable {
    package let window: Window2D
    /// Output rows and columns; with ceil mode one more than the window's own count is possible.
    package let outputHeight, outputWidth: Int

    package init(window: Window2D, outputHeight: Int, outputWidth: Int) {
        self.window = window
        self.outputHeight = outputHeight
        self.outputWidth = outputWidth
    }

    /// Whether every window starts inside the image and its padding.
    func fits(_ inputHeight: Int, _ inputWidth: Int) -> Bool {
        window.isValid && outputHeight >= 0 && outputWidth >= 0
            && (outputHeight - 1) * window.strideY < inputHeight + window.padTop + window.padBottom
            && (outputWidth - 1) * window.strideX < inputWidth + window.padLeft + window.padRight
    }
}
