import DunlinKernels
import Glibc

/// The kernels: each wider set against the next narrower one, and the widest against what the CPU can do at most.
func kernelBenchmarks() -> [Benchmark] {
    var found: [Benchmark] = []
    let tables = KernelTable.all
    for (narrow, wide) in zip(tables, tables.dropFirst()) {
        // Register for register the wider set does twice the work; memory and clock take their part of it.
        let gain = narrow.isa == .baseline ? 2.0 : 1.2
        for (m, n, k) in [(512, 512, 512), (64, 512, 784), (8, 1024, 1024)] {
            found.append(
                Benchmark(
                    "gemm/f32/\(m)x\(n)x\(k)/\(wide.isa) against \(narrow.isa)", work: 2 * Double(m * n * k),
                    mustReach: gain, subject: product(m, n, k, wide), reference: product(m, n, k, narrow)))
        }
        for function in [UnaryFunction(.exponential), .gelu, .tanh] {
            found.append(
                Benchmark(
                    "\(function.code)/f32/4096/\(wide.isa) against \(narrow.isa)", work: 4096, unit: "elements",
                    mustReach: 1.1, subject: elements(function, 4096, wide),
                    reference: elements(function, 4096, narrow)))
        }
    }
    let best = tables.last!
    // The share of the multiply-adds that registers alone allow. The last waits for memory: each weight is used once.
    for table in tables {
        for (m, n, k, share) in [
            (512, 512, 512, 0.6), (1024, 1024, 1024, 0.6), (64, 512, 784, 0.55), (1, 1024, 1024, 0.02),
        ] {
            let work = 2 * m * n * k
            found.append(
                Benchmark(
                    "gemm/f32/\(m)x\(n)x\(k)/\(table.isa) against its peak", work: Double(work), mustReach: share,
                    subject: product(m, n, k, table), reference: peak(operations: work, table)))
        }
    }
    // BF16, rounding of the left side included.
    if let bf16 = BF16Kernels.all.last {
        for (m, n, k, share) in [(512, 512, 512, 0.6), (1024, 1024, 1024, 0.6), (64, 512, 784, 0.55)] {
            let work = 2 * m * n * k
            found.append(
                Benchmark(
                    "gemm/bf16/\(m)x\(n)x\(k)/\(bf16.name) against AVX512-BF16's peak", work: Double(work),
                    mustReach: share, subject: product(m, n, k, best, bf16: bf16),
                    reference: { BF16Kernels.multiplyAdds(operations: work) }))
            found.append(
                Benchmark(
                    "gemm/bf16/\(m)x\(n)x\(k)/\(bf16.name) against FP32", work: Double(work), mustReach: 1.3,
                    subject: product(m, n, k, best, bf16: bf16), reference: product(m, n, k, best)))
        }
    }
    // A transformer's layers: projections, and the two layers of its feed-forward part with its activation.
    for (m, n, k, activation, bar) in [
        (128, 384, 384, UnaryFunction.identity, 0.6), (128, 1536, 384, .gelu, 0.55), (128, 384, 1536, .identity, 0.6),
        (1024, 384, 1536, .identity, 0.6),
    ] {
        found.append(
            Benchmark(
                "gemm/f32/\(m)x\(n)x\(k), \(activation.code)/\(best.isa) against its peak",
                work: 2 * Double(m * n * k), mustReach: bar, subject: product(m, n, k, best, activation),
                reference: peak(operations: 2 * m * n * k, best)))
    }
    for (heads, rows, depth) in [(12, 128, 32), (12, 512, 64)] {
        let work = 4 * heads * rows * rows * depth
        found.append(
            Benchmark(
                "attention/f32/\(heads)x\(rows)x\(depth)/\(best.isa) against its peak", work: Double(work),
                mustReach: 0.3, subject: attention(heads, rows, depth, best),
                reference: peak(operations: work, best)))
    }
    found.append(
        Benchmark(
            "conv/f32/64x56x56, 3 x 3, 64/\(best.isa) against its peak", work: 2 * 64 * 576 * 3136, mustReach: 0.5,
            subject: convolution(64, 64, 56, best), reference: peak(operations: 2 * 64 * 576 * 3136, best)))
    // Bound by reading the matrix once: a plain copy's speed is the yardstick, and reads twice as much in all.
    found.append(
        Benchmark(
            "gemm/f32/1x2048x2048/\(best.isa) against copying its matrix", work: 2 * 2048 * 2048, mustReach: 0.9,
            subject: product(1, 2048, 2048, best), reference: copy(2048 * 2048)))
    return found
}

