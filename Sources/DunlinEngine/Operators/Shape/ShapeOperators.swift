import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX `Shape`, with the `start` and `end` of opset 15.
struct ShapeOf: Operator {
    private let start: Int
    private let end: Int?

    init(_ node: Node) throws(InferError) {
        start = try node.int("start", default: 0)
        end = try node.int("end")
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let extents = inputs[0].extents else { return [TensorFact(.int64, [-1])] }
        let from = min(max(start < 0 ? start + extents.count : start, 0), extents.count)
        let stop = end ?? extents.count
        let to = min(max(stop < 0 ? stop + extents.count : stop, 0), extents.count)
        let wanted = Array(extents[from..<max(from, to)])
        if wanted.contains(where: { $0 < 0 }) { return [TensorFact(.int64, [wanted.count])] }
        return [TensorFact(constant: Tensor(wanted.map(Int64.init), shape: [wanted.count]))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        preconditionFailure("the shape of a complete fact is constant")
    }
}

/// ONNX `Size`.
struct Size: Operator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let count = inputs[0].elementCount else { return [TensorFact(.int64, [])] }
        return [TensorFact(constant: Tensor([Int64(count)], shape: []))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        preconditionFailure("the size of a complete fact is constant")
    }
}

/// ONNX `Constant`, in all its spellings.
struct Constant: Operator {
    let tensor: Tensor

    init(_ node: Node) throws(InferError) {
        if let value = try node.sharedTensor("value") {
            tensor = value
        } else if let value = try node.float("value_float") {
            tensor = Tensor([value], shape: [])
        } else if let value = try node.int("value_int") {
            tensor = Tensor([Int64(value)], shape: [])
        } else if let value = try node.string("value_string") {
            tensor = Tensor(strings: [value], shape: [])
        } else if let values = try node.floats("value_floats") {
            tensor = Tensor(values, shape: [values.count])
        } else if let values = try node.ints("value_ints") {
            tensor = Tensor(values.map(Int64.init), shape: [values.count])
        } else if let values = try node.strings("value_strings") {
            tensor = Tensor(strings: values, shape: [values.count])
        } else {
            throw node.missing("value")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] { [TensorFact(constant: tensor)] }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        preconditionFailure("a constant is not computed")
    }
}

/// ONNX `ConstantOfShape`.
struct ConstantOfShape: Operator {
    private let value: Tensor

    init(_ node: Node) throws(InferError) {
        value = try node.tensor("value") ?? Tensor([0] as [Float], shape: [1])
        guard value.elementCount == 1, value.dataType != .bytes else {
            throw InferError(
                .invalidArgument, "attribute 'value' must be one number, it is \(value.dataType)\(value.shape)")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.int64])
        guard let extents = inputs[0].integers else {
            return [TensorFact(value.dataType, inputs[0].elementCount.map(TensorFact.open))]
        }
        guard extents.allSatisfy({ $0 >= 0 }) else {
            throw InferError(.invalidArgument, "the shape \(extents) has a negative extent")
        }
        return [TensorFact(value.dataType, extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let copy = StridedCopy(broadcasting: [1], to: [outputs[0].shape.elementCount])
        let value = value
        let size = value.dataType.byteCount ?? 1
        return Kernel { buffers in
            value.bytes.withUnsafeBytes { copy.run($0, into: buffers.bytes(ofOutput: 0), elementByteCount: size) }
        }
    }
}

/// ONNX `Range`.
struct RangeOperator: Operator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats + [.int16, .int32, .int64])
        try inputs.requireSameType(0, 1)
        try inputs.requireSameType(0, 2)
        guard let start = inputs[0].number, let limit = inputs[1].number, let delta = inputs[2].number else {
            return [TensorFact(inputs[0].dataType, [-1])]
        }
        guard delta != 0, start.isFinite, limit.isFinite, delta.isFinite else {
            throw InferError(.invalidArgument, "no range from \(start) to \(limit) in steps of \(delta)")
        }
        let count = max(((limit - start) / delta).rounded(.up), 0)
        guard count <= Double(TensorFact.mostElements) else {
            throw InferError(.resourceExhausted, "the range has more than \(TensorFact.mostElements) elements")
        }
        return [TensorFact(inputs[0].dataType, [Int(count)])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        return try Numbers().kernel(for: inputs[0].dataType)
    }

    private struct Numbers: NumberKernels {
        func make<Element: WrappingNumber>(
            _ type: Element.Type
        ) throws(InferError) -> Kernel {
            Kernel { buffers in
                let output = buffers.output(0, as: type)
                let start = buffers.input(0, as: type)[0]
                let delta = buffers.input(2, as: type)[0]
                var factor: Element = 0
                for index in output.indices {
                    output[index] = .wrappingSum(start, .wrappingProduct(factor, delta))
                    factor = .wrappingSum(factor, 1)
                }
            }
        }
    }
}

/// ONNX `EyeLike`: ones on one diagonal.
struct EyeLike: Operator {
    private let dataType: DataType?
    private let diagonal: Int

    init(_ node: Node) throws(InferError) {
        dataType = try node.dataType("dtype")
        diagonal = try node.int("k", default: 0)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, rank: 2...2)
        let dataType = dataType ?? inputs[0].dataType
        guard DataType.numbers.contains(dataType) else {
            throw InferError(.unsupported, "datatype \(dataType) is not supported")
        }
        return [TensorFact(dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let access = try NumberAccess(outputs[0].dataType)
        let shape = outputs[0].shape
        let diagonal = diagonal
        return Kernel { buffers in
            let output = buffers.bytes(ofOutput: 0)
            output.initializeMemory(as: UInt8.self, repeating: 0)
            for row in 0..<shape[0] {
                let (column, overflow) = row.addingReportingOverflow(diagonal)
                if !overflow && column >= 0 && column < shape[1] { access.store(1, output, row * shape[1] + column) }
            }
        }
    }
}
