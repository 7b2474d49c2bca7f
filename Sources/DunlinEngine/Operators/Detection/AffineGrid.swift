import DunlinInference
import DunlinTensor

/// ONNX `AffineGrid`: the places that `GridSample` reads, for an affine map `[N, 2, 3]` or `[N, 3, 4]` of the image.
struct AffineGrid: Operator {
    private let alignsCorners: Bool

    init(_ node: Node) throws(InferError) { alignsCorners = try node.bool("align_corners", default: false) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 3...3)
        try inputs.require(1, isOneOf: [.int64])
        try inputs.require(1, rank: 1...1)
        guard let size = inputs[1].integers else {
            let rank = inputs[1].elementCount
            guard rank.map({ (4...5).contains($0) }) ?? true else {
                throw InferError(.invalidArgument, "input 1 has \(rank!) elements, expected 4 or 5")
            }
            return [
                TensorFact(
                    inputs[0].dataType, rank.map { [Int](repeating: -1, count: $0 - 1) + [$0 - 2] })
            ]
        }
        guard (4...5).contains(size.count), size.allSatisfy({ $0 > 0 }) else {
            throw InferError(.invalidArgument, "input 1 is \(size), expected N, C and two or three extents")
        }
        if alignsCorners, size[2...].contains(1) {
            // ONNX, ONNX Runtime and PyTorch each put the only element elsewhere.
            throw InferError(.unsupported, "attribute 'align_corners' with an extent of 1 in the size \(size)")
        }
        let axes = size.count - 2
        if let map = inputs[0].extents, !zip(map, [size[0], axes, axes + 1]).allSatisfy({ $0 == $1 || $0 < 0 }) {
            throw InferError(.invalidArgument, "the map \(inputs[0]) does not fit the size \(size)")
        }
        return [TensorFact(inputs[0].dataType, [size[0]] + size[2...] + [axes])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let shape = outputs[0].shape.dimensions
        return inputs[0].dataType == .fp32 ? kernel(Float.self, shape) : kernel(Double.self, shape)
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ shape: [Int]
    ) -> Kernel {
        let spatial = Array(shape[1..<shape.count - 1])
        let alignsCorners = alignsCorners
        let axes = spatial.count
        let places = spatial.product
        // Coordinates run from -1 to 1: through the elements' centres, or through the corners. They are in no table:
        // one would have a request's extents.
        @Sendable func coordinate(_ index: Int, _ extent: Int) -> Double {
            alignsCorners
                ? 2 * Double(index) / Double(extent - 1) - 1 : (2 * Double(index) + 1) / Double(extent) - 1
        }
        return Kernel { buffers in
            let maps = buffers.input(0, as: type)
            let output = buffers.output(0, as: type)
            for batch in 0..<shape[0] {
                var place = Odometer(spatial)
                for number in 0..<places {
                    for row in 0..<axes {
                        let map = (batch * axes + row) * (axes + 1)
                        var sum = Double(maps[map + axes])
                        // The map's columns are x, y, z: the last axis first.
                        for column in 0..<axes {
                            let axis = axes - 1 - column
                            sum += Double(maps[map + column]) * coordinate(place.index[axis], spatial[axis])
                        }
                        output[(batch * places + number) * axes + row] = Element(sum)
                    }
                    place.advance()
                }
            }
        }
    }
}
