import DunlinInference
import DunlinTensor

/// ONNX `RoiAlign`: each region of an image brought to one size, by sampling it linearly on a grid in every cell.
///
/// Inputs: images `[N, C, H, W]`, regions `[R, 4]` as x1, y1, x2, y2, and the image number of each region.
struct RoiAlign: Operator {
    /// The most samples on one axis of a region.
    static let mostSamples = 1 << 16
    /// The most samples of a call, of all regions and channels: 2^32, seconds of work for a request of a few bytes.
    static let mostSamplesInAll = 1 << 32

    private let height, width: Int
    private let sampleCount: Int
    private let scale: Double
    private let takesMaximum: Bool
    /// Whether the image's elements have their centres at halves; opset 10 knows only the other way.
    private let isHalfPixel: Bool

    init(_ node: Node) throws(InferError) {
        height = try node.int("output_height", default: 1)
        width = try node.int("output_width", default: 1)
        sampleCount = try node.int("sampling_ratio", default: 0)
        scale = Double(try node.float("spatial_scale", default: 1))
        let mode = try node.string("mode", default: "avg")
        guard mode == "avg" || mode == "max" else {
            throw InferError(.invalidArgument, "attribute 'mode' is '\(mode)'")
        }
        takesMaximum = mode == "max"
        let transformation =
            node.opset < 16
            ? "output_half_pixel" : try node.string("coordinate_transformation_mode", default: "half_pixel")
        guard transformation == "half_pixel" || transformation == "output_half_pixel" else {
            throw InferError(.invalidArgument, "attribute 'coordinate_transformation_mode' is '\(transformation)'")
        }
        isHalfPixel = transformation == "half_pixel"
        guard (1...Window.mostExtent).contains(height), (1...Window.mostExtent).contains(width),
            (0...Self.mostSamples).contains(sampleCount), sampleCount * max(height, width) <= Self.mostSamples,
            scale.isFinite
        else {
            throw InferError(
                .invalidArgument, "an output of \(height) by \(width) with \(sampleCount) samples, scale \(scale)")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.requireSameType(0, 1)
        try inputs.require(2, isOneOf: [.int64])
        try inputs.require(0, rank: 4...4)
        try inputs.require(1, rank: 2...2)
        try inputs.require(2, rank: 1...1)
        let count = inputs[1].extents?[0] ?? -1
        if let columns = inputs[1].extents?[1], columns >= 0, columns != 4 {
            throw InferError(.invalidArgument, "regions have \(columns) numbers, expected 4")
        }
        if let numbers = inputs[2].extents?[0], numbers >= 0, count >= 0, numbers != count {
            throw InferError(.invalidArgument, "\(numbers) image numbers for \(count) regions")
        }
        return [TensorFact(inputs[0].dataType, [count, inputs[0].extents?[1] ?? -1, height, width])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let image = inputs[0].shape.dimensions
        return inputs[0].dataType == .fp32 ? kernel(Float.self, image) : kernel(Double.self, image)
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ image: [Int]
    ) -> Kernel {
        let (channels, planeCount) = (image[1], image[2] * image[3])
        return Kernel { (buffers) throws(InferError) in
            let source = buffers.input(0, as: type)
            let regions = buffers.input(1, as: type)
            let numbers = buffers.input(2, as: Int64.self)
            let output = buffers.output(0, as: type)
            guard !output.isEmpty else { return }
            var samplesLeft = Self.mostSamplesInAll
            for (region, number) in numbers.enumerated() {
                guard number >= 0, number < image[0] else {
                    throw InferError(.invalidArgument, "region \(region) is of image \(number), there are \(image[0])")
                }
                let corner = { (index: Int) -> Double in Double(regions[region * 4 + index]) }
                let rows = try cells(corner(1), corner(3), height, extent: image[2], region)
                let columns = try cells(corner(0), corner(2), width, extent: image[3], region)
                guard planeCount > 0 else {
                    // All cells lie outside an image without pixels.
                    let count = channels * height * width
                    output[region * count..<(region + 1) * count].update(repeating: 0)
                    continue
                }
                let samples = height * rows[0].count * width * columns[0].count
                guard channels <= samplesLeft / max(samples, 1) else {
                    throw InferError(
                        .resourceExhausted,
                        "the regions up to number \(region) need more than \(Self.mostSamplesInAll) samples in "
                            + "\(channels) channels")
                }
                samplesLeft -= samples * channels
                for channel in 0..<channels {
                    let first = (Int(number) * channels + channel) * planeCount
                    let plane = UnsafeBufferPointer(rebasing: source[first..<first + planeCount])
                    let start = (region * channels + channel) * height * width
                    for (row, vertical) in rows.enumerated() {
                        for (column, horizontal) in columns.enumerated() {
                            output[start + row * width + column] = Element(
                                value(plane, image[3], vertical, horizontal))
                        }
                    }
                }
            }
        }
    }

    /// A sample between two elements of an axis; both weights are 0 outside the image.
    private struct Sample {
        var low, high: Int
        var lowWeight, highWeight: Double
    }

    /// The samples of each cell on one axis.
    private func cells(
        _ first: Double, _ last: Double, _ count: Int, extent: Int, _ region: Int
    ) throws(InferError) -> [[Sample]] {
        let offset = isHalfPixel ? 0.5 : 0
        let start = first * scale - offset
        var length = last * scale - offset - start
        // Regions that are too small have one element.
        if !isHalfPixel { length = max(length, 1) }
        guard start.isFinite, length.isFinite else {
            throw InferError(.invalidArgument, "region \(region) is not finite")
        }
        let cell = length / Double(count)
        let wanted = sampleCount > 0 ? Double(sampleCount) : max(cell.rounded(.up), 0)
        guard wanted * Double(count) <= Double(Self.mostSamples) else {
            throw InferError(
                .invalidArgument,
                "region \(region) needs \(wanted) samples in each of \(count) cells, the limit is "
                    + "\(Self.mostSamples) in all")
        }
        return (0..<count).map { position in
            (0..<Int(wanted)).map { index in
                let place = start + Double(position) * cell + (Double(index) + 0.5) * cell / wanted
                guard place >= -1, place <= Double(extent), extent > 0 else {
                    return Sample(low: 0, high: 0, lowWeight: 0, highWeight: 0)
                }
                let inside = max(place, 0)
                let low = Int(inside)
                guard low < extent - 1 else {
                    return Sample(low: extent - 1, high: extent - 1, lowWeight: 1, highWeight: 0)
                }
                return Sample(
                    low: low, high: low + 1, lowWeight: 1 - (inside - Double(low)), highWeight: inside - Double(low))
            }
        }
    }

    private func value<Element: BinaryFloatingPoint>(
        _ plane: UnsafeBufferPointer<Element>, _ width: Int, _ rows: [Sample], _ columns: [Sample]
    ) -> Double {
        var sum = 0.0
        var largest: Double?
        for row in rows {
            for column in columns {
                let corners = (
                    row.lowWeight * column.lowWeight * Double(plane[row.low * width + column.low]),
                    row.lowWeight * column.highWeight * Double(plane[row.low * width + column.high]),
                    row.highWeight * column.lowWeight * Double(plane[row.high * width + column.low]),
                    row.highWeight * column.highWeight * Double(plane[row.high * width + column.high])
                )
                if takesMaximum {
                    // The largest weighted corner, not the largest sample: so it is defined.
                    let here = max(corners.0, corners.1, corners.2, corners.3)
                    largest = max(largest ?? here, here)
                } else {
                    sum += corners.0 + corners.1 + corners.2 + corners.3
                }
            }
        }
        return takesMaximum ? largest ?? 0 : sum / Double(max(rows.count * columns.count, 1))
    }
}
