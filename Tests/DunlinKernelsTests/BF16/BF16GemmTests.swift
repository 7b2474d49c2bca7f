import DunlinKernels
import Testing

@Suite struct BF16GemmTests {
    struct Size: CustomTestStringConvertible, Sendable {
        var m, k, n: Int
        var testDescription: String { "\(m) x \(k) x \(n)" }
    }

    /// Around every edge of tiles (14 and 16 rows, 32 and 16 columns), of panels taken together, and of parts of a sum.
    static let sizes: [Size] = {
        var sizes: [Size] = []
        for m in [1, 2, 3, 4, 6, 7, 8, 13, 14, 15, 16, 17, 29, 31, 32, 33, 50] {
            for n in [1, 15, 16, 17, 32, 33, 49, 64, 65, 113, 128, 130] { sizes.append(Size(m: m, k: 34, n: n)) }
        }
        for k in [0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 100, 1000] { sizes.append(Size(m: 9, k: k, n: 37)) }
        // More rows than are rounded at once.
        sizes.append(Size(m: 150, k: 2100, n: 5))
        return sizes
    }()

    private struct Problem {
        let size: Size
        let a, b, bias, old: [Float]

        init(_ size: Size) {
            self.size = size
            var random = Random(size.m * 1_000_003 + size.k * 1009 + size.n)
            a = random.floats(size.m * size.k)
            b = random.floats(size.k * size.n)
            bias = random.floats(size.n)
            old = random.floats(size.m * size.n)
        }

        func packed(_ bf16: BF16Kernels, isTransposed: Bool = false) -> PackedMatrix {
            var elements = b
            for k in 0..<size.k where isTransposed {
                for j in 0..<size.n { elements[j * size.k + k] = b[k * size.n + j] }
            }
            return elements.withUnsafeBufferPointer {
                PackedMatrix(rows: size.k, columns: size.n, elements: $0, isTransposed: isTransposed, bf16: bf16)
            }
        }

        func run(
            _ matrix: PackedMatrix, rows: Range<Int>? = nil, hasBias: Bool, accumulates: Bool = false,
            _ activation: UnaryFunction = .identity, threads: Threads = .one
        ) -> [Float] {
            let rows = rows ?? 0..<size.m
            return written(rows.count * size.n, filling: Float(77)) { c in
                for index in c.indices { c[index] = accumulates ? old[rows.lowerBound * size.n + index] : .nan }
                a.withUnsafeBufferPointer { a in
                    bias.withUnsafeBufferPointer {
                        gemm(
                            m: rows.count,
                            a: UnsafeBufferPointer(rebasing: a[rows.lowerBound * size.k..<rows.upperBound * size.k]),
                            b: matrix, bias: hasBias ? $0 : nil, activation: activation, accumulate: accumulates, c: c,
                            threads: threads)
                    }
                }
            }
        }

        /// The first element that is too far from the sum of rounded factors, if any.
        func firstWrong(
            _ received: [Float], hasBias: Bool, accumulates: Bool, _ activation: UnaryFunction
        ) -> String? {
            let left = a.map { Double(nearestBF16($0)) }, right = b.map { Double(nearestBF16($0)) }
            for i in 0..<size.m {
                for j in 0..<size.n {
                    var sum = 0.0, scale = 1.0
                    for k in 0..<size.k {
                        let product = left[i * size.k + k] * right[k * size.n + j]
                        sum += product
                        scale += product.magnitude
                    }
                    if hasBias { sum += Double(bias[j]) }
                    if accumulates { sum += Double(old[i * size.n + j]) }
                    let expected = activation(sum), value = received[i * size.n + j]
                    // Half a unit for each sum, and the roundings of a long sum partly cancel.
                    if !((Double(value) - expected).magnitude <= 0x1p-23 * scale * 2) {
                        return "[\(i), \(j)] is \(value), expected \(expected)"
                    }
                }
            }
            return nil
        }
    }