/// A product with a packed right side; its buffers live as long as the closure.
private func product(
    _ m: Int, _ n: Int, _ k: Int, _ kernels: KernelTable, _ activation: UnaryFunction = .identity,
    bf16: BF16Kernels? = nil
) -> () -> Void {
    let a = numbers(m * k), b = numbers(k * n), c = numbers(m * n)
    let packed = PackedMatrix(rows: k, columns: n, elements: UnsafeBufferPointer(b), bf16: bf16, kernels: kernels)
    b.deallocate()
    return { gemm(m: m, a: UnsafeBufferPointer(a), b: packed, activation: activation, c: c) }
}

/// Self-attention of heads that stand side by side in the rows of their tensors.
private func attention(_ heads: Int, _ rows: Int, _ depth: Int, _ kernels: KernelTable) -> () -> Void {
    let count = heads * rows * depth
    let (q, k, v, output) = (numbers(count), numbers(count), numbers(count), numbers(count))
    var plan = AttentionHeads(
        batch: 1, heads: heads, keyHeads: heads, queries: rows, keys: rows, depth: depth, valueDepth: depth,
        kernels: kernels)
    let layout = AttentionHeads.Layout(batch: 0, head: depth, row: heads * depth, column: 1)
    (plan.query, plan.key, plan.value, plan.output) = (layout, layout, layout, layout)
    let made = plan
    return {
        made.run(
            q: UnsafeBufferPointer(q), k: UnsafeBufferPointer(k), v: UnsafeBufferPointer(v),
            mask: UnsafeBufferPointer(start: nil, count: 0), into: output)
    }
}

private func elements(_ function: UnaryFunction, _ count: Int, _ kernels: KernelTable) -> () -> Void {
    let input = numbers(count), output = numbers(count)
    return { apply(function, to: UnsafeBufferPointer(input), into: output, kernels: kernels) }
}

private func convolution(_ inputs: Int, _ outputs: Int, _ extent: Int, _ kernels: KernelTable) -> () -> Void {
    let weights = numbers(inputs * outputs * 9)
    let input = numbers(inputs * extent * extent), output = numbers(outputs * extent * extent)
    var window = Window2D(height: 3, width: 3)
    (window.padTop, window.padLeft, window.padBottom, window.padRight) = (1, 1, 1, 1)
    let plan = Convolution2D(
        inputChannels: inputs, outputChannels: outputs, window: window, weights: UnsafeBufferPointer(weights),
        activation: .relu, kernels: kernels)
    let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: plan.scratchByteCount(inputHeight: extent, inputWidth: extent), alignment: 64)
    return {
        plan.run(
            batch: 1, inputHeight: extent, inputWidth: extent, input: UnsafeBufferPointer(input), scratch: scratch,
            into: output)
    }
}

/// As many operations as asked for, on registers alone.
private func peak(operations: Int, _ kernels: KernelTable) -> () -> Void {
    { kernels.multiplyAdds(operations: operations) }
}

private func copy(_ count: Int) -> () -> Void {
    let from = numbers(count), to = numbers(count)
    return { memcpy(to.baseAddress!, from.baseAddress!, count * 4) }
}

/// Buffers of a benchmark stay allocated until the process ends.
private func numbers(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 4, alignment: 64)
    let buffer = raw.bindMemory(to: Float.self)
    for i in 0..<count { buffer[i] = Float(i % 17) / 16 - 0.5 }
    return buffer
}
