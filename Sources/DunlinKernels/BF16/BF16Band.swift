/// Rows of an image's results with the pixels under them, rounded to BF16, channels last.
struct BF16Band {
    /// Which image of the batch, and its first row of results.
    let image, first: Int
    /// Rows of results.
    let rows: Int
    let pixels: UnsafeMutablePointer<UInt16>

    /// Where bands of one convolution have their pixels.
    struct Shape: Sendable {
        let window: Window2D
        let inputHeight, inputWidth, outputHeight, outputWidth: Int
        let blocks: Int
        /// BF16 of a pixel: its channels, rounded up to a tile's row.
        let depth: Int
        /// Whether the window is one pixel: then only pixels that are read are stored.
        private let isPoint: Bool

        init(_ window: Window2D, inputChannels: Int, inputHeight: Int, inputWidth: Int) {
            let isPoint = window.height == 1 && window.width == 1
            // A point that steps over nothing sees one long row.
            let isRow = window == Window2D(height: 1, width: 1)
            self.window = window
            self.isPoint = isPoint
            blocks = (inputChannels + 15) / 16
            depth = BF16Weights.paddedDepth(blocks * 16)
            let row = isRow ? Self.row(inputHeight * inputWidth) : (inputHeight, inputWidth)
            (self.inputHeight, self.inputWidth) = row
            (outputHeight, outputWidth) =
                isRow ? row : (window.outputHeight(inputHeight), window.outputWidth(inputWidth))
        }

        /// Pixels in rows of equal length, about one and a half hundred.
        private static func row(_ pixels: Int) -> (Int, Int) {
            var width = min(pixels, 168)
            while width > 1, pixels % width != 0 { width -= 1 }
            return width >= 14 || pixels < 14 ? (pixels / max(width, 1), width) : (1, pixels)
        }

        var isEmpty: Bool { outputHeight * outputWidth == 0 }

        /// Pixels of a stored row, and how many rows a row of results adds.
        private var storedWidth: Int {
            isPoint ? outputWidth : (outputWidth - 1) * window.strideX + (window.width - 1) * window.dilationX + 1
        }
        private func storedRows(_ rows: Int) -> Int {
            isPoint ? rows : (rows - 1) * window.strideY + (window.height - 1) * window.dilationY + 1
        }

        /// BF16 of a band with `rows` rows of results.
        func count(ofRows rows: Int) -> Int { storedRows(rows) * storedWidth * depth }

        /// Rows of results whose bands hold at most `count` BF16.
        func rows(in count: Int) -> Int {
            let least = self.count(ofRows: 1), each = self.count(ofRows: 2) - least
            return count < least ? 0 : 1 + (count - least) / max(each, 1)
        }

        /// From a result's pixels to those of the next, and of the next row.
        var step: Int { (isPoint ? 1 : window.strideX) * depth }
        var skip: Int { (isPoint ? 1 : window.strideY) * storedWidth * depth }

        /// Results of which each is a step from the one before.
        func run(of results: Int) -> Int { isPoint ? results : outputWidth }

        /// Where the taps are.
        func withOffsets<Result>(_ body: (UnsafePointer<Int>) -> Result) -> Result {
            withUnsafeTemporaryAllocation(of: Int.self, capacity: window.height * window.width) { offsets in
                for y in 0..<window.height {
                    for x in 0..<window.width {
                        offsets[y * window.width + x] =
                            (y * window.dilationY * storedWidth + x * window.dilationX) * depth
                    }
                }
                return body(UnsafePointer(offsets.baseAddress!))
            }
        }

        /// The pixels of a stored row that are inside the image: where they begin in it, in the image, and how many.
        fileprivate func inside() -> (stored: Int, source: Int, count: Int, step: Int) {
            let step = isPoint ? window.strideX : 1, width = storedWidth
            let before = min(width, (max(0, window.padLeft) + step - 1) / step)
            let source = before * step - window.padLeft
            let count = source >= inputWidth ? 0 : min(width - before, (inputWidth - 1 - source) / step + 1)
            return (before, source, max(0, count), step)
        }

        fileprivate func storedRowCount(_ rows: Int) -> Int { storedRows(rows) }
        fileprivate var storedRowElements: Int { storedWidth * depth }
        fileprivate func sourceRow(_ first: Int, _ row: Int) -> Int {
            (isPoint ? (first + row) * window.strideY : first * window.strideY + row) - window.padTop
        }
    }

    /// Rounds the pixels of an image, `[blocks, height, width, 16]`; around it are zeros.
    func fill(_ shape: Shape, _ image: UnsafePointer<Float>, _ kernels: BF16Kernels) {
        let inside = shape.inside(), depth = shape.depth, elements = shape.storedRowElements
        for row in 0..<shape.storedRowCount(rows) {
            let target = pixels + row * elements, source = shape.sourceRow(first, row)
            guard source >= 0, source < shape.inputHeight, inside.count > 0 else {
                target.update(repeating: 0, count: elements)
                continue
            }
            target.update(repeating: 0, count: inside.stored * depth)
            kernels.narrowPixels(
                inside.count, shape.blocks, depth, image + (source * shape.inputWidth + inside.source) * 16,
                inside.step * 16, shape.inputHeight * shape.inputWidth * 16, target + inside.stored * depth)
            let end = (inside.stored + inside.count) * depth
            (target + end).update(repeating: 0, count: elements - end)
        }
    }
}
