import DunlinInference
import DunlinTensor

/// ONNX `MeanVarianceNormalization`: to zero mean and unit variance over `axes`.
struct MeanVarianceNormalization: Operator {
    private let axes: [Int]

    init(_ node: Node) throws(InferError) { axes = try node.ints("axes") ?? [0, 2, 3] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        if let rank = inputs[0].rank { _ = try normalized(axes: axes, rank: rank) }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let extents = inputs[0].shape.dimensions
        let axes = try normalized(axes: axes, rank: extents.count)
        switch inputs[0].dataType {
        case .fp32: return kernel(Float.self, extents, axes)
        case .fp64: return kernel(Double.self, extents, axes)
        default: return try bindThroughFloat(inputs, outputs)
        }
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ extents: [Int], _ axes: [Int]
    ) -> Kernel {
        let own = strides(of: extents)
        let kept = extents.indices.filter { !axes.contains($0) }
        let (keptExtents, keptStrides) = (kept.map { extents[$0] }, kept.map { own[$0] })
        let (sumExtents, sumStrides) = (axes.map { extents[$0] }, axes.map { own[$0] })
        let count = sumExtents.product
        return Kernel { buffers in
            let input = buffers.input(0, as: type)
            let output = buffers.output(0, as: type)
            guard !output.isEmpty else { return }
            var place = Odometer(keptExtents)
            for _ in 0..<keptExtents.product {
                let start = place.offset(keptStrides)
                let visit = { (body: (Int) -> Void) in
                    var inner = Odometer(sumExtents)
                    for _ in 0..<count {
                        body(start + inner.offset(sumStrides))
                        inner.advance()
                    }
                }
                var (sum, squares) = (0.0, 0.0)
                visit { sum += Double(input[$0]) }
                let mean = sum / Double(count)
                visit { squares += (Double(input[$0]) - mean) * (Double(input[$0]) - mean) }
                let deviation = (squares / Double(count)).squareRoot() + 1e-9
                visit { output[$0] = Element((Double(input[$0]) - mean) / deviation) }
                place.advance()
            }
        }
    }
}
