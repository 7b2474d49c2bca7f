import DunlinInference

/// How one axis of a tensor is resampled: which input elements each output element is made of, and their weights.
struct ResizeAxis: Sendable {
    enum Interpolation: String, Sendable { case nearest, linear, cubic }
    enum Rounding: String, Sendable {
        case roundPreferFloor = "round_prefer_floor", roundPreferCeil = "round_prefer_ceil", floor, ceil
    }
    enum Coordinates: String, Sendable {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case tfHalfPixelForNearest = "tf_half_pixel_for_nn"
        case cropAndResize = "tf_crop_and_resize"
    }

    /// What all axes of an operator share.
    struct Method: Sendable {
        var interpolation: Interpolation = .nearest
        var rounding: Rounding = .roundPreferFloor
        var coordinates: Coordinates = .halfPixel
        var cubicCoefficient: Double = -0.75
        var excludesOutside = false
        var antialiases = false
    }

    /// The most table entries of one axis: 2^26.
    static let mostTaps = 1 << 26

    let input: Int
    let output: Int
    /// Input elements per output element.
    let tapCount: Int
    /// `[output, tapCount]`, each inside the input.
    private(set) var indexes: [Int32] = []
    /// `[output, tapCount]`.
    private(set) var weights: [Double] = []
    /// Output elements whose place lies outside the input, for `tf_crop_and_resize`.
    private(set) var outside: [Int] = []

    /// - Parameters:
    ///   - input: The axis' extent; more than 0.
    ///   - scale: Output elements per input element; finite and more than 0.
    ///   - region: Where the crop begins and ends, as parts of the input.
    /// - Throws: `.resourceExhausted` beyond `mostTaps`.
    init(
        input: Int, output: Int, scale: Double, region: (start: Double, end: Double), method: Method
    ) throws(InferError) {
        self.input = input
        self.output = output
        let filter = min(scale, 1)
        var first = 0
        var taps = 1.0
        switch method.interpolation {
        case .nearest: break
        case .linear where method.antialiases && filter < 1: taps = 2 - 2 * ((-1 / filter).rounded(.down) + 1)
        case .cubic where method.antialiases && filter < 1: taps = 2 - 2 * ((-2 / filter).rounded(.down) + 1)
        case .linear: taps = 2
        case .cubic: taps = 4
        }
        guard taps * Double(output) <= Double(Self.mostTaps) else {
            throw InferError(.resourceExhausted, "resizing \(input) elements to \(output) takes too large a table")
        }
        tapCount = Int(taps)
        first = 1 - tapCount / 2
        indexes.reserveCapacity(output * tapCount)
        weights.reserveCapacity(output * tapCount)
        for position in 0..<output {
            let place = Self.place(position, input, output, scale, region, method.coordinates)
            if method.coordinates == .cropAndResize, !(place >= 0 && place <= Double(input - 1)) {
                outside.append(position)
            }
            if method.interpolation == .nearest {
                indexes.append(Int32(clamping(Self.rounded(place, method.rounding), input)))
                weights.append(1)
                continue
            }
            let below = place.rounded(.down)
            let ratio = place - below
            let start = weights.count
            for tap in first..<first + tapCount {
                let index = below + Double(tap)
                var weight = 0.0
                let distance = (Double(tap) - ratio) * (method.antialiases ? filter : 1)
                if method.interpolation == .linear {
                    weight = max(1 - abs(distance), 0)
                } else {
                    weight = Self.cubic(abs(distance), method.cubicCoefficient)
                }
                if method.excludesOutside, !(index >= 0 && index < Double(input)) { weight = 0 }
                indexes.append(Int32(clamping(index, input)))
                weights.append(weight)
            }
            guard method.excludesOutside || method.antialiases else { continue }
            let sum = weights[start...].reduce(0, +)
            if sum != 0 { for index in start..<weights.count { weights[index] /= sum } }
        }
    }

    /// Whether the output is the input.
    var isIdentity: Bool {
        input == output && outside.isEmpty
            && (0..<output).allSatisfy { position in
                (0..<tapCount).allSatisfy { tap in
                    let entry = position * tapCount + tap
                    return weights[entry] == 0 || weights[entry] == 1 && Int(indexes[entry]) == position
                }
            }
    }

    /// The place in the input that an output element stands for.
    private static func place(
        _ position: Int, _ input: Int, _ output: Int, _ scale: Double, _ region: (start: Double, end: Double),
        _ coordinates: Coordinates
    ) -> Double {
        let x = Double(position)
        let last = Double(input - 1)
        switch coordinates {
        // In FP32, as ONNX Runtime has them: places that fall on an element's edge are rounded by the last bit.
        case .halfPixel: return Double((Float(x) + 0.5) / Float(scale) - 0.5)
        case .halfPixelSymmetric:
            let adjustment = Float(output) / (Float(scale) * Float(input))
            return Double(Float(input) / 2 * (1 - adjustment) + ((Float(x) + 0.5) / Float(scale) - 0.5))
        case .pytorchHalfPixel: return output == 1 ? 0 : Double((Float(x) + 0.5) / Float(scale) - 0.5)
        case .alignCorners:
            // ONNX means the extent before rounding.
            let extent = Float(input) * Float(scale)
            let width = abs(extent - extent.rounded()) < 1e-4 * extent ? Float(output) - 1 : extent - 1
            return output == 1 || width <= 0 ? 0 : Double(Float(x) * Float(last) / width)
        case .asymmetric: return Double(Float(x) / Float(scale))
        case .tfHalfPixelForNearest: return Double((Float(x) + 0.5) / Float(scale))
        case .cropAndResize:
            let (start, end, last) = (Float(region.start), Float(region.end), Float(last))
            guard output > 1 else { return Double(0.5 * (start + end) * last) }
            return Double(start * last + (Float(x) * (end - start) * last) / Float(output - 1))
        }
    }

    private static func rounded(_ place: Double, _ rounding: Rounding) -> Double {
        switch rounding {
        case .roundPreferFloor: (place - 0.5).rounded(.up)
        case .roundPreferCeil: (place + 0.5).rounded(.down)
        case .floor: place.rounded(.down)
        case .ceil: place.rounded(.up)
        }
    }

    /// Keys' cubic at `x` elements from the place.
    static func cubic(_ x: Double, _ a: Double) -> Double {
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
        return 0
    }
}

/// The index nearest to `place` of an axis of `extent` > 0 elements; 0 for NaN.
func clamping(_ place: Double, _ extent: Int) -> Int {
    guard place > 0 else { return 0 }
    return place >= Double(extent - 1) ? extent - 1 : Int(place)
}
