/// How many threads a kernel may share its work with. Cheap to pass; `.one` where nothing is said.
package struct Threads: Sendable {
    /// Multiply-adds that each thread should get at least: below it, waking another costs more than it brings.
    /// Measured: a wake-up takes 3 to 5 µs, and a core does 100 to 150 multiply-adds a nanosecond at best.
    package static let leastWork = 500_000

    /// The caller's thread alone.
    package static let one = Threads(pool: nil, count: 1)

    private let pool: Unmanaged<KernelPool>?
    /// The most threads, the caller's included.
    package let count: Int

    private init(pool: Unmanaged<KernelPool>?, count: Int) {
        self.pool = pool
        self.count = count
    }

    /// Up to `count` threads of `pool`, which must live as long as this value is used.
    package init(_ pool: KernelPool, count: Int) {
        let count = max(1, min(count, pool.threadCount))
        self.init(pool: count > 1 ? Unmanaged.passUnretained(pool) : nil, count: count)
    }

    /// Threads that this work pays for.
    ///
    /// - Parameter work: Multiply-adds, or elements times what one costs in multiply-adds.
    package func count(for work: Int) -> Int { max(1, min(count, work / Self.leastWork)) }

    /// Calls `body` once for each part in 0..<`parts`, in any order and on several threads; returns when all are done.
    package func forEach(_ parts: Int, _ body: (Int) -> Void) {
        guard let pool, parts > 1 else {
            for part in 0..<parts { body(part) }
            return
        }
        pool._withUnsafeGuaranteedRef { $0.run(parts, threads: count, body) }
    }

    /// Splits 0..<`total` into pieces of whole `unit`s, one for each thread that `work` pays for.
    package func split(_ total: Int, unit: Int = 1, work: Int, _ body: (Range<Int>) -> Void) {
        let units = (total + unit - 1) / max(unit, 1)
        let parts = min(count(for: work), units)
        guard parts > 1 else { return body(0..<total) }
        forEach(parts) { part in
            let start = units * part / parts * unit, end = min(units * (part + 1) / parts * unit, total)
            body(start..<end)
        }
    }
}
