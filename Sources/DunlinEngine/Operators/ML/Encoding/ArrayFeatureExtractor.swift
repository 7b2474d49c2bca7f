import DunlinInference
import DunlinTensor

/// ONNX-ML `ArrayFeatureExtractor`: the columns whose numbers input 1 holds, in its order.
struct ArrayFeatureExtractor: MovementOperator {
    init(_ node: Node) throws(InferError) {}

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, rank: 1...TensorFact.mostAxes)
        try inputs.require(1, isOneOf: [.int64])
        var output = TensorFact(inputs[0].dataType, nil)
        if let extents = inputs[0].extents {
            let columns = inputs[1].elementCount ?? -1
            output.extents = extents.count == 1 ? [1, columns] : extents.dropLast() + [columns]
        }
        return [output]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let columns = inputs[0].shape.dimensions.last ?? 1
        guard let size = inputs[0].dataType.byteCount else {
            throw InferError(.internal, "columns of a \(inputs[0].dataType) tensor")
        }
        return Kernel { buffers throws(InferError) in
            let wanted = buffers.input(1, as: Int64.self)
            for index in wanted where index < 0 || index >= columns {
                throw InferError(.invalidArgument, "column \(index) of \(columns) is asked for")
            }
            let input = buffers.bytes(ofInput: 0)
            let output = buffers.bytes(ofOutput: 0)
            guard !wanted.isEmpty, columns > 0, let source = input.baseAddress, let target = output.baseAddress
            else { return }
            for row in 0..<input.count / (columns * size) {
                for (place, column) in wanted.enumerated() {
                    (target + (row * wanted.count + place) * size).copyMemory(
                        from: source + (row * columns + Int(column)) * size, byteCount: size)
                }
            }
        }
    }
}
