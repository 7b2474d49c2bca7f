import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor

extension Operator {
    /// A kernel for FP16 or BF16 tensors that widens them, runs the operator's FP32 kernel and narrows the results.
    func bindThroughFloat(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let wideInputs = InputFacts(inputs.facts.map { $0?.widened })
        let wideOutputs = outputs.map(\.widened)
        let inner = try bind(wideInputs, wideOutputs)
        let layout = HalfLayout(
            inputs: inputs.facts.map { HalfLayout.Operand($0) }, outputs: outputs.map { HalfLayout.Operand($0) },
            innerScratchByteCount: inner.scratchByteCount)
        return Kernel(scratchByteCount: layout.scratchByteCount) { (buffers) throws(InferError) in
            try layout.run(inner, buffers)
        }
    }
}

/// Where the FP32 copies lie in the kernel's scratch memory.
private struct HalfLayout: Sendable {
    struct Operand: Sendable {
        var dataType: DataType
        var elementCount: Int

        init(_ fact: TensorFact?) {
            dataType = fact?.dataType ?? .bool
            elementCount = fact?.elementCount ?? 0
        }

        /// Bytes of the FP32 copy, rounded to a cache line.
        var byteCount: Int { dataType.isHalf ? (elementCount * 4 + 63) / 64 * 64 : 0 }
    }

    let inputs: [Operand]
    let outputs: [Operand]
    let innerScratchByteCount: Int

    private var operandCount: Int { inputs.count + outputs.count + 1 }
    private var slotsByteCount: Int { (operandCount * MemoryLayout<Slot>.stride + 63) / 64 * 64 }
    private var indexesByteCount: Int { (operandCount * 4 + 63) / 64 * 64 }

    var scratchByteCount: Int {
        slotsByteCount + indexesByteCount + (inputs + outputs).reduce(0) { $0 + $1.byteCount } + innerScratchByteCount
    }

    func run(_ inner: Kernel, _ buffers: Buffers) throws(InferError) {
        guard var next = buffers.scratch.baseAddress else { return }
        let slots = next.bindMemory(to: Slot.self, capacity: operandCount)
        next += slotsByteCount
        let indexes = next.bindMemory(to: Int32.self, capacity: operandCount)
        next += indexesByteCount
        for index in 0..<operandCount { indexes[index] = Int32(index) }
        for (index, operand) in inputs.enumerated() {
            let source = buffers.bytes(ofInput: index)
            guard operand.dataType.isHalf else {
                slots[index] = Slot(
                    base: UnsafeMutableRawPointer(mutating: source.baseAddress), byteCount: source.count)
                continue
            }
            let wide = UnsafeMutableBufferPointer(
                start: next.bindMemory(to: Float.self, capacity: operand.elementCount), count: operand.elementCount)
            let bits = buffers.input(index, as: UInt16.self)
            if operand.dataType == .fp16 { widenFP16(bits, into: wide) } else { widenBF16(bits, into: wide) }
            slots[index] = Slot(base: next, byteCount: operand.elementCount * 4)
            next += operand.byteCount
        }
        for (index, operand) in outputs.enumerated() {
            let target = buffers.bytes(ofOutput: index)
            // An output that the node leaves out is left out of the inner call too, which may then not compute it.
            slots[inputs.count + index] =
                operand.dataType.isHalf && !target.isEmpty
                ? Slot(base: next, byteCount: operand.elementCount * 4)
                : Slot(base: target.baseAddress, byteCount: target.count)
            next += operand.byteCount
        }
        slots[operandCount - 1] = Slot(base: next, byteCount: innerScratchByteCount)
        try inner.body(
            Buffers(
                slots: slots, operands: indexes, inputCount: inputs.count, outputCount: outputs.count,
                threads: buffers.threads))
        for (index, operand) in outputs.enumerated() where operand.dataType.isHalf {
            let bits = buffers.output(index, as: UInt16.self)
            guard bits.count == operand.elementCount, let base = slots[inputs.count + index].base else { continue }
            let wide = UnsafeBufferPointer(
                start: base.assumingMemoryBound(to: Float.self), count: operand.elementCount)
            if operand.dataType == .fp16 { narrowToFP16(wide, into: bits) } else { narrowToBF16(wide, into: bits) }
        }
    }
}

extension TensorFact {
    /// The same with FP32 instead of FP16 or BF16.
    fileprivate var widened: TensorFact {
        guard dataType.isHalf else { return self }
        var fact = TensorFact(.fp32, extents)
        fact.constant = constant?.widened
        return fact
    }
}

extension Tensor {
    /// The same numbers in FP32, for a tensor of type FP16 or BF16; else the tensor itself.
    var widened: Tensor {
        guard dataType.isHalf else { return self }
        let wideBytes = Bytes(uninitializedCount: elementCount * 4) { memory in
            bytes.withUnsafeBytes { source in
                let bits = source.assumingMemoryBound(to: UInt16.self)
                let wide = memory.assumingMemoryBound(to: Float.self)
                if dataType == .fp16 { widenFP16(bits, into: wide) } else { widenBF16(bits, into: wide) }
            }
        }
        return Tensor(dataType: .fp32, shape: shape, bytes: wideBytes)
    }
}
