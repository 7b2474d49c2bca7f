/// How a two-dimensional window moves over an image: the attributes of ONNX `Conv` and the pools.
///
/// One-dimensional operators use height 1.
package struct Window2D: Sendable, Equatable {
    package var height, width: Int
    package var strideY = 1, strideX = 1
    package var dilationY = 1, dilationX = 1
    package var padTop = 0, padLeft = 0, padBottom = 0, padRight = 0

    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// Rows of the image that the window covers, holes of the dilation included.
    package var reachY: Int { (height - 1) * dilationY + 1 }
    /// Columns of the image that the window covers, holes of the dilation included.
    package var reachX: Int { (width - 1) * dilationX + 1 }

    /// Output rows for an image of `inputHeight` rows; 0 when the window does not fit. Rounded down (no ceil mode).
    package func outputHeight(_ inputHeight: Int) -> Int {
        max(0, (inputHeight + padTop + padBottom - reachY + strideY) / strideY)
    }

    /// Output columns for an image of `inputWidth` columns; 0 when the window does not fit. Rounded down.
    package func outputWidth(_ inputWidth: Int) -> Int {
        max(0, (inputWidth + padLeft + padRight - reachX + strideX) / strideX)
    }

    /// The table of numbers that the kernels read (`DunlinKernelsBaseline/Window.swift`), in its order.
    func withGeometry<Result>(
        inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int,
        _ body: (UnsafePointer<Int>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 14) { table in
            table[0] = inputHeight
            table[1] = inputWidth
            table[2] = outputHeight
            table[3] = outputWidth
            table[4] = height
            table[5] = width
            // A single output makes no step, however long one would be.
            table[6] = outputHeight == 1 ? 1 : strideY
            table[7] = outputWidth == 1 ? 1 : strideX
            table[8] = dilationY
            table[9] = dilationX
            table[10] = padTop
            table[11] = padLeft
            table[12] = padBottom
            table[13] = padRight
            return body(UnsafePointer(table.baseAddress!))
        }
    }

    /// The largest size, stride, dilation or pad; far above any model's, and small enough that no product overflows.
    package static let largestExtent = 1 << 16

    /// Whether sizes, strides and dilations are in 1...`largestExtent` and pads in 0...`largestExtent`.
    ///
    /// A model's attributes are checked with this before a kernel sees them: there it is a precondition.
    package var isValid: Bool {
        [height, width, strideY, strideX, dilationY, dilationX].allSatisfy { (1...Self.largestExtent).contains($0) }
            && [padTop, padLeft, padBottom, padRight].allSatisfy { (0...Self.largestExtent).contains($0) }
    }
}
