import DunlinInference
import DunlinTensor

/// ONNX `Resize` (10 to 19) and `Upsample` (7, 9), any number of axes.
///
/// `linear` and `cubic` are computed for floats; `nearest` for every fixed-size type.
struct Resize: Operator {
    private var method = ResizeAxis.Method()
    private let axes: [Int]?
    private let policy: String
    private let extrapolation: Double
    /// `Upsample` before opset 9.
    private let fixedScales: [Float]?
    private let scalesInput: Int
    private let regionInput: Int?
    private let sizesInput: Int?

    static func make(_ node: Node) throws(InferError) -> any Operator {
        node.opset < 11 ? try upsample(node) : try Resize(node)
    }

    private init(_ node: Node) throws(InferError) {
        scalesInput = 2
        regionInput = 1
        sizesInput = 3
        fixedScales = nil
        method.interpolation = try Self.named(node, "mode", .nearest)
        method.coordinates = try Self.named(node, "coordinate_transformation_mode", .halfPixel)
        method.rounding = try Self.named(node, "nearest_mode", .roundPreferFloor)
        method.cubicCoefficient = Double(try node.float("cubic_coeff_a", default: -0.75))
        method.excludesOutside = try node.bool("exclude_outside", default: false)
        method.antialiases = try node.bool("antialias", default: false)
        extrapolation = Double(try node.float("extrapolation_value", default: 0))
        axes = try node.ints("axes")
        policy = try node.string("keep_aspect_ratio_policy", default: "stretch")
        guard ["stretch", "not_larger", "not_smaller"].contains(policy) else {
            throw InferError(.invalidArgument, "attribute 'keep_aspect_ratio_policy' is '\(policy)'")
        }
        guard node.hasInput(2) || node.hasInput(3) else {
            throw InferError(.invalidArgument, "neither scales nor sizes are given")
        }
    }

    static func upsample(_ node: Node) throws(InferError) -> any Operator { try Resize(node, scalesInput: 1) }

    /// What opset 10 calls `Resize` and earlier ones `Upsample`: places are scaled from the first element on.
    private init(_ node: Node, scalesInput: Int) throws(InferError) {
        self.scalesInput = scalesInput
        (regionInput, sizesInput, axes, policy, extrapolation) = (nil, nil, nil, "stretch", 0)
        let mode = try node.string("mode", default: "nearest")
        guard ["nearest", "linear", "bilinear"].contains(mode) else {
            throw InferError(.invalidArgument, "attribute 'mode' is '\(mode)'")
        }
        method.interpolation = mode == "nearest" ? .nearest : .linear
        method.coordinates = .asymmetric
        method.rounding = .floor
        fixedScales = node.opset < 9 ? try node.floats("scales") : nil
        if node.opset < 9 && fixedScales == nil { throw node.missing("scales") }
        guard node.opset < 9 || node.hasInput(1) else {
            throw InferError(.invalidArgument, "the scales input is missing")
        }
    }

    private static func named<Choice: RawRepresentable<String>>(
        _ node: Node, _ key: String, _ fallback: Choice
    ) throws(InferError) -> Choice {
        guard let name = try node.string(key) else { return fallback }
        guard let choice = Choice(rawValue: name) else {
            throw InferError(.invalidArgument, "attribute '\(key)' is '\(name)'")
        }
        return choice
    }

    /// One axis' new extent and how it comes about.
    private struct Target {
        var output: Int
        var scale = 1.0
        var region = (start: 0.0, end: 1.0)
    }

