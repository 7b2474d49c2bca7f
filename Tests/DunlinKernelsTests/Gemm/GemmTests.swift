import DunlinKernels
import Testing

@Suite struct GemmTests {
    struct Size: CustomTestStringConvertible, Sendable {
        let m, n, k: Int
        init(_ m: Int, _ n: Int, _ k: Int) { (self.m, self.n, self.k) = (m, n, k) }
        var testDescription: String { "\(m) x \(n) x \(k)" }
    }

    /// Around the edges of the tiles (4 x 8, 6 x 16, 14 x 32), of the depth's blocks (256) and of nothing at all.
    static let sizes: [Size] = {
        var sizes = [Size(0, 3, 2), Size(3, 0, 2), Size(3, 2, 0), Size(1, 5, 0), Size(2, 300, 3), Size(200, 3, 2)]
        for m in [1, 2, 3, 4, 5, 6, 7, 13, 14, 15, 28, 29] {
            for n in [1, 7, 8, 9, 16, 17, 31, 32, 33, 65] { sizes.append(Size(m, n, 5)) }
        }
        for m in 1...4 { sizes.append(Size(m, 130, 19)) }
        for k in [1, 2, 255, 256, 257, 513, 3000] { sizes += [Size(1, 33, k), Size(3, 9, k), Size(15, 33, k)] }
        return sizes + [Size(193, 40, 30), Size(20, 513, 11), Size(1, 600, 40)]
    }()

    @Test("a packed product equals the FP64 product", arguments: KernelTable.all)
    func multipliesPacked(kernels: KernelTable) {
        for size in Self.sizes {
            let problem = Problem(size)
            for isTransposed in [false, true] {
                let b = isTransposed ? problem.transposedB : problem.b
                let c = problem.packed(b, isTransposed: isTransposed, kernels: kernels)
                problem.expect(c, "packed, transposed: \(isTransposed)")
            }
        }
    }

    @Test("an unpacked product equals the FP64 product, transposed or not", arguments: KernelTable.all)
    func multipliesUnpacked(kernels: KernelTable) {
        for size in Self.sizes {
            let problem = Problem(size)
            for (isTransposedA, isTransposedB) in [(false, false), (false, true), (true, false), (true, true)] {
                let c = written(size.m * size.n, filling: Float(12345)) { c in
                    (isTransposedA ? problem.transposedA : problem.a).withUnsafeBufferPointer { a in
                        (isTransposedB ? problem.transposedB : problem.b).withUnsafeBufferPointer { b in
                            gemm(
                                m: size.m, n: size.n, k: size.k, a: a, isTransposedA: isTransposedA, b: b,
                                isTransposedB: isTransposedB, c: c, kernels: kernels)
                        }
                    }
                }
                problem.expect(c, "transposed: \(isTransposedA), \(isTransposedB)")
            }
        }
    }

    @Test("bias and activation come last", arguments: KernelTable.all)
    func finishes(kernels: KernelTable) {
        for size in Self.sizes where size.m * size.n < 2000 {
            let problem = Problem(size)
            var random = Random(9)
            let bias = random.floats(size.n)
            for activation in [UnaryFunction.relu, .sigmoid, .identity] {
                let c = problem.packed(problem.b, bias: bias, activation: activation, kernels: kernels)
                problem.expect(c, "\(activation.code)") { activation($0 + Double(bias[$1 % size.n])) }
            }
        }
    }

    @Test("the old content is added only when asked for", arguments: KernelTable.all)
    func accumulates(kernels: KernelTable) {
        for size in Self.sizes where size.m * size.n < 2000 {
            let problem = Problem(size)
            var random = Random(3)
            let old = random.floats(size.m * size.n)
            let sum = problem.packed(problem.b, over: old, accumulate: true, kernels: kernels)
            problem.expect(sum, "accumulate") { $0 + Double(old[$1]) }
            let alone = problem.packed(problem.b, over: old.map { _ in .nan }, kernels: kernels)
            problem.expect(alone, "no accumulate")
            for (alpha, beta) in [(0.5, 0), (1, 1), (2, -0.5), (1, 0.25)] as [(Float, Float)] {
                var c = beta == 0 ? old.map { _ in .nan } : old
                c.withUnsafeMutableBufferPointer { c in
                    problem.a.withUnsafeBufferPointer { a in
                        problem.b.withUnsafeBufferPointer {
                            gemm(
                                m: size.m, n: size.n, k: size.k, alpha: alpha, a: a, b: $0, beta: beta, c: c,
                                kernels: kernels)
                        }
                    }
                }
                problem.expect(c, "alpha \(alpha), beta \(beta)") {
                    Double(alpha) * $0 + (beta == 0 ? 0 : Double(beta) * Double(old[$1]))
                }
            }
        }
    }

