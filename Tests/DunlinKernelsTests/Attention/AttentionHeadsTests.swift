import DunlinKernels
import Glibc
import Testing

/// Holds the tiled kernel against attention written out in FP64.
@Suite struct AttentionHeadsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var batch = 2
        var heads = 2
        var keyHeads = 2
        var queries = 5
        var keys = 7
        var depth = 8
        var valueDepth = 8
        /// Whether heads are interleaved in the rows, as a projection leaves them.
        var isInterleaved = false
        var mask = AttentionHeads.Mask.Mode.none
        /// Axes along which the mask has elements of its own: batch, head, query, key.
        var maskAxes = [true, true, true, true]
        var causalOffset: Int?
        var softcap: Float = 0
        var zeroing = AttentionHeads.Guard.none
        var hasSecondMask = false
        var name = ""

        var testDescription: String {
            "\(name) \(batch)x\(heads)/\(keyHeads)x\(queries)x\(keys)x\(depth)/\(valueDepth) \(mask) \(maskAxes)"
        }
    }

    static let cases: [Case] = {
        var cases: [Case] = []
        for queries in [1, 2, 15, 16, 17, 31, 32, 33, 70] {
            for keys in [1, 13, 14, 15, 64, 255, 256, 257, 600] {
                cases.append(Case(batch: 1, heads: 1, keyHeads: 1, queries: queries, keys: keys))
            }
        }
        for depth in [1, 7, 32, 65, 300] {
            cases.append(Case(keys: 20, depth: depth, valueDepth: depth / 2 + 1, isInterleaved: true))
        }
        cases.append(Case(heads: 6, keyHeads: 2, isInterleaved: true, name: "shared heads"))
        cases.append(Case(heads: 6, keyHeads: 1, name: "one head of keys"))
        for axes in 0..<16 {
            let axes = (0..<4).map { axes >> $0 & 1 == 1 }
            cases.append(Case(queries: 40, keys: 300, mask: .added, maskAxes: axes))
            cases.append(Case(queries: 40, keys: 30, mask: .replacing, maskAxes: axes))
        }
        for offset in [-3, 0, 5, 300] {
            cases.append(Case(queries: 70, keys: 530, causalOffset: offset, name: "causal \(offset)"))
            cases.append(
                Case(queries: 7, keys: 5, causalOffset: offset, zeroing: .masked, name: "causal, guarded \(offset)"))
        }
        cases.append(Case(queries: 33, keys: 40, softcap: 2, name: "capped"))
        for mode in [AttentionHeads.Mask.Mode.none, .added, .replacing] {
            cases.append(Case(queries: 33, keys: 300, mask: mode, hasSecondMask: true, name: "two masks"))
        }
        cases.append(Case(queries: 33, keys: 40, mask: .added, softcap: 0.5, name: "capped and masked"))
        return cases
    }()

    @Test("is softmax(Q·Kᵀ)·V", arguments: cases, KernelTable.all)
    func isAttention(test: Case, kernels: KernelTable) {
        var random = Random(test.queries * 1000 + test.keys)
        let problem = Problem(test, &random, kernels)
        let expected = problem.expected()
        let received = problem.run()
        for index in expected.indices {
            #expect(
                (expected[index].isNaN && received[index].isNaN)
                    || (Double(received[index]) - expected[index]).magnitude < 2e-5,
                "element \(index) is \(received[index]), expected \(expected[index])")
        }
    }

    @Test("a fully masked query is NaN, or zero when guarded", arguments: KernelTable.all)
    func fullyMasked(kernels: KernelTable) {
        for mode in [AttentionHeads.Mask.Mode.added, .replacing] {
            for keys in [3, 300] {
                for zeroing in [AttentionHeads.Guard.none, .notNumbers, .masked] {
                    var test = Case(batch: 1, heads: 1, keyHeads: 1, queries: 3, keys: keys, mask: mode)
                    test.zeroing = zeroing
                    var random = Random(1)
                    var problem = Problem(test, &random, kernels)
                    for key in 0..<keys { problem.mask[keys + key] = -.infinity }
                    problem.q[8] = .nan
                    // The first block of another query is masked, the rest is not.
                    for key in 0..<min(keys - 1, 256) { problem.mask[2 * keys + key] = -.infinity }
                    let output = problem.run(), expected = problem.expected()
                    for d in 0..<8 {
                        #expect(zeroing == .none ? output[8 + d].isNaN : output[8 + d] == 0)
                        #expect((Double(output[16 + d]) - expected[16 + d]).magnitude < 2e-5)
                    }
                }
            }
        }
    }

    @Test(
        "a score that is no number makes its query NaN, unless such queries give zeros", arguments: KernelTable.all,
        [AttentionHeads.Mask.Mode.none, .added])
    func notNumbers(kernels: KernelTable, mode: AttentionHeads.Mask.Mode) {
        for (keys, offset) in [(3, nil), (300, nil), (300, 290)] as [(Int, Int?)] {
            for zeroing in [AttentionHeads.Guard.none, .notNumbers, .masked] {
                var test = Case(batch: 1, heads: 1, keyHeads: 1, queries: 40, keys: keys, mask: mode)
                test.zeroing = zeroing
                test.causalOffset = offset
                var random = Random(1)
                var problem = Problem(test, &random, kernels)
                // A query that is none, one whose score with the first key is +∞, one whose score is with a later key.
                for d in 0..<8 { problem.q[8 + d] = .nan }
                problem.q[16] = problem.k[0] < 0 ? -.infinity : .infinity
                problem.k[(keys - 2) * 8 + 1] = 1
                problem.k[1] = 0.5
                for d in 0..<8 { problem.q[35 * 8 + d] = d == 1 ? .infinity : 0.5 }
                // One all of whose scores are -∞, though nothing hides its keys.
                for key in 0..<keys { problem.k[key * 8 + 2] = 0.5 }
                problem.q[7 * 8 + 2] = -.infinity
                let output = problem.run()
                for query in 0..<40 {
                    let row = output[query * 8..<query * 8 + 8]
                    guard [1, 2, 7, 35].contains(query) else {
                        #expect(row.allSatisfy { $0.isFinite }, "query \(query)")
                        continue
                    }
                    #expect(
                        row.allSatisfy { zeroing == .notNumbers ? $0 == 0 : $0.isNaN },
                        "query \(query): \(row), \(zeroing)")
                }
            }
        }
    }

    @Test("a query's result does not depend on the queries beside it", arguments: KernelTable.all)
    func queriesAreAlone(kernels: KernelTable) {
        var random = Random(3)
        let all = Problem(
            Case(batch: 1, heads: 1, keyHeads: 1, queries: 70, keys: 300), &random, kernels)
        let together = all.run()
        for query in [0, 31, 32, 69] {
            var alone = all
            alone.test.queries = 1
            alone.q = Array(all.q[query * 8..<query * 8 + 8])
            #expect(alone.run() == Array(together[query * 8..<query * 8 + 8]))
        }
    }

    @Test("no keys give zeros, nothing gives nothing", arguments: KernelTable.all)
    func empty(kernels: KernelTable) {
        var random = Random(4)
        #expect(Problem(Case(keys: 0), &random, kernels).run().allSatisfy { $0 == 0 })
        for test in [Case(batch: 0), Case(heads: 0, keyHeads: 1), Case(queries: 0), Case(valueDepth: 0)] {
            #expect(Problem(test, &random, kernels).run().isEmpty)
        }
        #expect(Problem(Case(depth: 0), &random, kernels).run().count == 2 * 2 * 5 * 8)
    }

    /// Buffers for a case.
    struct Problem {
        var test: Case
        var q: [Float]
        var k: [Float]
        var v: [Float]
        var mask: [Float]
        let kernels: KernelTable

        init(_ test: Case, _ random: inout Random, _ kernels: KernelTable) {
            self.test = test
            self.kernels = kernels
            q = random.floats(test.batch * test.heads * test.queries * test.depth)
            k = random.floats(test.batch * test.keyHeads * test.keys * test.depth)
            v = random.floats(test.batch * test.keyHeads * test.keys * test.valueDepth)
            let extents = [test.batch, test.heads, test.queries, test.keys]
            let count = zip(extents, test.maskAxes).reduce(1) { $0 * ($1.1 ? $1.0 : 1) }
            mask = random.floats(count)
            if test.mask == .replacing {
                for index in mask.indices { mask[index] = mask[index] < 0.5 ? 0 : -1e9 }
                if !mask.isEmpty && test.maskAxes[3] { mask[0] = 0 }
            }
        }

        func layout(_ heads: Int, _ rows: Int, _ columns: Int) -> AttentionHeads.Layout {
            test.isInterleaved
                ? .init(batch: heads * rows * columns, head: columns, row: heads * columns, column: 1)
                : .init(batch: heads * rows * columns, head: rows * columns, row: columns, column: 1)
        }

        var heads: AttentionHeads {
            var heads = AttentionHeads(
                batch: test.batch, heads: test.heads, keyHeads: test.keyHeads, queries: test.queries, keys: test.keys,
                depth: test.depth, valueDepth: test.valueDepth, kernels: kernels)
            heads.scale = 0.7
            heads.softcap = test.softcap
            heads.query = layout(test.heads, test.queries, test.depth)
            heads.key = layout(test.keyHeads, test.keys, test.depth)
            heads.value = layout(test.keyHeads, test.keys, test.valueDepth)
            heads.output = layout(test.heads, test.queries, test.valueDepth)
            var strides = [0, 0, 0, 0], step = 1
            for (axis, extent) in [test.batch, test.heads, test.queries, test.keys].enumerated().reversed()
            where test.maskAxes[axis] {
                strides[axis] = step
                step *= extent
            }
            heads.mask = .init(
                test.mask, layout: .init(batch: strides[0], head: strides[1], row: strides[2], column: strides[3]))
            // A second one that adds a number to each key's scores.
            if test.hasSecondMask {
                heads.secondMask = .init(.added, layout: .init(batch: 0, head: 0, row: 0, column: 1))
            }
            heads.causalOffset = test.causalOffset
            heads.zeroing = test.zeroing
            return heads
        }

        func run() -> [Float] {
            let heads = heads
            return written(test.batch * test.heads * test.queries * test.valueDepth, filling: Float(12345)) { output in
                q.withUnsafeBufferPointer { q in
                    k.withUnsafeBufferPointer { k in
                        v.withUnsafeBufferPointer { v in
                            mask.withUnsafeBufferPointer {
                                heads.run(q: q, k: k, v: v, mask: $0, secondMask: k, into: output)
                            }
                        }
                    }
                }
            }
        }

        func expected() -> [Double] {
            let heads = heads
            var result = [Double](repeating: 0, count: test.batch * test.heads * test.queries * test.valueDepth)
            for b in 0..<test.batch {
                for h in 0..<test.heads {
                    let keyHead = h / (test.heads / test.keyHeads)
                    for i in 0..<test.queries {
                        let scores = (0..<test.keys).map { score(heads, b, h, keyHead, i, $0) }
                        let most = scores.max() ?? 0
                        let weights = scores.map { exp($0 - most) }
                        let sum = weights.reduce(0, +)
                        let isZero =
                            test.zeroing == .notNumbers && sum.isNaN
                            || test.zeroing == .masked && scores.allSatisfy { $0 == -.infinity }
                        for d in 0..<test.valueDepth {
                            var total = 0.0
                            for j in 0..<test.keys {
                                let at = b * heads.value.batch + keyHead * heads.value.head + j * heads.value.row + d
                                total += weights[j] / sum * Double(v[at])
                            }
                            let place = b * heads.output.batch + h * heads.output.head + i * heads.output.row + d
                            result[place] = isZero ? 0 : total
                        }
                    }
                }
            }
            return result
        }

        private func score(_ heads: AttentionHeads, _ b: Int, _ h: Int, _ keyHead: Int, _ i: Int, _ j: Int) -> Double {
            if let offset = test.causalOffset, j > i + offset { return -.infinity }
            var sum = 0.0
            for d in 0..<test.depth {
                sum +=
                    Double(q[b * heads.query.batch + h * heads.query.head + i * heads.query.row + d])
                    * Double(k[b * heads.key.batch + keyHead * heads.key.head + j * heads.key.row + d])
            }
            sum *= 0.7
            if test.softcap != 0 { sum = Double(test.softcap) * tanh(sum / Double(test.softcap)) }
            let layout = heads.mask.layout
            let at = b * layout.batch + h * layout.head + i * layout.row + j * layout.column
            let second = test.hasSecondMask ? Double(k[j]) : 0
            switch test.mask {
            case .none: return sum + second
            case .added: return sum + Double(mask[at]) + second
            case .replacing: return (mask[at] == 0 ? sum : Double(mask[at])) + second
            }
        }
    }
}
