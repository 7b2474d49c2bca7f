import DunlinInference
import DunlinTensor

/// ONNX `BitwiseAnd`, `BitwiseOr`, `BitwiseXor`.
struct Bitwise: Operator {
    enum Connective: Sendable { case and, or, xor }
    let connective: Connective

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.integers)
        try inputs.requireSameType(0, 1)
        return [TensorFact(inputs[0].dataType, try broadcast(inputs[0].extents, inputs[1].extents))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let left = inputs[0].extents, let right = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        return try Integers(connective: connective, loop: BroadcastLoop(left, right, output: output))
            .kernel(for: inputs[0].dataType)
    }

    private struct Integers: IntegerKernels {
        let connective: Connective
        let loop: BroadcastLoop

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            switch connective {
            case .and: loop.kernel(type, type) { (x, y) throws(InferError) in x & y }
            case .or: loop.kernel(type, type) { (x, y) throws(InferError) in x | y }
            case .xor: loop.kernel(type, type) { (x, y) throws(InferError) in x ^ y }
            }
        }
    }
}

/// ONNX `BitwiseNot`.
struct BitwiseNot: Operator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.integers)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        Kernel { buffers in
            let input = buffers.input(0, as: UInt8.self)
            let output = buffers.output(0, as: UInt8.self)
            for index in input.indices { output[index] = ~input[index] }
        }
    }
}

/// ONNX `BitCast`: the same bits under another type of the same size.
struct BitCast: Operator {
    private let target: DataType

    init(_ node: Node) throws(InferError) {
        guard let target = try node.dataType("to") else { throw node.missing("to") }
        guard target != .bytes else { throw InferError(.invalidArgument, "attribute 'to' is BYTES, which has no bits") }
        self.target = target
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let size = inputs[0].dataType.byteCount, size == target.byteCount else {
            throw InferError(.invalidArgument, "\(inputs[0].dataType) and \(target) differ in size")
        }
        return [TensorFact(target, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard target == .bool else {
            return Kernel { $0.bytes(ofOutput: 0).copyMemory(from: $0.bytes(ofInput: 0)) }
        }
        // Only two patterns of bits are a truth value.
        return Kernel { buffers in
            let input = buffers.input(0, as: UInt8.self)
            let output = buffers.output(0, as: Bool.self)
            for index in input.indices { output[index] = input[index] != 0 }
        }
    }
}
