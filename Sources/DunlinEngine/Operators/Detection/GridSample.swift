import DunlinInference
import DunlinTensor

/// ONNX `GridSample`: images `[N, C, H, W]` at the places `[N, h, w, 2]`, -1 to 1 each; the same with three axes.
struct GridSample: Operator {
    private enum Interpolation: Sendable { case nearest, linear, cubic }
    private enum Padding: String, Sendable { case zeros, border, reflection }
    private let interpolation: Interpolation
    private let padding: Padding
    private let alignsCorners: Bool

    init(_ node: Node) throws(InferError) {
        let mode = try node.string("mode", default: node.opset < 20 ? "bilinear" : "linear")
        switch mode {
        case "nearest": interpolation = .nearest
        case "bilinear", "linear": interpolation = .linear
        case "bicubic", "cubic": interpolation = .cubic
        default: throw InferError(.invalidArgument, "attribute 'mode' is '\(mode)'")
        }
        let name = try node.string("padding_mode", default: "zeros")
        guard let padding = Padding(rawValue: name) else {
            throw InferError(.invalidArgument, "attribute 'padding_mode' is '\(name)'")
        }
        self.padding = padding
        alignsCorners = try node.bool("align_corners", default: false)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        // ONNX allows other floats for the grid.
        try inputs.require(1, isOneOf: [inputs[0].dataType])
        try inputs.require(0, rank: 4...5)
        try inputs.require(1, rank: 4...5)
        guard let image = inputs[0].extents, let grid = inputs[1].extents else {
            return [TensorFact(inputs[0].dataType, inputs[0].rank.map { [Int](repeating: -1, count: $0) })]
        }
        let axes = image.count - 2
        guard image.count == grid.count, image[0] == grid[0] || min(image[0], grid[0]) < 0,
            grid[axes + 1] == axes || grid[axes + 1] < 0
        else { throw InferError(.invalidArgument, "grid has shape \(grid) for an image \(image)") }
        guard !image[2...].contains(0) else { throw InferError(.invalidArgument, "the image \(image) is empty") }
        if axes == 3, case .cubic = interpolation {
            throw InferError(.unsupported, "cubic sampling of images of three axes is not supported")
        }
        return [TensorFact(inputs[0].dataType, Array(image[..<2]) + Array(grid[1...axes]))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (image, output) = (inputs[0].shape.dimensions, outputs[0].shape.dimensions)
        switch inputs[0].dataType {
        case .fp32:
            return image.count == 5 ? volume(Float.self, image, output) : kernel(Float.self, image, output)
        case .fp64:
            return image.count == 5 ? volume(Double.self, image, output) : kernel(Double.self, image, output)
        default: return try bindThroughFloat(inputs, outputs)
        }
    }

    /// Images of three axes `[N, C, D, H, W]` at the places `[N, d, h, w, 3]`, which hold x, y, z.
    private func volume<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ image: [Int], _ output: [Int]
    ) -> Kernel {
        let (channels, depth, height, width) = (image[1], image[2], image[3], image[4])
        let count = output[2...].reduce(1, *)
        return Kernel { buffers in
            let source = buffers.input(0, as: type)
            let grid = buffers.input(1, as: type)
            let result = buffers.output(0, as: type)
            guard !result.isEmpty else { return }
            for batch in 0..<image[0] {
                for position in 0..<count {
                    let at = (batch * count + position) * 3
                    let columns = taps(Double(grid[at]), width)
                    let rows = taps(Double(grid[at + 1]), height)
                    let layers = taps(Double(grid[at + 2]), depth)
                    for channel in 0..<channels {
                        let volume = (batch * channels + channel) * depth * height * width
                        var sum = 0.0
                        for z in 0..<2 where layers.weights[z] != 0 {
                            for y in 0..<2 where rows.weights[y] != 0 {
                                let row = volume + (layers.indexes[z] * height + rows.indexes[y]) * width
                                for x in 0..<2 where columns.weights[x] != 0 {
                                    sum +=
                                        Double(source[row + columns.indexes[x]]) * layers.weights[z] * rows.weights[y]
                                        * columns.weights[x]
                                }
                            }
                        }
                        result[(batch * channels + channel) * count + position] = Element(sum)
                    }
                }
            }
        }
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ image: [Int], _ output: [Int]
    ) -> Kernel {
        let (channels, height, width) = (image[1], image[2], image[3])
        let count = output[2] * output[3]
        return Kernel { buffers in
            let source = buffers.input(0, as: type)
            let grid = buffers.input(1, as: type)
            let result = buffers.output(0, as: type)
            guard !result.isEmpty else { return }
            for batch in 0..<image[0] {
                for position in 0..<count {
                    let at = (batch * count + position) * 2
                    let columns = taps(Double(grid[at]), width)
                    let rows = taps(Double(grid[at + 1]), height)
                    for channel in 0..<channels {
                        let plane = (batch * channels + channel) * height * width
                        var sum = 0.0
                        for y in 0..<4 where rows.weights[y] != 0 {
                            for x in 0..<4 where columns.weights[x] != 0 {
                                let value = source[plane + rows.indexes[y] * width + columns.indexes[x]]
                                sum += Double(value) * rows.weights[y] * columns.weights[x]
                            }
                        }
                        result[(batch * channels + channel) * count + position] = Element(sum)
                    }
                }
            }
        }
    }

    /// Up to four elements of an axis and their weights, 0 for those that do not count.
    private func taps(_ place: Double, _ extent: Int) -> (indexes: SIMD4<Int>, weights: SIMD4<Double>) {
        let size = Double(extent)
        var x = alignsCorners ? (place + 1) / 2 * (size - 1) : ((place + 1) * size - 1) / 2
        // Beyond this nothing can be told apart; NaN counts as the first element.
        x = x.isNaN ? 0 : max(min(x, 1e15), -1e15)
        var indexes = SIMD4<Int>()
        var weights = SIMD4<Double>()
        switch interpolation {
        case .nearest:
            indexes[0] = Int(x.rounded(.toNearestOrEven))
            weights[0] = 1
        case .linear:
            if padding == .border { x = max(min(x, size - 1), 0) }
            if padding == .reflection { x = reflected(x, extent) }
            let below = x.rounded(.down)
            (indexes[0], indexes[1]) = (Int(below), Int(below) + 1)
            (weights[0], weights[1]) = (1 - (x - below), x - below)
        case .cubic:
            let below = x.rounded(.down)
            for tap in 0..<4 {
                indexes[tap] = Int(below) + tap - 1
                weights[tap] = ResizeAxis.cubic(abs(Double(tap - 1) - (x - below)), -0.75)
            }
        }
        for tap in 0..<4 where indexes[tap] < 0 || indexes[tap] >= extent {
            switch padding {
            case .zeros:
                indexes[tap] = 0
                weights[tap] = 0
            case .border: indexes[tap] = max(min(indexes[tap], extent - 1), 0)
            case .reflection: indexes[tap] = clamping(reflected(Double(indexes[tap]), extent).rounded(), extent)
            }
        }
        return (indexes, weights)
    }

    /// The place mirrored at the image's edges until it lies inside.
    private func reflected(_ place: Double, _ extent: Int) -> Double {
        let low = alignsCorners ? 0 : -0.5
        let high = alignsCorners ? Double(extent - 1) : Double(extent) - 0.5
        let span = high - low
        guard span > 0 else { return 0 }
        let offset = abs(place - low).truncatingRemainder(dividingBy: 2 * span)
        let inside = offset > span ? 2 * span - offset : offset
        return max(min(low + inside, Double(extent - 1)), 0)
    }
}
