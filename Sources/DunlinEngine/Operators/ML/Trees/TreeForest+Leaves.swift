/// Walking from roots to leaves.
///
/// Nothing in the inner loops depends on a prediction of which way a row goes: a step is two loads, a comparison and
/// an addition, and several walks run side by side, because one alone would wait for its loads. A walk that has
/// reached its leaf steps on the spot.
extension TreeForest {
    /// How many rows one block has: its rows and sums stay in the first cache while tree after tree passes.
    static var blockRows: Int { 64 }

    /// The leaf that each of `count` rows reaches in one tree.
    ///
    /// - Parameters:
    ///   - nodes: All nodes of the forest.
    ///   - rows: `count` rows of `columns` elements; `columns` is at least `featureCount`.
    ///   - leaves: Gets `count` node numbers.
    @inline(__always)
    func findLeaves(
        _ nodes: UnsafePointer<Node>, root: Root, rows: UnsafePointer<Scalar>, columns: Int, count: Int,
        into leaves: UnsafeMutablePointer<Int32>
    ) {
        var row = 0
        while row &+ 4 <= count {
            let start = rows + row &* columns
            let four = fourLeaves(
                nodes, SIMD4(repeating: root.node), root.depth, start, start + columns, start + 2 &* columns,
                start + 3 &* columns)
            leaves[row] = four[0]
            leaves[row &+ 1] = four[1]
            leaves[row &+ 2] = four[2]
            leaves[row &+ 3] = four[3]
            row &+= 4
        }
        while row < count {
            leaves[row] = oneLeaf(nodes, root, rows + row &* columns)
            row &+= 1
        }
    }

    /// The leaf that one row reaches in each of `count` trees.
    @inline(__always)
    func findLeaves(
        _ nodes: UnsafePointer<Node>, roots: UnsafePointer<Root>, count: Int, row: UnsafePointer<Scalar>,
        into leaves: UnsafeMutablePointer<Int32>
    ) {
        var tree = 0
        while tree &+ 4 <= count {
            let (a, b, c, d) = (roots[tree], roots[tree &+ 1], roots[tree &+ 2], roots[tree &+ 3])
            let depth = Swift.max(Swift.max(a.depth, b.depth), Swift.max(c.depth, d.depth))
            let four = fourLeaves(nodes, SIMD4(a.node, b.node, c.node, d.node), depth, row, row, row, row)
            leaves[tree] = four[0]
            leaves[tree &+ 1] = four[1]
            leaves[tree &+ 2] = four[2]
            leaves[tree &+ 3] = four[3]
            tree &+= 4
        }
        while tree < count {
            leaves[tree] = oneLeaf(nodes, roots[tree], row)
            tree &+= 1
        }
    }

    @inline(__always)
    private func fourLeaves(
        _ nodes: UnsafePointer<Node>, _ start: SIMD4<Int32>, _ depth: Int32, _ row0: UnsafePointer<Scalar>,
        _ row1: UnsafePointer<Scalar>, _ row2: UnsafePointer<Scalar>, _ row3: UnsafePointer<Scalar>
    ) -> SIMD4<Int32> {
        var (i0, i1, i2, i3) = (Int(start[0]), Int(start[1]), Int(start[2]), Int(start[3]))
        if walk == .general {
            return SIMD4(
                Int32(generalLeaf(nodes, i0, row0)), Int32(generalLeaf(nodes, i1, row1)),
                Int32(generalLeaf(nodes, i2, row2)), Int32(generalLeaf(nodes, i3, row3)))
        }
        let knowsNaN = walk == .atMostOrNaN
        var left = depth
        while left > 0 {
            // Deep trees are rarely deep everywhere: look now and then whether all have arrived.
            if left & 7 == 0, depth > 7,
                (nodes[i0].bits | nodes[i1].bits | nodes[i2].bits | nodes[i3].bits) & 1 == 0
            {
                break
            }
            i0 = step(nodes[i0], row0, knowsNaN)
            i1 = step(nodes[i1], row1, knowsNaN)
            i2 = step(nodes[i2], row2, knowsNaN)
            i3 = step(nodes[i3], row3, knowsNaN)
            left &-= 1
        }
        return SIMD4(
            Int32(truncatingIfNeeded: i0), Int32(truncatingIfNeeded: i1), Int32(truncatingIfNeeded: i2),
            Int32(truncatingIfNeeded: i3))
    }

    @inline(__always)
    private func oneLeaf(_ nodes: UnsafePointer<Node>, _ root: Root, _ row: UnsafePointer<Scalar>) -> Int32 {
        var index = Int(root.node)
        if walk == .general { return Int32(truncatingIfNeeded: generalLeaf(nodes, index, row)) }
        let knowsNaN = walk == .atMostOrNaN
        while nodes[index].isBranch { index = step(nodes[index], row, knowsNaN) }
        return Int32(truncatingIfNeeded: index)
    }

    @inline(__always)
    private func step(_ node: Node, _ row: UnsafePointer<Scalar>, _ knowsNaN: Bool) -> Int {
        let value = row[Int(node.feature)]
        var isFalse: UInt32 = value <= node.threshold ? 0 : 1
        if knowsNaN { isFalse &= value == value ? 1 : ~(node.bits >> 1) }
        return Int(node.child) &+ Int(isFalse & node.bits & 1)
    }

    private func generalLeaf(_ nodes: UnsafePointer<Node>, _ root: Int, _ row: UnsafePointer<Scalar>) -> Int {
        var index = root
        while nodes[index].isBranch {
            let node = nodes[index]
            let value = row[Int(node.feature)]
            let isTrue: Bool
            if value.isNaN {
                isTrue = node.bits & 2 != 0
            } else {
                switch Kind(rawValue: node.bits >> 2 & 3) {
                case .atMost: isTrue = value <= node.threshold
                case .equal: isTrue = value == node.threshold
                default: isTrue = isMember(value, ofSet: node.number)
                }
            }
            index = Int(node.child) &+ (isTrue ? 0 : 1)
        }
        return index
    }

    private func isMember(_ value: Scalar, ofSet number: Int) -> Bool {
        var range = Int(memberStarts[number])..<Int(memberStarts[number + 1])
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            if members[middle] == value { return true }
            range = members[middle] < value ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }
}
