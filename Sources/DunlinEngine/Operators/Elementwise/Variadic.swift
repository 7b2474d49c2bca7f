import DunlinInference
import DunlinKernels
import DunlinTensor

/// `Sum`, `Mean`, `Min` and `Max` of one or more broadcast tensors: a chain of two-sided steps.
struct Variadic: Operator {
    let function: BinaryFunction
    /// Whether the result is divided by the number of inputs.
    let isMean: Bool

    init(_ function: BinaryFunction, isMean: Bool = false) {
        self.function = function
        self.isMean = isMean
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: isMean || function == .add ? DataType.floats : DataType.numbers)
        var extents = inputs[0].extents
        for index in 1..<max(inputs.count, 1) {
            try inputs.requireSameType(0, index)
            extents = try broadcast(extents, inputs[index].extents)
        }
        return [TensorFact(inputs[0].dataType, extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let extents = outputs[0].extents, let first = inputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        // The first input is broadcast into the output; each further one is combined with what is there.
        let copy = StridedCopy(broadcasting: first, to: extents)
        let size = inputs[0].dataType.byteCount ?? 1
        var steps: [Kernel] = []
        for index in 1..<max(inputs.count, 1) {
            let facts = InputFacts([outputs[0], inputs[index]])
            steps.append(try Arithmetic(function).bind(facts, outputs))
        }
        let chain = steps
        let scale = isMean ? 1 / Double(inputs.count) : nil
        let isDouble = inputs[0].dataType == .fp64
        return Kernel(scratchByteCount: 256) { (buffers) throws(InferError) in
            let output = buffers.bytes(ofOutput: 0)
            copy.run(buffers.bytes(ofInput: 0), into: output, elementByteCount: size)
            guard let scratch = buffers.scratch.baseAddress else { return }
            let slots = scratch.bindMemory(to: Slot.self, capacity: 4)
            let operands = (scratch + 128).bindMemory(to: Int32.self, capacity: 4)
            for index in 0..<4 { operands[index] = Int32(index) }
            for (index, step) in chain.enumerated() {
                let right = buffers.bytes(ofInput: index + 1)
                slots[0] = Slot(base: output.baseAddress, byteCount: output.count)
                slots[1] = Slot(base: UnsafeMutableRawPointer(mutating: right.baseAddress), byteCount: right.count)
                slots[2] = slots[0]
                slots[3] = Slot()
                try step.body(Buffers(slots: slots, operands: operands, inputCount: 2, outputCount: 1))
            }
            guard let scale else { return }
            if isDouble {
                let values = buffers.output(0, as: Double.self)
                for index in values.indices { values[index] *= scale }
            } else {
                let values = buffers.output(0, as: Float.self)
                for index in values.indices { values[index] *= Float(scale) }
            }
        }
    }
}
