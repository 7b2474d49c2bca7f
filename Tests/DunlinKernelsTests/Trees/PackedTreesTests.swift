import DunlinKernels
import Testing

@Suite struct PackedTreesTests {
    /// Trees of any form, with thresholds and rows that meet one another exactly.
    struct Forest: CustomTestStringConvertible {
        var trees: Int
        var depth: Int
        var features: Int
        var takesNaN = false
        /// Whether every path goes on to the last level.
        var isFull = false

        var testDescription: String {
            "\(trees) trees of depth \(depth), \(features) features\(takesNaN ? ", NaN" : "")\(isFull ? ", full" : "")"
        }

        static let numbers: [Float] = [
            -.infinity, -2.5, -1, -0.0, 0, .leastNonzeroMagnitude, 0.5, 0.500_000_06, 1, 3e38, .infinity,
        ]

        /// - Parameter leaf: What the leaf with this number holds.
        func nodes(_ random: inout Random, leaf: (Int) -> Int32) -> (nodes: [PackedTrees.Node], roots: [Int]) {
            var nodes: [PackedTrees.Node] = [], roots: [Int] = []
            var leafCount = 0
            for _ in 0..<trees {
                roots.append(nodes.count)
                var level = [nodes.count]
                nodes.append(PackedTrees.Node(threshold: 0, feature: 0, child: 0, takesNaN: false, leaf: 0))
                for depth in 0...self.depth {
                    var next: [Int] = []
                    for place in level {
                        guard depth < self.depth, isFull || depth == 0 || random.bits() % 4 != 0 else {
                            nodes[place].leaf = leaf(leafCount)
                            leafCount += 1
                            continue
                        }
                        nodes[place] = PackedTrees.Node(
                            threshold: random.bits() % 50 == 0 ? .nan : random.number(),
                            feature: Int(random.bits() % UInt64(features)), child: nodes.count,
                            takesNaN: takesNaN && random.bits() % 2 == 0, leaf: nil)
                        next += [nodes.count, nodes.count + 1]
                        nodes += [nodes[place], nodes[place]]
                    }
                    level = next
                }
            }
            // The highest feature is used, so that the forest needs exactly its columns.
            if depth > 0 { nodes[0].feature = features - 1 }
            return (nodes, roots)
        }
    }

    static let forests: [Forest] =
        [1, 7, 8, 9, 31, 32, 33, 70].map { Forest(trees: $0, depth: 5, features: 9) }
        + [0, 1, 2, 3, 4, 5, 8, 9, 13].map { Forest(trees: 12, depth: $0, features: 20, takesNaN: $0 % 2 == 0) }
        + [1, 31, 32, 33, 63, 64, 65, 300].flatMap { features in
            [false, true].map { Forest(trees: 40, depth: 7, features: features, takesNaN: $0) }
        }
        + [
            Forest(trees: 9, depth: 9, features: 50, isFull: true),
            Forest(trees: 3, depth: 12, features: 5, isFull: true),
            Forest(trees: 20, depth: 6, features: 64, isFull: true),
            Forest(trees: 37, depth: 6, features: 200, isFull: true),
        ]

    @Test("adds each row's leaves in the order of the trees, whatever the rows around it", arguments: forests)
    func addsLeaves(forest: Forest) throws {
        for isa in KernelTable.all.map(\.isa) {
            var random = Random(forest.trees * 1000 + forest.depth * 100 + forest.features)
            let weights = random.floats(60_000)
            let (nodes, roots) = forest.nodes(&random) { Int32(bitPattern: weights[$0].bitPattern) }
            let trees = try #require(PackedTrees(nodes, roots: roots, isa: isa))
            let columns = forest.features + 2
            let rows = random.rows(70, columns)
            let targets = (0..<forest.trees).map { Int32($0 % 3) }
            for count in [1, 3, 16, 39, 70] {
                let single = sums(trees, .weight(target: 1), rows, count, columns)
                let many = sums(trees, .weights(targets: PackedTrees.padded(targets)), rows, count, columns)
                for row in 0..<count {
                    var expected: [Float] = [0, 0, 0], all: Float = 0
                    for (tree, root) in roots.enumerated() {
                        let leaf = walk(nodes, root, Array(rows[row * columns..<(row + 1) * columns]))
                        let weight = Float(bitPattern: UInt32(bitPattern: leaf))
                        expected[Int(targets[tree])] += weight
                        all += weight
                    }
                    #expect(Array(many[row * 3..<row * 3 + 3]) == expected, "row \(row) of \(count), \(isa)")
                    #expect(Array(single[row * 3..<row * 3 + 3]) == [0, all, 0], "row \(row) of \(count), \(isa)")
                }
            }
        }
    }

    @Test("adds the vectors that leaves name", arguments: [1, 2, 3, 7])
    func addsVectors(width: Int) throws {
        for isa in KernelTable.all.map(\.isa) {
            let forest = Forest(trees: 35, depth: 6, features: 12, takesNaN: true)
            var random = Random(width)
            let (nodes, roots) = forest.nodes(&random) { Int32($0) }
            let vectors = random.floats(nodes.count * width)
            let trees = try #require(PackedTrees(nodes, roots: roots, isa: isa))
            let rows = random.rows(20, 12)
            let found = sums(trees, .vectors(vectors), rows, 20, 12, targetCount: width)
            for row in 0..<20 {
                var expected = [Float](repeating: 0, count: width)
                for root in roots {
                    let leaf = Int(walk(nodes, root, Array(rows[row * 12..<(row + 1) * 12])))
                    for target in 0..<width { expected[target] += vectors[leaf * width + target] }
                }
                #expect(Array(found[row * width..<(row + 1) * width]) == expected, "row \(row), \(isa)")
            }
        }
    }

