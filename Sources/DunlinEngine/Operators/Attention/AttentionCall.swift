import DunlinInference
import DunlinKernels
import DunlinTensor

/// A mask among a node's inputs, as the kernel reads it.
struct AttentionMask: Sendable {
    /// The number of the node's input.
    let input: Int
    let mode: AttentionHeads.Mask
    /// What BOOL elements are turned into before the kernel reads them; `nil` for FP32 masks.
    let numbers: (no: Float, yes: Float)?
    let elementCount: Int

    /// - Parameters:
    ///   - extents: Of the mask, broadcast to `[batch, head, query, key]` when `rank` is 4, without heads when it is 3.
    init(_ mask: ScaledAttention.Mask, input: Int, _ extents: [Int], rank: Int) {
        self.input = input
        let own = zip(extents, strides(of: extents)).map { $0 == 1 ? 0 : $1 }
        let steps = [Int](repeating: 0, count: rank - extents.count) + own
        let layout =
            rank == 4
            ? AttentionHeads.Layout(batch: steps[0], head: steps[1], row: steps[2], column: steps[3])
            : AttentionHeads.Layout(batch: steps[0], head: 0, row: steps[1], column: steps[2])
        elementCount = extents.product
        switch mask {
        case .added:
            mode = .init(.added, layout: layout)
            numbers = nil
        case .replacing(let fill, let when):
            mode = .init(.replacing, layout: layout)
            numbers = when ? (0, fill) : (fill, 0)
        }
    }

    /// Bytes of the numbers made of BOOL elements, rounded to a cache line.
    var byteCount: Int { numbers == nil ? 0 : (elementCount * 4 + 63) / 64 * 64 }

    /// The elements; those of a BOOL mask are written to `memory`.
    func elements(_ buffers: Buffers, _ memory: UnsafeMutableRawPointer?) -> UnsafeBufferPointer<Float> {
        guard let numbers, let memory else { return buffers.input(input) }
        let source = buffers.input(input, as: Bool.self)
        let target = memory.bindMemory(to: Float.self, capacity: elementCount)
        for index in 0..<elementCount { target[index] = source[index] ? numbers.yes : numbers.no }
        return UnsafeBufferPointer(start: target, count: elementCount)
    }
}

/// The kernel of an operator whose first three inputs are Q, K and V.
struct AttentionCall: Sendable {
    private let heads: AttentionHeads
    private let masks: [AttentionMask]

    /// - Precondition: At most `ScaledAttention.mostMasks` masks.
    init(_ heads: AttentionHeads, _ masks: [AttentionMask]) {
        precondition(masks.count <= ScaledAttention.mostMasks, "AttentionCall: \(masks.count) masks")
        var heads = heads
        if masks.count > 0 { heads.mask = masks[0].mode }
        if masks.count > 1 { heads.secondMask = masks[1].mode }
        self.heads = heads
        self.masks = masks
    }

    var kernel: Kernel {
        let heads = heads
        let first = masks.first, second = masks.count > 1 ? masks[1] : nil
        let maskByteCount = (first?.byteCount ?? 0) + (second?.byteCount ?? 0)
        return Kernel(
            scratchByteCount: maskByteCount, variant: "by panels of queries", multiplyAdds: heads.multiplyAdds
        ) { buffers in
            let memory = buffers.scratch.baseAddress
            let none = UnsafeBufferPointer<Float>(start: nil, count: 0)
            heads.run(
                q: buffers.input(0), k: buffers.input(1), v: buffers.input(2),
                mask: first?.elements(buffers, memory) ?? none,
                secondMask: second?.elements(buffers, memory.map { $0 + (first?.byteCount ?? 0) }) ?? none,
                threads: buffers.threads, into: buffers.output(0))
        }
    }
}