    /// All axes' targets, `nil` while an input that decides them is not known.
    private func targets(_ inputs: InputFacts, _ extents: [Int]) throws(InferError) -> [Target]? {
        let axes = try normalized(axes: axes ?? Array(extents.indices), rank: extents.count)
        var targets = extents.map { Target(output: $0) }
        if method.coordinates == .cropAndResize {
            guard let input = regionInput, let fact = inputs.optional(input) else {
                throw InferError(.invalidArgument, "the roi input is missing")
            }
            guard let region = fact.numbers else { return nil }
            guard region.count == 2 * axes.count, region.allSatisfy({ abs($0) <= 1e6 }) else {
                throw InferError(.invalidArgument, "roi does not describe \(axes.count) axes")
            }
            for (place, axis) in axes.enumerated() {
                targets[axis].region = (region[place], region[place + axes.count])
            }
        }
        if let sizes = sizesInput.flatMap({ inputs.optional($0) }), sizes.elementCount != 0 {
            if let given = inputs.optional(scalesInput), given.elementCount != 0 {
                throw InferError(.invalidArgument, "both scales and sizes are given")
            }
            guard let sizes = sizes.integers else { return nil }
            return try resize(targets, to: sizes, axes, extents)
        }
        var given = fixedScales?.map(Double.init)
        if given == nil {
            guard let input = inputs.optional(scalesInput) else {
                throw InferError(.invalidArgument, "neither scales nor sizes are given")
            }
            guard let known = input.numbers else { return nil }
            given = known
        }
        guard let given, given.count == axes.count else {
            throw InferError(.invalidArgument, "\(given?.count ?? 0) scales for \(axes.count) axes")
        }
        for (axis, scale) in zip(axes, given) {
            guard scale > 0 && scale.isFinite else { throw InferError(.invalidArgument, "a scale is \(scale)") }
            targets[axis].scale = scale
            guard extents[axis] >= 0 else { continue }
            let extent = (Float(extents[axis]) * Float(scale)).rounded(.down)
            guard extent >= 0 && extent <= Float(TensorFact.mostElements) else {
                throw InferError(
                    .invalidArgument, "axis \(axis) of \(extents[axis]) elements cannot be scaled by \(scale)")
            }
            targets[axis].output = Int(extent)
        }
        return targets
    }

