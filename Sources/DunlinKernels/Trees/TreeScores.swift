import DunlinKernelsBaseline

/// Adds up what trees say of rows, in the order of the trees: a row's sums do not depend on its company.
extension PackedTrees {
    /// What a tree's leaf adds.
    package enum Leaves: Sendable {
        /// The leaf is the bits of an FP32 that is added to the row's one score, `scores[row, target]`.
        case weight(target: Int)
        /// The same, with a target for each tree, `padded`.
        case weights(targets: [Int32])
        /// The leaf is the number of a vector as wide as a row of scores.
        case vectors([Float])
    }

    /// The targets of trees with those of the trees that fill up the last group.
    package static func padded(_ targets: [Int32]) -> [Int32] {
        targets + [Int32](repeating: 0, count: (treeGroup - targets.count % treeGroup) % treeGroup)
    }

    /// Rows that are scored at once: their keys stay in the first cache while tree after tree passes.
    package var blockRows: Int { min(64, max(masks == nil ? 8 : TreeMasks.rowLanes, 4096 / keyStride)) }

    /// Bytes that `add` needs as scratch: a group's leaves, and the rows as the kernels want them.
    package var scratchByteCount: Int {
        max(
            Self.maskScratchByteCount(masks),
            128 + max(blockRows * keyStride, blocks == nil ? 0 : blockRows * TreeBlocks.mostFeatures) * 4)
    }

    /// - Parameters:
    ///   - leaves: What the leaves hold.
    ///   - rows: FP32 `[count, columns]`, row-major.
    ///   - scores: FP32 `[count, targetCount]`; gets the sums added.
    ///   - scratch: `scratchByteCount` bytes, aligned to 64.
    /// - Precondition: `columns >= featureCount`, targets below `targetCount`, leaf numbers within the vectors.
    ///   Programmer error: the first traps, the others are not checked.
    package func add(
        _ leaves: Leaves, rows: UnsafePointer<Float>, count: Int, columns: Int, targetCount: Int,
        into scores: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
    ) {
        precondition(columns >= featureCount, "rows have \(columns) columns, the trees read \(featureCount)")
        let found = scratch.assumingMemoryBound(to: Int32.self)
        let space = scratch + 128
        let blockRows = blockRows
        var first = 0
        while first < count {
            let rowCount = min(blockRows, count - first)
            let numbers = rows + first * columns
            let block = scores + first * targetCount
            if addByMasks(leaves, numbers, rowCount, columns, targetCount, block, scratch) {
                // All is added.
            } else if let blocks, copy(numbers, rowCount, columns, into: space.assumingMemoryBound(to: Float.self)) {
                add(
                    leaves, blocks, UnsafePointer(space.assumingMemoryBound(to: Float.self)), rowCount, targetCount,
                    block, found)
            } else {
                makeKeys(numbers, rowCount, columns, space.assumingMemoryBound(to: Int32.self))
                add(
                    leaves, UnsafePointer(space.assumingMemoryBound(to: Int32.self)), rowCount, targetCount, block,
                    found)
            }
            first += rowCount
        }
    }

    // MARK: Eight trees at a time, step by step

    private func makeKeys(
        _ rows: UnsafePointer<Float>, _ count: Int, _ columns: Int, _ keys: UnsafeMutablePointer<Int32>
    ) {
        for row in 0..<count {
            let numbers = rows + row * columns
            let rowKeys = keys + row * keyStride
            treeKeys(numbers, featureCount, .max, rowKeys)
            if takesNaN { treeKeys(numbers, featureCount, .min, rowKeys + featureCount) }
            rowKeys[keyCount - 1] = .min
        }
    }

    private func add(
        _ leaves: Leaves, _ keys: UnsafePointer<Int32>, _ rowCount: Int, _ targetCount: Int,
        _ scores: UnsafeMutablePointer<Float>, _ found: UnsafeMutablePointer<Int32>
    ) {
        let nodes = UnsafeRawPointer(storage.pointer)
        roots.withUnsafeBufferPointer { roots in
            depths.withUnsafeBufferPointer { depths in
                guard let roots = roots.baseAddress, let depths = depths.baseAddress else { return }
                switch leaves {
                case .weight(let target):
                    addTreeLeaves(
                        nodes, roots, depths, self.depths.count, nil, keys, keyStride, rowCount, scores + target,
                        targetCount, found)
                case .weights(let targets):
                    targets.withUnsafeBufferPointer {
                        addTreeLeaves(
                            nodes, roots, depths, self.depths.count, $0.baseAddress, keys, keyStride, rowCount,
                            scores, targetCount, found)
                    }
                case .vectors(let vectors):
                    vectors.withUnsafeBufferPointer {
                        addTreeVectors(
                            nodes, roots, depths, treeCount, $0.baseAddress!, targetCount, keys, keyStride,
                            rowCount, scores, found)
                    }
                }
            }
        }
    }

    // MARK: Sixteen trees at a time, four steps at once

    /// Copies rows to where the blocks' kernel reads them.
    ///
    /// - Returns: False when it would get one of them wrong: it sends every NaN the false way.
    private func copy(
        _ rows: UnsafePointer<Float>, _ count: Int, _ columns: Int, into target: UnsafeMutablePointer<Float>
    ) -> Bool {
        for row in 0..<count {
            let numbers = rows + row * columns, copy = target + row * TreeBlocks.mostFeatures
            copy.update(from: numbers, count: featureCount)
            if takesNaN {
                var isNaN = false
                for column in 0..<featureCount { isNaN = isNaN || numbers[column] != numbers[column] }
                if isNaN { return false }
            }
            for column in featureCount..<TreeBlocks.mostFeatures { copy[column] = 0 }
        }
        return true
    }

    private func add(
        _ leaves: Leaves, _ blocks: TreeBlocks, _ rows: UnsafePointer<Float>, _ rowCount: Int, _ targetCount: Int,
        _ scores: UnsafeMutablePointer<Float>, _ found: UnsafeMutablePointer<Int32>
    ) {
        blocks.leaves.withUnsafeBufferPointer { held in
            guard let held = held.baseAddress else { return }
            blocks.withBlocks { pointer in
                for group in 0..<blocks.groupCount {
                    let first = group * TreeBlocks.group
                    let trees = min(TreeBlocks.group, treeCount - first)
                    for row in 0..<rowCount {
                        blocks.findLeaves(
                            group: group, blocks: pointer, row: rows + row * TreeBlocks.mostFeatures, into: found)
                        let scores = scores + row * targetCount
                        switch leaves {
                        case .weight(let target): addFoundTreeWeights(found, held, trees, nil, scores + target)
                        case .weights(let targets):
                            targets.withUnsafeBufferPointer {
                                addFoundTreeWeights(found, held, trees, $0.baseAddress! + first, scores)
                            }
                        case .vectors(let vectors):
                            vectors.withUnsafeBufferPointer {
                                addFoundTreeVectors(found, held, trees, $0.baseAddress!, targetCount, scores)
                            }
                        }
                    }
                }
            }
        }
    }
}
