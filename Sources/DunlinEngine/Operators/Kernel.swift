package import DunlinInference
package import DunlinKernels

/// The bound form of an operator: code for one set of shapes.
package struct Kernel: Sendable {
    package typealias Failure = InferError

    /// Working memory that `body` finds in `Buffers.scratch`.
    package var scratchByteCount: Int
    /// Which of the ways to compute this was chosen, for `dunlin profile`: `Winograd 4x4`; empty where there is one.
    package var variant = ""
    /// Multiply-adds of one call where they are what it costs, for `dunlin profile`; else 0.
    package var multiplyAdds = 0
    /// Computes the outputs. Throws only for what the elements decide (an index out of range).
    package let body: @Sendable (Buffers) throws(Failure) -> Void

    package init(
        scratchByteCount: Int = 0, variant: String = "", multiplyAdds: Int = 0,
        _ body: @escaping @Sendable (Buffers) throws(Failure) -> Void
    ) {
        self.scratchByteCount = scratchByteCount
        self.variant = variant
        self.multiplyAdds = multiplyAdds
        self.body = body
    }
}

/// Where one value's bytes are during a run.
package struct Slot {
    package var base: UnsafeMutableRawPointer?
    package var byteCount: Int

    package init(base: UnsafeMutableRawPointer? = nil, byteCount: Int = 0) {
        self.base = base
        self.byteCount = byteCount
    }
}

/// A node's inputs and outputs in memory, for one run. Valid during the kernel's call only.
///
/// Nothing here allocates or counts references. Inputs and outputs never overlap; numbers are aligned to their size.
package struct Buffers {
    private let slots: UnsafePointer<Slot>
    /// Slot numbers: inputs, then outputs, then one for the scratch memory.
    private let operands: UnsafePointer<Int32>
    /// How many inputs the node has, those included that it leaves out in the middle.
    package let inputCount: Int
    private let scratchOperand: Int
    /// Threads that a large kernel may share its work with.
    package let threads: Threads

    package init(
        slots: UnsafePointer<Slot>, operands: UnsafePointer<Int32>, inputCount: Int, outputCount: Int,
        threads: Threads = .one
    ) {
        self.threads = threads
        self.slots = slots
        self.operands = operands
        self.inputCount = inputCount
        self.scratchOperand = inputCount + outputCount
    }

    /// How many outputs the operator has, those included that the node leaves out.
    package var outputCount: Int { scratchOperand - inputCount }

    /// The elements of input `index`; empty when the node leaves it out.
    package func input<Element: BitwiseCopyable>(
        _ index: Int, as type: Element.Type = Element.self
    ) -> UnsafeBufferPointer<Element> {
        bytes(ofInput: index).assumingMemoryBound(to: Element.self)
    }

    /// The bytes of input `index`: for `BYTES` its length-prefixed elements.
    package func bytes(ofInput index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < inputCount, "input out of range")
        let slot = slots[Int(operands[index])]
        return UnsafeRawBufferPointer(start: slot.base, count: slot.byteCount)
    }

    /// The memory of output `index`, which holds nothing yet. Empty when the node leaves the output out.
    package func output<Element: BitwiseCopyable>(
        _ index: Int, as type: Element.Type = Element.self
    ) -> UnsafeMutableBufferPointer<Element> {
        bytes(ofOutput: index).assumingMemoryBound(to: Element.self)
    }

    package func bytes(ofOutput index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index >= 0 && inputCount + index < scratchOperand, "output out of range")
        let slot = slots[Int(operands[inputCount + index])]
        return UnsafeMutableRawBufferPointer(start: slot.base, count: slot.byteCount)
    }

    /// The kernel's working memory, aligned to 64 bytes; holds nothing of use.
    package var scratch: UnsafeMutableRawBufferPointer {
        let slot = slots[Int(operands[scratchOperand])]
        return UnsafeMutableRawBufferPointer(start: slot.base, count: slot.byteCount)
    }
}
