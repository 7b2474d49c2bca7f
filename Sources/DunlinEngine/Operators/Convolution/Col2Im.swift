import DunlinInference
import DunlinTensor

/// ONNX `Col2Im`: adds blocks `[N, C · block, places]` into images `[N, C, …]`, the reverse of cutting images up.
struct Col2Im: Operator {
    private let strides: [Int]?
    private let dilations: [Int]?
    private let pads: [Int]?

    init(_ node: Node) throws(InferError) {
        strides = try node.ints("strides")
        dilations = try node.ints("dilations")
        pads = try node.ints("pads")
        for (key, values, least) in [("strides", strides, 1), ("dilations", dilations, 1), ("pads", pads, 0)] {
            guard let values, !values.allSatisfy({ $0 >= least && $0 <= Window.mostExtent }) else { continue }
            throw InferError(.invalidArgument, "attribute '\(key)' is \(values)")
        }
    }

    /// One spatial axis of image and block.
    private struct Axis {
        var image, block, stride, dilation, padBefore, places: Int
    }

    private func axes(_ image: [Int], _ block: [Int]) throws(InferError) -> [Axis] {
        let count = image.count
        guard count > 0, block.count == count, strides?.count ?? count == count, dilations?.count ?? count == count,
            pads?.count ?? 2 * count == 2 * count
        else { throw InferError(.invalidArgument, "image \(image), block \(block) and attributes differ in axes") }
        var axes: [Axis] = []
        for axis in 0..<count {
            let (stride, dilation) = (strides?[axis] ?? 1, dilations?[axis] ?? 1)
            let (before, after) = (pads?[axis] ?? 0, pads?[axis + count] ?? 0)
            guard (1...Window.mostExtent).contains(block[axis]), image[axis] > 0, image[axis] < TensorFact.mostElements
            else { throw InferError(.invalidArgument, "image \(image) with blocks of \(block)") }
            let room = image[axis] + before + after - dilation * (block[axis] - 1) - 1
            guard room >= 0 else {
                throw InferError(.invalidArgument, "blocks of \(block) do not fit an image of \(image)")
            }
            axes.append(
                Axis(
                    image: image[axis], block: block[axis], stride: stride, dilation: dilation, padBefore: before,
                    places: room / stride + 1))
        }
        return axes
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 3...3)
        for index in 1...2 {
            try inputs.require(index, isOneOf: [.int64])
            try inputs.require(index, rank: 1...1)
        }
        let input = inputs[0].extents ?? [-1, -1, -1]
        guard let image = inputs[1].integers, let block = inputs[2].integers else {
            let rank = inputs[1].elementCount
            return [TensorFact(inputs[0].dataType, rank.map { [input[0]] + TensorFact.open(rank: $0 + 1) })]
        }
        let axes = try axes(image, block)
        let fact = TensorFact(inputs[0].dataType, [1] + image)
        try fact.checkLimits()
        try TensorFact(inputs[0].dataType, axes.map(\.block)).checkLimits()
        try TensorFact(inputs[0].dataType, axes.map(\.places)).checkLimits()
        let blockCount = block.product
        guard input[1] < 0 || input[1] % blockCount == 0, input[2] < 0 || input[2] == axes.map(\.places).product else {
            throw InferError(.invalidArgument, "the input \(inputs[0]) does not hold blocks \(block) of \(image)")
        }
        return [TensorFact(inputs[0].dataType, [input[0], input[1] < 0 ? -1 : input[1] / blockCount] + image)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let image = inputs[1].integers, let block = inputs[2].integers else {
            preconditionFailure("bound with open shapes")
        }
        let axes = try axes(image, block)
        let planes = outputs[0].shape[0] * outputs[0].shape[1]
        return inputs[0].dataType == .fp32
            ? kernel(Float.self, axes, planes: planes) : kernel(Double.self, axes, planes: planes)
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ axes: [Axis], planes: Int
    ) -> Kernel {
        let own = DunlinEngine.strides(of: axes.map(\.image))
        let imageCount = axes.map(\.image).product
        let (blockCount, placeCount) = (axes.map(\.block).product, axes.map(\.places).product)
        return Kernel { buffers in
            let input = buffers.input(0, as: type)
            let output = buffers.output(0, as: type)
            output.update(repeating: 0)
            guard planes > 0 else { return }
            var tap = Odometer(axes.map(\.block))
            for element in 0..<blockCount {
                var place = Odometer(axes.map(\.places))
                for number in 0..<placeCount {
                    var offset = 0
                    var isInside = true
                    for (index, axis) in axes.enumerated() {
                        let at = place.index[index] * axis.stride - axis.padBefore + tap.index[index] * axis.dilation
                        if at < 0 || at >= axis.image { isInside = false }
                        offset += at * own[index]
                    }
                    place.advance()
                    guard isInside else { continue }
                    for plane in 0..<planes {
                        output[plane * imageCount + offset] +=
                            input[(plane * blockCount + element) * placeCount + number]
                    }
                }
                tap.advance()
            }
        }
    }
}
