import DunlinInference
import DunlinTensor

/// ONNX `Det`: the determinant of each square matrix in the last two axes, by elimination with row exchanges in FP64.
struct Det: Operator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 2...TensorFact.mostAxes)
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        let (rows, columns) = (extents[extents.count - 2], extents[extents.count - 1])
        guard rows == columns || min(rows, columns) < 0 else {
            throw InferError(.invalidArgument, "the matrices of \(inputs[0]) are not square")
        }
        return [TensorFact(inputs[0].dataType, Array(extents.dropLast(2)))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let size = inputs[0].shape.dimensions.last ?? 0
        return inputs[0].dataType == .fp32 ? Self.kernel(Float.self, size) : Self.kernel(Double.self, size)
    }

    private static func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ size: Int
    ) -> Kernel {
        Kernel(scratchByteCount: size * size * 8) { buffers in
            let input = buffers.input(0, as: type)
            let output = buffers.output(0, as: type)
            let matrix = buffers.scratch.bindMemory(to: Double.self)
            for number in output.indices {
                for index in 0..<size * size { matrix[index] = Double(input[number * size * size + index]) }
                output[number] = Element(determinant(matrix, size))
            }
        }
    }

    /// Destroys `matrix`.
    private static func determinant(_ matrix: UnsafeMutableBufferPointer<Double>, _ size: Int) -> Double {
        var product = 1.0
        for column in 0..<size {
            var pivot = column
            for row in column..<size where abs(matrix[row * size + column]) > abs(matrix[pivot * size + column]) {
                pivot = row
            }
            let head = matrix[pivot * size + column]
            if head == 0 { return 0 }
            if pivot != column {
                for index in 0..<size { matrix.swapAt(pivot * size + index, column * size + index) }
                product = -product
            }
            product *= head
            for row in column + 1..<max(size, column + 1) {
                let factor = matrix[row * size + column] / head
                for index in column..<size { matrix[row * size + index] -= factor * matrix[column * size + index] }
            }
        }
        return product
    }
}