    @Test("a row's result does not depend on the rows beside it, nor on packing", arguments: KernelTable.all)
    func isIndependentOfBatch(kernels: KernelTable) {
        for size in [Size(33, 70, 600), Size(5, 200, 40), Size(40, 9, 3)] {
            let problem = Problem(size)
            let all = problem.packed(problem.b, kernels: kernels)
            for rows in [1, 2, 3, 4, 7, 14, 15, 30] where rows <= size.m {
                let some = Problem(Size(rows, size.n, size.k), a: Array(problem.a.prefix(rows * size.k)), b: problem.b)
                #expect(some.packed(problem.b, kernels: kernels) == Array(all.prefix(rows * size.n)), "\(rows) rows")
                #expect(some.unpacked(kernels) == Array(all.prefix(rows * size.n)), "\(rows) rows, unpacked")
            }
        }
    }

    /// How the zeros of the left side lie: in columns of all rows, in single elements, both, or everywhere.
    enum Zeros: CaseIterable { case columns, elements, both, everywhere }

    @Test("rows with zeros give what they give beside full ones", arguments: KernelTable.all, Zeros.allCases)
    func leavesOutZeros(kernels: KernelTable, zeros: Zeros) {
        for (m, n, k) in [
            (1, 32, 64), (1, 300, 700), (1, 31, 64), (2, 128, 64), (3, 140, 600), (13, 129, 1030), (14, 128, 63),
            (15, 160, 77), (33, 150, 520), (64, 128, 64), (65, 128, 64),
        ] {
            var problem = Problem(Size(m, n, k))
            var random = Random(m + n + k)
            let isEmpty = (0..<k).map { _ in random.bits() % 3 == 0 }
            let a = problem.a.enumerated().map { index, x -> Float in
                let isZero =
                    switch zeros {
                    case .columns: isEmpty[index % k]
                    case .elements: random.bits() % 2 == 0
                    case .both: isEmpty[index % k] || random.bits() % 2 == 0
                    case .everywhere: true
                    }
                return isZero ? (random.bits() % 2 == 0 ? 0 : -0.0) : x
            }
            problem = Problem(problem.size, a: a, b: problem.b)
            let bias = random.floats(n), old = random.floats(m * n)
            let c = problem.packed(problem.b, kernels: kernels)
            #expect(c == problem.unpacked(kernels), "\(problem.size.testDescription)")
            problem.expect(c, "zeros")
            let finished = problem.packed(
                problem.b, bias: bias, activation: .relu, over: old, accumulate: true, kernels: kernels)
            problem.expect(finished, "finished") { max(0, $0 + Double(old[$1]) + Double(bias[$1 % n])) }
        }
    }