    @Test("takes features up to 65,534, and half of that when NaN has a way of its own")
    func mostFeatures() {
        func packed(_ feature: Int, takesNaN: Bool) -> PackedTrees? {
            PackedTrees(
                [
                    .init(threshold: 0, feature: feature, child: 1, takesNaN: takesNaN, leaf: nil),
                    .init(threshold: 0, feature: 0, child: 0, takesNaN: false, leaf: 1),
                    .init(threshold: 0, feature: 0, child: 0, takesNaN: false, leaf: 2),
                ], roots: [0])
        }
        #expect(packed(65_534, takesNaN: false)?.featureCount == 65_535)
        #expect(packed(65_535, takesNaN: false) == nil)
        #expect(packed(32_766, takesNaN: true)?.featureCount == 32_767)
        #expect(packed(32_767, takesNaN: true) == nil)
    }

    @Test("takes trees as long as children are near their parents", arguments: [(10, true), (17, false)])
    func mostDistance(depth: Int, fits: Bool) {
        var random = Random(depth)
        let (nodes, roots) = Forest(trees: 1, depth: depth, features: 3, isFull: true).nodes(&random) { Int32($0) }
        #expect((PackedTrees(nodes, roots: roots, isa: .baseline) != nil) == fits)
    }

    @Test(
        "makes blocks of forests with large trees that fit the cache",
        .enabled(if: KernelTable.all.contains { $0.isa == .v4 }))
    func blocks() throws {
        func usesBlocks(trees: Int, features: Int) throws -> Bool {
            var random = Random(trees)
            let forest = Forest(trees: trees, depth: 7, features: features, isFull: true)
            let (nodes, roots) = forest.nodes(&random) { Int32($0) }
            return try #require(PackedTrees(nodes, roots: roots, isa: .v4)).usesBlocks
        }
        #expect(try usesBlocks(trees: 100, features: 64))
        #expect(try !usesBlocks(trees: 100, features: 65))
        #expect(try usesBlocks(trees: 214, features: 8))
        #expect(try !usesBlocks(trees: 215, features: 8))
    }

    @Test(
        "makes masks of trees with up to 64 leaves, for single rows where they fit the cache",
        .enabled(if: KernelTable.all.contains { $0.isa == .v4 }),
        arguments: [
            (1, 64, 1, true, true), (1, 65, 1, false, false), (40, 20, 64, true, true), (40, 20, 65, true, false),
            (40, 20, 256, true, false), (40, 20, 257, false, false), (912, 64, 9, true, true),
            (913, 64, 9, true, false),
        ])
    func masks(trees: Int, leaves: Int, features: Int, forRows: Bool, forOne: Bool) throws {
        // Each branch's first child is a leaf, its second the next branch.
        var nodes: [PackedTrees.Node] = [], roots: [Int] = []
        for _ in 0..<trees {
            roots.append(nodes.count)
            nodes.append(.init(threshold: 0, feature: 0, child: 0, takesNaN: false, leaf: 0))
            for leaf in 1..<leaves {
                nodes[nodes.count - 1] = .init(
                    threshold: Float(leaf), feature: features - 1, child: nodes.count, takesNaN: false, leaf: nil)
                for _ in 0..<2 {
                    nodes.append(.init(threshold: 0, feature: 0, child: 0, takesNaN: false, leaf: Int32(leaf)))
                }
            }
        }
        let packed = try #require(PackedTrees(nodes, roots: roots, isa: .v4))
        #expect(packed.usesMasks.rows == forRows)
        #expect(packed.usesMasks.row == forOne)
    }

    /// The leaf that a row reaches, one comparison after another.
    private func walk(_ nodes: [PackedTrees.Node], _ root: Int, _ row: [Float]) -> Int32 {
        var place = root
        while true {
            let node = nodes[place]
            if let leaf = node.leaf { return leaf }
            let number = row[node.feature]
            place = (number.isNaN ? node.takesNaN : number <= node.threshold) ? node.child : node.child + 1
        }
    }

    private func sums(
        _ trees: PackedTrees, _ leaves: PackedTrees.Leaves, _ rows: [Float], _ count: Int, _ columns: Int,
        targetCount: Int = 3
    ) -> [Float] {
        written(count * targetCount, filling: 7) { scores in
            scores.update(repeating: 0)
            withUnsafeTemporaryAllocation(byteCount: trees.scratchByteCount, alignment: 64) { scratch in
                rows.withUnsafeBufferPointer {
                    trees.add(
                        leaves, rows: $0.baseAddress!, count: count, columns: columns, targetCount: targetCount,
                        into: scores.baseAddress!, scratch: scratch.baseAddress!)
                }
            }
        }
    }
}

extension Random {
    /// One of the numbers that forests compare with.
    mutating func number() -> Float {
        PackedTreesTests.Forest.numbers[Int(bits() % UInt64(PackedTreesTests.Forest.numbers.count))]
    }

    /// Rows of such numbers, some of them with NaNs.
    mutating func rows(_ count: Int, _ columns: Int) -> [Float] {
        (0..<count * columns).map { place in place / columns % 3 == 0 && bits() % 6 == 0 ? .nan : number() }
    }
}
