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

    /// Whether the sizes, strides and dilations are at least 1 and the pads not negative.
    package var isValid: Bool {
        min(height, width, min(strideY, strideX), min(dilationY, dilationX)) >= 1
            && min(padTop, padLeft, min(padBottom, padRight)) >= 0
    }
}