    private func resize(
        _ targets: [Target], to sizes: [Int], _ axes: [Int], _ extents: [Int]
    ) throws(InferError) -> [Target] {
        var targets = targets
        guard sizes.count == axes.count, sizes.allSatisfy({ $0 >= 0 && $0 <= TensorFact.mostElements }) else {
            throw InferError(.invalidArgument, "sizes \(sizes) do not fit \(axes.count) axes")
        }
        if policy != "stretch" {
            var ratios: [Double] = []
            for (axis, size) in zip(axes, sizes) where extents[axis] > 0 {
                ratios.append(Double(size) / Double(extents[axis]))
            }
            let isKnown = axes.allSatisfy { extents[$0] >= 0 }
            let ratio = (policy == "not_larger" ? ratios.min() : ratios.max()) ?? 1
            for axis in axes {
                let extent = (Double(extents[axis]) * ratio + 0.5).rounded(.down)
                guard extent <= Double(TensorFact.mostElements) else {
                    throw InferError(.resourceExhausted, "axis \(axis) would become \(extent) elements")
                }
                targets[axis].output = isKnown ? Int(extent) : -1
                targets[axis].scale = ratio
            }
            return targets
        }
        for (axis, size) in zip(axes, sizes) {
            targets[axis].output = size
            if extents[axis] > 0 && size > 0 { targets[axis].scale = Double(size) / Double(extents[axis]) }
        }
        return targets
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: method.interpolation == .nearest ? DataType.fixedSize : DataType.floats)
        if fixedScales == nil, inputs.optional(scalesInput) != nil {
            try inputs.require(scalesInput, isOneOf: [.fp32, .fp64, .fp16])
        }
        if let sizesInput, inputs.optional(sizesInput) != nil { try inputs.require(sizesInput, isOneOf: [.int64]) }
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        guard let targets = try targets(inputs, extents) else {
            return [TensorFact(inputs[0].dataType, extents.map { _ in -1 })]
        }
        for (axis, target) in targets.enumerated() where extents[axis] == 0 && target.output > 0 {
            throw InferError(.invalidArgument, "axis \(axis) is empty and cannot become \(target.output) elements")
        }
        return [TensorFact(inputs[0].dataType, targets.map(\.output))]
    }

    /// Refuses what ONNX and ONNX Runtime compute differently, so that a model does not change with the backend: the
    /// place of corners when an extent times its scale is no whole number, the extent of a scaled crop, and the
    /// rounding of symmetric places. Scales that only a request tells mean what ONNX says.
    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        let mode = "coordinate_transformation_mode \(method.coordinates.rawValue)"
        if method.coordinates == .halfPixelSymmetric, method.interpolation == .nearest {
            throw InferError(.unsupported, "\(mode) with mode nearest is not supported")
        }
        let hasSizes = sizesInput.flatMap { inputs.optional($0) }.map { $0.elementCount != 0 } ?? false
        guard !hasSizes else { return self }
        if method.coordinates == .cropAndResize {
            throw InferError(.unsupported, "\(mode) with scales is not supported")
        }
        guard method.coordinates == .alignCorners, let scales = inputs.optional(scalesInput)?.numbers else {
            return self
        }
        let rank = inputs[0].rank ?? 0
        for (place, scale) in scales.enumerated() {
            var extent = -1
            if let extents = inputs[0].extents {
                let axes = try normalized(axes: axes ?? Array(extents.indices), rank: rank)
                if place < axes.count { extent = extents[axes[place]] }
            }
            let scaled = Float(max(extent, 1)) * Float(scale)
            guard scaled == scaled.rounded(.down) || extent >= 0 && scaled < 2 else {
                throw InferError(.unsupported, "\(mode) with the scale \(scale), which does not give a whole extent")
            }
        }
        return self
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[0].dataType
        guard let extents = inputs[0].extents, let targets = try targets(inputs, extents) else {
            preconditionFailure("bound with open shapes")
        }
        guard !targets.contains(where: { $0.output == 0 }), !extents.contains(0) else { return Kernel { _ in } }
        if dataType.isHalf && method.interpolation != .nearest { return try bindThroughFloat(inputs, outputs) }
        var steps: [ResizeSteps.Step] = []
        var current = extents
        var outside: [(axis: Int, positions: [Int])] = []
        // Shrinking axes first leaves least to do for the others.
        let order = extents.indices.sorted {
            targets[$0].output * extents[$1] < targets[$1].output * extents[$0]
        }
        for axis in order {
            let target = targets[axis]
            if target.scale == 1 && target.output == extents[axis] && method.coordinates != .cropAndResize { continue }
            var method = method
            // Before opset 11 ONNX says nothing of it; this is what ONNX Runtime takes.
            if sizesInput == nil, target.scale < 1 { method.rounding = .ceil }
            let table = try ResizeAxis(
                input: extents[axis], output: target.output, scale: target.scale, region: target.region,
                method: method)
            if !table.outside.isEmpty { outside.append((axis, table.outside)) }
            if table.isIdentity { continue }
            let step = ResizeSteps.Step(
                outer: current[..<axis].reduce(1, *), inner: current[(axis + 1)...].reduce(1, *), axis: table)
            current[axis] = target.output
            guard let count = Shape.elementCount(of: current), count <= TensorFact.mostElements else {
                throw InferError(.resourceExhausted, "an intermediate result \(current) is too large")
            }
            steps.append(step)
        }
        let resizing = ResizeSteps(
            steps: steps, extents: current,
            outside: outside.map { ResizeSteps.Outside(axis: $0.axis, positions: $0.positions) },
            extrapolation: extrapolation)
        if method.interpolation != .nearest {
            return dataType == .fp64 ? resizing.weighted(Double.self) : resizing.weighted(Float.self)
        }
        return try resizing.moving(dataType)
    }
}

extension TensorFact {
    /// The elements as numbers, when they are known and floats.
    var numbers: [Double]? {
        guard let constant else { return nil }
        switch constant.dataType {
        case .fp32: return constant.elements(as: Float.self).map(Double.init)
        case .fp64: return Array(constant.elements(as: Double.self))
        case .fp16: return constant.elements(as: Float16.self).map(Double.init)
        default: return nil
        }
    }
}
