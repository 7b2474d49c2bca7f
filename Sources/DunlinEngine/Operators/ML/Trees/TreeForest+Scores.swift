/// How the trees' weights become one score.
enum TreeAggregate: Sendable, CaseIterable {
    case sum, average, minimum, maximum
}

/// The sums of one block of rows, in memory that the caller owns.
struct TreeBlock<Scalar: TreeScalar> {
    /// `[rows, targets]`.
    let scores: UnsafeMutablePointer<Scalar>
    /// `[rows, targets]`: 1 where a leaf added something.
    let isScored: UnsafeMutablePointer<UInt8>
    fileprivate let leaves: UnsafeMutablePointer<Int32>

    /// Bytes of memory for blocks of up to `TreeForest.blockRows` rows.
    static func byteCount(targetCount: Int) -> Int {
        TreeForest<Scalar>.blockRows * (targetCount * (MemoryLayout<Scalar>.stride + 1) + 4)
    }

    /// - Parameter memory: `byteCount(targetCount:)` bytes, aligned to 8.
    init(_ memory: UnsafeMutableRawPointer, targetCount: Int) {
        let rows = TreeForest<Scalar>.blockRows
        scores = memory.assumingMemoryBound(to: Scalar.self)
        let afterScores = memory + rows * targetCount * MemoryLayout<Scalar>.stride
        leaves = afterScores.assumingMemoryBound(to: Int32.self)
        isScored = (afterScores + rows * 4).assumingMemoryBound(to: UInt8.self)
    }
}

extension TreeForest {
    /// Scores up to `blockRows` rows.
    ///
    /// A row's weights are added in the order of the trees, whatever the number of rows: its result does not depend
    /// on its company, bit for bit.
    func score(
        rows: UnsafePointer<Scalar>, count: Int, columns: Int, targetCount: Int, aggregate: TreeAggregate,
        into block: TreeBlock<Scalar>
    ) {
        precondition(count <= Self.blockRows && columns >= featureCount, "rows do not fit the forest")
        block.scores.update(repeating: 0, count: count * targetCount)
        block.isScored.update(repeating: 0, count: count * targetCount)
        nodes.withUnsafeBufferPointer { nodes in
            roots.withUnsafeBufferPointer { roots in
                let nodes = nodes.baseAddress!
                if count < 4 {
                    for row in 0..<count {
                        scoreRow(
                            nodes, roots, rows + row * columns, row: row, targetCount: targetCount,
                            aggregate: aggregate, into: block)
                    }
                    return
                }
                for root in roots {
                    findLeaves(
                        nodes, root: root, rows: rows, columns: columns, count: count, into: block.leaves)
                    add(nodes, count, rowStep: 1, row: 0, targetCount, aggregate, block)
                }
            }
        }
        guard let target = onlyTarget else { return }
        for row in 0..<count { block.isScored[row * targetCount + target] = 1 }
    }

    private func scoreRow(
        _ nodes: UnsafePointer<Node>, _ roots: UnsafeBufferPointer<Root>, _ elements: UnsafePointer<Scalar>,
        row: Int, targetCount: Int, aggregate: TreeAggregate, into block: TreeBlock<Scalar>
    ) {
        var tree = 0
        while tree < roots.count {
            let count = Swift.min(Self.blockRows, roots.count - tree)
            findLeaves(nodes, roots: roots.baseAddress! + tree, count: count, row: elements, into: block.leaves)
            add(nodes, count, rowStep: 0, row: row, targetCount, aggregate, block)
            tree += count
        }
    }

    /// Adds what `count` leaves weigh: leaf `i` belongs to row `row + i * rowStep`.
    @inline(__always)
    private func add(
        _ nodes: UnsafePointer<Node>, _ count: Int, rowStep: Int, row: Int, _ targetCount: Int,
        _ aggregate: TreeAggregate, _ block: TreeBlock<Scalar>
    ) {
        if let target = onlyTarget, aggregate == .sum || aggregate == .average {
            if rowStep == 0 {
                let place = block.scores + (row &* targetCount &+ target)
                var sum = place.pointee
                for index in 0..<count { sum += nodes[Int(block.leaves[index])].threshold }
                place.pointee = sum
            } else {
                let place = block.scores + target
                for index in 0..<count {
                    place[index &* targetCount] += nodes[Int(block.leaves[index])].threshold
                }
            }
            return
        }
        for index in 0..<count {
            let number = nodes[Int(block.leaves[index])].number
            let first = (row &+ index &* rowStep) &* targetCount
            for weight in weights[Int(weightStarts[number])..<Int(weightStarts[number + 1])] {
                let place = first &+ Int(weight.target)
                let old = block.scores[place]
                let isFirst = block.isScored[place] == 0
                switch aggregate {
                case .sum, .average: block.scores[place] = old + weight.value
                case .minimum: block.scores[place] = isFirst || weight.value < old ? weight.value : old
                case .maximum: block.scores[place] = isFirst || weight.value > old ? weight.value : old
                }
                block.isScored[place] = 1
            }
        }
    }
}
