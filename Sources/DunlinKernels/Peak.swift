import CDunlinKernels
import Glibc

extension KernelTable {
    /// Does about as many floating-point operations as asked for, on registers alone: the yardstick of benchmarks.
    ///
    /// - Returns: A number that depends on all of them, so that none is left out.
    @discardableResult
    package func multiplyAdds(operations: Int) -> Float {
        // Eight registers, a multiplication and an addition in each lane; a panel of a tile is two registers wide.
        let operationsPerStep = 8 * 2 * tileSize(1) / 2
        return multiplyAdds(operations / operationsPerStep, 0.5, 0.25)
    }

    /// Floating-point operations that one core does in a nanosecond on registers alone, in GFLOP/s: the best of some
    /// short measurements, which take about 10 ms together.
    package func measuredPeak() -> Double {
        let operations = 50_000_000
        var best = 0.0
        for _ in 0..<12 {
            let start = Self.nanoseconds()
            multiplyAdds(operations: operations)
            best = max(best, Double(operations) / max(Self.nanoseconds() - start, 1))
        }
        return best
    }

    private static func nanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

extension BF16Kernels {
    /// As `KernelTable.multiplyAdds`, with AVX512-BF16's dot products of pairs, whatever this variant uses.
    ///
    /// - Precondition: This CPU has AVX512-BF16: the kernels are among `all`.
    package static func multiplyAdds(operations: Int) {
        precondition(!all.isEmpty, "this CPU has no AVX512-BF16")
        #if arch(x86_64)
            // Twelve registers, two multiplications and additions in each of 16 lanes.
            withExtendedLifetime(dk_dot_bf16_avx512bf16(operations / (12 * 16 * 4))) {}
        #endif
    }
}
