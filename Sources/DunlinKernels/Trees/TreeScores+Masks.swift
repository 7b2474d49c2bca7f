import CDunlinKernels
import DunlinKernelsBaseline

/// Rows through trees with masks: many rows side by side, single ones with trees side by side.
extension PackedTrees {
    /// From how many rows on they are looked at side by side; below that each goes alone, where trees have a form for it.
    static let fewestLanes = 6

    /// Working memory of the masks, in order: what was found, the sums, and the numbers.
    private struct MaskSpace {
        let found: UnsafeMutablePointer<Int32>
        let sums: UnsafeMutablePointer<Float>
        let numbers: UnsafeMutablePointer<Float>

        static func foundCount(_ masks: TreeMasks) -> Int {
            max((masks.groups?.count ?? 0) * TreeMaskGroups.lanes, TreeMasks.part * TreeMasks.rowLanes)
        }

        static func byteCount(_ masks: TreeMasks) -> Int {
            let numbers = max(masks.features * TreeMasks.rowLanes, TreeMaskGroups.mostFeatures)
            return (foundCount(masks) + TreeMasks.mostTargets * TreeMasks.rowLanes + numbers) * 4
        }

        init(_ masks: TreeMasks, _ scratch: UnsafeMutableRawPointer) {
            found = scratch.assumingMemoryBound(to: Int32.self)
            sums = (scratch + Self.foundCount(masks) * 4).assumingMemoryBound(to: Float.self)
            numbers = sums + TreeMasks.mostTargets * TreeMasks.rowLanes
        }
    }

    static func maskScratchByteCount(_ masks: TreeMasks?) -> Int { masks.map(MaskSpace.byteCount) ?? 0 }

    /// - Returns: False when the masks do not serve these rows: they send every NaN the false way, and have no form for
    ///   one row of many features.
    func addByMasks(
        _ leaves: Leaves, _ rows: UnsafePointer<Float>, _ count: Int, _ columns: Int, _ targetCount: Int,
        _ scores: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutableRawPointer
    ) -> Bool {
        guard let masks, masks.groups != nil || count > 1 else { return false }
        if case .weights = leaves, targetCount > TreeMasks.mostTargets { return false }
        if takesNaN {
            for row in 0..<count where holdsNaN(rows + row * columns) { return false }
        }
        let space = MaskSpace(masks, scratch)
        var row = 0
        while row < count {
            let numbers = rows + row * columns, scores = scores + row * targetCount
            if let groups = masks.groups, count - row < Self.fewestLanes {
                add(leaves, masks, groups, numbers, targetCount, scores, space)
                row += 1
            } else {
                let part = min(TreeMasks.rowLanes, count - row)
                add(leaves, masks, numbers, part, columns, targetCount, scores, space)
                row += part
            }
        }
        return true
    }

    private func holdsNaN(_ numbers: UnsafePointer<Float>) -> Bool {
        var isNaN = false
        for column in 0..<featureCount { isNaN = isNaN || numbers[column] != numbers[column] }
        return isNaN
    }

    private func add(
        _ leaves: Leaves, _ masks: TreeMasks, _ groups: TreeMaskGroups, _ row: UnsafePointer<Float>,
        _ targetCount: Int, _ scores: UnsafeMutablePointer<Float>, _ space: MaskSpace
    ) {
        space.numbers.update(from: row, count: featureCount)
        for column in featureCount..<TreeMaskGroups.mostFeatures { space.numbers[column] = 0 }
        groups.find(space.numbers, into: space.found)
        groups.places.withUnsafeBufferPointer { places in
            guard let places = places.baseAddress else { return }
            switch leaves {
            case .weight(let target):
                addPlacedTreeWeights(space.found, places, masks.held, treeCount, nil, scores + target)
            case .weights(let targets):
                targets.withUnsafeBufferPointer {
                    addPlacedTreeWeights(space.found, places, masks.held, treeCount, $0.baseAddress, scores)
                }
            case .vectors(let vectors):
                vectors.withUnsafeBufferPointer {
                    addPlacedTreeVectors(
                        space.found, places, masks.held, treeCount, $0.baseAddress!, targetCount, scores)
                }
            }
        }
    }

    private func add(
        _ leaves: Leaves, _ masks: TreeMasks, _ rows: UnsafePointer<Float>, _ count: Int, _ columns: Int,
        _ targetCount: Int, _ scores: UnsafeMutablePointer<Float>, _ space: MaskSpace
    ) {
        let lanes = count > 16 ? 32 : 16
        dk_tree_mask_columns_v4(
            rows, Int64(count), Int64(columns), Int64(featureCount), Int64(lanes), space.numbers)
        masks.withTrees { trees in
            func visit(_ body: (_ first: Int, _ count: Int) -> Void) {
                for first in stride(from: 0, to: treeCount, by: TreeMasks.part) {
                    let part = min(TreeMasks.part, treeCount - first)
                    dk_tree_mask_rows_v4(
                        trees, Int64(first), Int64(part), space.numbers, Int64(lanes), space.found)
                    body(first, part)
                }
            }
            switch leaves {
            case .weight(let target):
                load(scores + target, 1, count, targetCount, lanes, space.sums)
                visit { dk_tree_mask_add_v4(space.found, Int64($1), nil, Int64(lanes), space.sums) }
                store(space.sums, 1, count, targetCount, lanes, scores + target)
            case .weights(let targets):
                load(scores, targetCount, count, targetCount, lanes, space.sums)
                targets.withUnsafeBufferPointer { targets in
                    visit {
                        dk_tree_mask_add_v4(
                            space.found, Int64($1), targets.baseAddress! + $0, Int64(lanes), space.sums)
                    }
                }
                store(space.sums, targetCount, count, targetCount, lanes, scores)
            case .vectors(let vectors):
                vectors.withUnsafeBufferPointer { vectors in
                    visit { _, part in
                        for row in 0..<count {
                            addTreeLeafVectors(
                                space.found + row, lanes, part, vectors.baseAddress!, targetCount,
                                scores + row * targetCount)
                        }
                    }
                }
            }
        }
    }

    /// The first `targets` scores of each row, `stride` apart, as `lanes` sums of each target.
    private func load(
        _ scores: UnsafePointer<Float>, _ targets: Int, _ rows: Int, _ stride: Int, _ lanes: Int,
        _ sums: UnsafeMutablePointer<Float>
    ) {
        for target in 0..<targets {
            for row in 0..<rows { sums[target * lanes + row] = scores[row * stride + target] }
            for row in rows..<lanes { sums[target * lanes + row] = 0 }
        }
    }

    private func store(
        _ sums: UnsafePointer<Float>, _ targets: Int, _ rows: Int, _ stride: Int, _ lanes: Int,
        _ scores: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            for target in 0..<targets { scores[row * stride + target] = sums[target * lanes + row] }
        }
    }
}
