// Walks through decision trees whose nodes take eight bytes: an Int32 to compare with, a UInt16 feature and a UInt16
// distance, in nodes, to the first of two children that stand side by side.
//
// A row is a list of integers ("keys") that are ordered as its numbers are. A step compares one key and adds: nothing
// in it is predicted. A leaf's feature is the row's last key, which is least of all, and its distance 0: a walk that
// has arrived steps on the spot, and the leaf's number to compare with is free to be what the leaf stands for.

/// Trees walked side by side, because one walk alone would wait for its loads.
@_transparent package var treeGroup: Int { 8 }

/// Goes to one of the node's children and returns the node.
@_transparent func treeStep(_ node: inout UnsafeRawPointer, _ row: UnsafeRawPointer) -> UInt {
    let packed = node.load(as: UInt.self)
    let key = row.load(fromByteOffset: Int(bitPattern: packed &>> 32 & 0xFFFF) &* 4, as: Int32.self)
    let isFalse: UInt = key > Int32(truncatingIfNeeded: packed) ? 1 : 0
    node += Int(bitPattern: (packed &>> 48) &+ isFalse) &* 8
    return packed
}

/// What the leaves hold that one row reaches in eight trees.
@_transparent func walkTrees(
    _ nodes: UnsafeRawPointer, _ roots: UnsafePointer<Int32>, _ depth: Int32, _ row: UnsafeRawPointer,
    _ leaves: UnsafeMutablePointer<Int32>
) {
    var n0 = nodes + Int(roots[0]) &* 8, n1 = nodes + Int(roots[1]) &* 8
    var n2 = nodes + Int(roots[2]) &* 8, n3 = nodes + Int(roots[3]) &* 8
    var n4 = nodes + Int(roots[4]) &* 8, n5 = nodes + Int(roots[5]) &* 8
    var n6 = nodes + Int(roots[6]) &* 8, n7 = nodes + Int(roots[7]) &* 8
    let isShallow = depth < 5
    var left = depth
    while left > 0 {
        var seen = treeStep(&n0, row)
        seen |= treeStep(&n1, row)
        seen |= treeStep(&n2, row)
        seen |= treeStep(&n3, row)
        seen |= treeStep(&n4, row)
        seen |= treeStep(&n5, row)
        seen |= treeStep(&n6, row)
        seen |= treeStep(&n7, row)
        left &-= 1
        // Without any distance all walks have arrived; in shallow trees a wrong guess of it costs more than a step.
        if !isShallow && seen &>> 48 == 0 { break }
    }
    leaves[0] = n0.load(as: Int32.self)
    leaves[1] = n1.load(as: Int32.self)
    leaves[2] = n2.load(as: Int32.self)
    leaves[3] = n3.load(as: Int32.self)
    leaves[4] = n4.load(as: Int32.self)
    leaves[5] = n5.load(as: Int32.self)
    leaves[6] = n6.load(as: Int32.self)
    leaves[7] = n7.load(as: Int32.self)
}

/// Integers that are ordered as the numbers are; both zeros become one, and a NaN becomes `keyOfNaN`.
package func treeKeys(
    _ numbers: UnsafePointer<Float>, _ count: Int, _ keyOfNaN: Int32, _ keys: UnsafeMutablePointer<Int32>
) {
    var i = 0
    while i < count {
        let number = numbers[i] + 0
        let bits = Int32(bitPattern: number.bitPattern)
        keys[i] = number == number ? bits ^ (bits &>> 31 & 0x7FFF_FFFF) : keyOfNaN
        i &+= 1
    }
}

/// Adds each tree's leaf to the score of its target: trees in order, so that a row's sum depends on nothing else.
///
/// - Parameters:
///   - groups: Groups of `treeGroup` trees; `roots` and `targets` have an element for each tree, `depths` for each
///     group.
///   - targets: The score that a tree adds to; with nil each adds to the first.
///   - scores: Rows `scoreStride` apart.
package func addTreeLeaves(
    _ nodes: UnsafeRawPointer, _ roots: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>, _ groups: Int,
    _ targets: UnsafePointer<Int32>?, _ keys: UnsafePointer<Int32>, _ keyStride: Int, _ rows: Int,
    _ scores: UnsafeMutablePointer<Float>, _ scoreStride: Int, _ leaves: UnsafeMutablePointer<Int32>
) {
    var group = 0
    while group < groups {
        let tree = group &* treeGroup
        let depth = depths[group]
        var row = 0
        while row < rows {
            walkTrees(nodes, roots + tree, depth, UnsafeRawPointer(keys + row &* keyStride), leaves)
            addTreeWeights(leaves, treeGroup, targets == nil ? nil : targets! + tree, scores + row &* scoreStride)
            row &+= 1
        }
        group &+= 1
    }
}

