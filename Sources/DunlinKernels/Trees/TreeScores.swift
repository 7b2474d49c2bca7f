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
    package var blockRows: Int { min(64, max(8, 4096 / keyStride)) }

    /// Bytes that `add` needs as scratch.
    package var scratchByteCount: Int { blockRows * keyStride * 4 + 64 }

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
        let nodes = UnsafeRawPointer(storage.pointer)
        let found = scratch.assumingMemoryBound(to: Int32.self)
        let keys = found + 16
        let keyStride = keyStride
        let blockRows = blockRows
        var first = 0
        while first < count {
            let rowCount = min(blockRows, count - first)
            for row in 0..<rowCount {
                let numbers = rows + (first + row) * columns
                let rowKeys = keys + row * keyStride
                treeKeys(numbers, featureCount, .max, rowKeys)
                if takesNaN { treeKeys(numbers, featureCount, .min, rowKeys + featureCount) }
                rowKeys[keyCount - 1] = .min
            }
            let block = scores + first * targetCount
            roots.withUnsafeBufferPointer { roots in
                depths.withUnsafeBufferPointer { depths in
                    guard let roots = roots.baseAddress, let depths = depths.baseAddress else { return }
                    switch leaves {
                    case .weight(let target):
                        addTreeLeaves(
                            nodes, roots, depths, self.depths.count, nil, keys, keyStride, rowCount, block + target,
                            targetCount, found)
                    case .weights(let targets):
                        targets.withUnsafeBufferPointer {
                            addTreeLeaves(
                                nodes, roots, depths, self.depths.count, $0.baseAddress, keys, keyStride, rowCount,
                                block, targetCount, found)
                        }
                    case .vectors(let vectors):
                        vectors.withUnsafeBufferPointer {
                            addTreeVectors(
                                nodes, roots, depths, treeCount, $0.baseAddress!, targetCount, keys, keyStride,
                                rowCount, block, found)
                        }
                    }
                }
            }
            first += rowCount
        }
    }
}