    @Test("a zero times infinity is NaN", arguments: KernelTable.all)
    func keepsInfinity(kernels: KernelTable) {
        for (m, value) in [(1, Float.infinity), (1, .nan), (20, -.infinity), (20, .nan)] {
            var b = [Float](repeating: 1, count: 128 * 128)
            b[5 * 128 + 7] = value
            let problem = Problem(Size(m, 128, 128), a: [Float](repeating: 0, count: m * 128), b: b)
            let c = problem.packed(b, kernels: kernels)
            for index in c.indices { #expect(index % 128 == 7 ? c[index].isNaN : c[index] == 0) }
        }
    }

    @Test("rows may lie apart, and what is between them is left alone", arguments: KernelTable.all)
    func leavesGapsAlone(kernels: KernelTable) {
        for m in [1, 2, 5, 20] {
            for n in [3, 32, 40, 140] {
                let size = Size(m, n, 9), problem = Problem(size)
                let lda = size.k + 3, ldb = n + 2, ldc = n + 5
                func spread(_ values: [Float], _ rows: Int, _ columns: Int, _ stride: Int) -> [Float] {
                    (0..<rows * stride).map {
                        $0 % stride < columns ? values[$0 / stride * columns + $0 % stride] : .nan
                    }
                }
                let a = spread(problem.a, m, size.k, lda), b = spread(problem.b, size.k, n, ldb)
                for isPacked in [true, false] {
                    let c = written(m * ldc, filling: Float(12345)) { c in
                        a.withUnsafeBufferPointer { a in
                            if isPacked {
                                let packed = problem.b.withUnsafeBufferPointer {
                                    PackedMatrix(rows: size.k, columns: n, elements: $0, kernels: kernels)
                                }
                                gemm(m: m, a: a, lda: lda, b: packed, c: c, ldc: ldc)
                            } else {
                                b.withUnsafeBufferPointer {
                                    gemm(
                                        m: m, n: n, k: size.k, a: a, lda: lda, b: $0, ldb: ldb, c: c, ldc: ldc,
                                        kernels: kernels)
                                }
                            }
                        }
                    }
                    for i in 0..<m { for j in n..<ldc { #expect(c[i * ldc + j] == 12345) } }
                    problem.expect((0..<m * n).map { c[$0 / n * ldc + $0 % n] }, "apart, packed: \(isPacked)")
                }
            }
        }
    }

    @Test("FP64 products", arguments: KernelTable.all)
    func multipliesDoubles(kernels: KernelTable) {
        for size in Self.sizes where size.m < 30 && size.k < 600 {
            let problem = Problem(size)
            for (isTransposedA, isTransposedB) in [(false, false), (false, true), (true, false), (true, true)] {
                let c = written(size.m * size.n, filling: 12345.0) { c in
                    (isTransposedA ? problem.transposedA : problem.a).map(Double.init).withUnsafeBufferPointer { a in
                        (isTransposedB ? problem.transposedB : problem.b).map(Double.init).withUnsafeBufferPointer {
                            gemm(
                                m: size.m, n: size.n, k: size.k, alpha: 2, a: a, isTransposedA: isTransposedA, b: $0,
                                isTransposedB: isTransposedB, c: c, kernels: kernels)
                        }
                    }
                }
                for i in 0..<c.count { #expect((c[i] - 2 * problem.expected[i]).magnitude < 1e-12) }
            }
        }
    }

    @Test("a packed matrix holds whole panels")
    func countsBytes() {
        let elements = [Float](repeating: 1, count: 10 * 33)
        for kernels in KernelTable.all {
            let packed = elements.withUnsafeBufferPointer {
                PackedMatrix(rows: 10, columns: 33, elements: $0, kernels: kernels)
            }
            #expect(packed.byteCount >= 10 * 33 * 4 && packed.byteCount <= 10 * 64 * 4)
        }
    }
}

/// Two matrices and their product in FP64.
private struct Problem {
    let size: GemmTests.Size
    let a, b: [Float]
    let expected, magnitudes: [Double]

    init(_ size: GemmTests.Size) {
        var random = Random(size.m * 7919 + size.n * 31 + size.k)
        self.init(size, a: random.floats(size.m * size.k), b: random.floats(size.k * size.n))
    }

    init(_ size: GemmTests.Size, a: [Float], b: [Float]) {
        self.size = size
        self.a = a
        self.b = b
        var expected = [Double](repeating: 0, count: size.m * size.n), magnitudes = expected
        for i in 0..<size.m {
            for p in 0..<size.k {
                let x = Double(a[i * size.k + p])
                for j in 0..<size.n {
                    let product = x * Double(b[p * size.n + j])
                    expected[i * size.n + j] += product
                    magnitudes[i * size.n + j] += product.magnitude
                }
            }
        }
        self.expected = expected
        self.magnitudes = magnitudes
    }

    var transposedA: [Float] { (0..<a.count).map { a[$0 % size.m * size.k + $0 / size.m] } }
    var transposedB: [Float] { (0..<b.count).map { b[$0 % size.k * size.n + $0 / size.k] } }

    func packed(
        _ b: [Float], isTransposed: Bool = false, bias: [Float]? = nil, activation: UnaryFunction = .identity,
        over old: [Float]? = nil, accumulate: Bool = false, kernels: KernelTable
    ) -> [Float] {
        let matrix = b.withUnsafeBufferPointer {
            PackedMatrix(rows: size.k, columns: size.n, elements: $0, isTransposed: isTransposed, kernels: kernels)
        }
        return written(size.m * size.n, filling: Float(12345)) { c in
            for i in 0..<(old?.count ?? 0) { c[i] = old![i] }
            a.withUnsafeBufferPointer { a in
                if let bias {
                    bias.withUnsafeBufferPointer {
                        gemm(
                            m: size.m, a: a, b: matrix, bias: $0, activation: activation, accumulate: accumulate, c: c)
                    }
                } else {
                    gemm(m: size.m, a: a, b: matrix, activation: activation, accumulate: accumulate, c: c)
                }
            }
        }
    }

    func unpacked(_ kernels: KernelTable) -> [Float] {
        written(size.m * size.n, filling: Float(12345)) { c in
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer {
                    gemm(m: size.m, n: size.n, k: size.k, a: a, b: $0, c: c, kernels: kernels)
                }
            }
        }
    }

    func expect(_ c: [Float], _ what: String, _ finish: (Double, Int) -> Double = { value, _ in value }) {
        // One rounding for each step of the sum, at worst, of the sum of the magnitudes.
        let unit = 0x1p-24 * Double(size.k + 3)
        let wrong = c.indices.first {
            !((Double(c[$0]) - finish(expected[$0], $0)).magnitude <= unit * (magnitudes[$0] * 2 + 4))
        }
        #expect(c.count == expected.count)
        if let wrong {
            Issue.record("\(size.testDescription), \(what): [\(wrong)] is \(c[wrong]), not \(expected[wrong])")
        }
    }
}