/// Adds each tree's leaf, which is the number of a vector, to a row's scores: trees in order.
///
/// - Parameters:
///   - trees: How many of the groups' trees count; the last group may hold more.
///   - vectors: `[leaves, width]`.
package func addTreeVectors(
    _ nodes: UnsafeRawPointer, _ roots: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>, _ trees: Int,
    _ vectors: UnsafePointer<Float>, _ width: Int, _ keys: UnsafePointer<Int32>, _ keyStride: Int, _ rows: Int,
    _ scores: UnsafeMutablePointer<Float>, _ leaves: UnsafeMutablePointer<Int32>
) {
    var tree = 0
    while tree < trees {
        let depth = depths[tree / treeGroup]
        let count = trees &- tree < treeGroup ? trees &- tree : treeGroup
        var row = 0
        while row < rows {
            walkTrees(nodes, roots + tree, depth, UnsafeRawPointer(keys + row &* keyStride), leaves)
            addTreeLeafVectors(leaves, count, vectors, width, scores + row &* width)
            row &+= 1
        }
        tree &+= treeGroup
    }
}

/// Adds leaves that are weights, in order, each to the score of its tree's target; with nil all to the first.
@inline(__always) func addTreeWeights(
    _ leaves: UnsafePointer<Int32>, _ count: Int, _ targets: UnsafePointer<Int32>?,
    _ scores: UnsafeMutablePointer<Float>
) {
    var i = 0
    if let targets {
        while i < count {
            scores[Int(targets[i])] += Float(bitPattern: UInt32(bitPattern: leaves[i]))
            i &+= 1
        }
    } else {
        var sum = scores[0]
        while i < count {
            sum += Float(bitPattern: UInt32(bitPattern: leaves[i]))
            i &+= 1
        }
        scores[0] = sum
    }
}

/// The same for `found` leaves, whose content is in `held`.
package func addFoundTreeWeights(
    _ found: UnsafePointer<Int32>, _ held: UnsafePointer<Int32>, _ count: Int, _ targets: UnsafePointer<Int32>?,
    _ scores: UnsafeMutablePointer<Float>
) {
    var i = 0
    if let targets {
        while i < count {
            scores[Int(targets[i])] += Float(bitPattern: UInt32(bitPattern: held[Int(found[i])]))
            i &+= 1
        }
    } else {
        var sum = scores[0]
        while i < count {
            sum += Float(bitPattern: UInt32(bitPattern: held[Int(found[i])]))
            i &+= 1
        }
        scores[0] = sum
    }
}

/// Adds the vectors whose numbers the leaves are, in order.
@inline(__always) func addTreeLeafVectors(
    _ leaves: UnsafePointer<Int32>, _ count: Int, _ vectors: UnsafePointer<Float>, _ width: Int,
    _ scores: UnsafeMutablePointer<Float>
) {
    var i = 0
    while i < count {
        addTreeVector(vectors + Int(leaves[i]) &* width, width, scores)
        i &+= 1
    }
}

/// The same for `found` leaves, whose content is in `held`.
package func addFoundTreeVectors(
    _ found: UnsafePointer<Int32>, _ held: UnsafePointer<Int32>, _ count: Int, _ vectors: UnsafePointer<Float>,
    _ width: Int, _ scores: UnsafeMutablePointer<Float>
) {
    var i = 0
    while i < count {
        addTreeVector(vectors + Int(held[Int(found[i])]) &* width, width, scores)
        i &+= 1
    }
}

/// The same for leaves that stand `stride` apart: those of one row among many.
package func addTreeLeafVectors(
    _ leaves: UnsafePointer<Int32>, _ stride: Int, _ count: Int, _ vectors: UnsafePointer<Float>, _ width: Int,
    _ scores: UnsafeMutablePointer<Float>
) {
    var i = 0
    while i < count {
        addTreeVector(vectors + Int(leaves[i &* stride]) &* width, width, scores)
        i &+= 1
    }
}

/// `addFoundTreeWeights` for trees that were found in another order: that of tree i is `found[places[i]]`.
package func addPlacedTreeWeights(
    _ found: UnsafePointer<Int32>, _ places: UnsafePointer<Int32>, _ held: UnsafePointer<Int32>, _ count: Int,
    _ targets: UnsafePointer<Int32>?, _ scores: UnsafeMutablePointer<Float>
) {
    var i = 0
    if let targets {
        while i < count {
            scores[Int(targets[i])] += Float(bitPattern: UInt32(bitPattern: held[Int(found[Int(places[i])])]))
            i &+= 1
        }
    } else {
        var sum = scores[0]
        while i < count {
            sum += Float(bitPattern: UInt32(bitPattern: held[Int(found[Int(places[i])])]))
            i &+= 1
        }
        scores[0] = sum
    }
}

/// `addFoundTreeVectors` for trees that were found in another order.
package func addPlacedTreeVectors(
    _ found: UnsafePointer<Int32>, _ places: UnsafePointer<Int32>, _ held: UnsafePointer<Int32>, _ count: Int,
    _ vectors: UnsafePointer<Float>, _ width: Int, _ scores: UnsafeMutablePointer<Float>
) {
    var i = 0
    while i < count {
        addTreeVector(vectors + Int(held[Int(found[Int(places[i])])]) &* width, width, scores)
        i &+= 1
    }
}

@_transparent func addTreeVector(
    _ vector: UnsafePointer<Float>, _ width: Int, _ scores: UnsafeMutablePointer<Float>
) {
    var target = 0
    while target < width {
        scores[target] += vector[target]
        target &+= 1
    }
}