    @Test("gives the sums of rounded factors", arguments: BF16Kernels.tested, sizes)
    func sums(kernels: BF16Kernels, size: Size) {
        let problem = Problem(size)
        for (isTransposed, hasBias, accumulates, activation) in [
            (false, false, false, UnaryFunction.identity), (true, true, false, .relu),
            (false, true, true, .clip(lower: -0.5, upper: 0.75)), (true, true, false, .silu),
        ] {
            let received = problem.run(
                problem.packed(kernels, isTransposed: isTransposed), hasBias: hasBias, accumulates: accumulates,
                activation)
            let wrong = problem.firstWrong(received, hasBias: hasBias, accumulates: accumulates, activation)
            #expect(wrong == nil, "\(activation.code)")
        }
    }

    @Test("a row does not depend on its company", arguments: BF16Kernels.tested)
    func rowsAreAlone(kernels: BF16Kernels) {
        let problem = Problem(Size(m: 37, k: 70, n: 150))
        let matrix = problem.packed(kernels)
        let all = problem.run(matrix, hasBias: true, .relu)
        for row in 0..<37 {
            #expect(
                problem.run(matrix, rows: row..<row + 1, hasBias: true, .relu)
                    == Array(all[row * 150..<(row + 1) * 150]))
        }
    }

    @Test(
        "several threads give what one gives", arguments: BF16Kernels.all,
        [Size(m: 4, k: 900, n: 700), Size(m: 300, k: 100, n: 80)])
    func sharesTheWork(kernels: BF16Kernels, size: Size) {
        let pool = KernelPool()
        pool.reserve(threadCount: 3)
        let problem = Problem(size), matrix = Problem(size).packed(kernels)
        let alone = problem.run(matrix, hasBias: true, .gelu)
        withExtendedLifetime(pool) {
            #expect(problem.run(matrix, hasBias: true, .gelu, threads: Threads(pool, count: 3)) == alone)
        }
    }

    @Test("several products of one left side give what single ones give", arguments: BF16Kernels.tested)
    func shares(kernels: BF16Kernels) {
        for rows in [1, 5, 30] {
            let problems = [20, 33].map { Problem(Size(m: rows, k: 50, n: $0)) }
            let matrices = problems.map { $0.packed(kernels) }
            let shared = SharedProducts(
                matrices, biases: [problems[0].bias, []], activations: [.relu, .identity])
            var results = problems.map { [Float](repeating: 9, count: rows * $0.size.n) }
            let targets = results.map { UnsafeMutableBufferPointer<Float>.allocate(capacity: $0.count) }
            problems[0].a.withUnsafeBufferPointer { a in shared.run(m: rows, a: a) { targets[$0] } }
            for index in 0..<2 {
                problems[0].a.withUnsafeBufferPointer { a in
                    problems[index].bias.withUnsafeBufferPointer { bias in
                        results[index].withUnsafeMutableBufferPointer {
                            gemm(
                                m: rows, a: a, b: matrices[index], bias: index == 0 ? bias : nil,
                                activation: index == 0 ? .relu : .identity, c: $0)
                        }
                    }
                }
                #expect(Array(targets[index]) == results[index])
                targets[index].deallocate()
            }
        }
    }

    @Test("what is no number, or has no end, stays so", arguments: BF16Kernels.tested)
    func special(kernels: BF16Kernels) {
        let values: [Float] = [.nan, .infinity, -.infinity, .leastNonzeroMagnitude, 1]
        let matrix = [Float(1)].withUnsafeBufferPointer {
            PackedMatrix(rows: 1, columns: 1, elements: $0, bf16: kernels)
        }
        let received = written(5, filling: Float(3)) { c in
            values.withUnsafeBufferPointer { gemm(m: 5, a: $0, b: matrix, activation: .relu, c: c) }
        }
        #expect(received[0].isNaN)
        #expect(Array(received[1...]) == [.infinity, 0, 0, 1])
    }

    @Test("a packed matrix takes half the memory, in whole panels and parts", arguments: BF16Kernels.tested)
    func isHalf(kernels: BF16Kernels) {
        let matrix = Problem(Size(m: 1, k: 64, n: 48)).packed(kernels)
        #expect(matrix.byteCount == 64 * 48 * 2)
        #expect(matrix.variant == "packed \(kernels.name)")
        #expect(Problem(Size(m: 1, k: 33, n: 17)).packed(kernels).byteCount == 64 * 32 * 2)
    }
}
