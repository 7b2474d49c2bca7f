import DunlinInference
import DunlinKernels
import DunlinTensor

/// A forest with what its operator does to the sums, in the precision that the input's type asks for.
///
/// FP64 rows are compared and summed in FP64, all others in FP32, as ONNX Runtime does it.
struct Trees: Sendable {
    private enum Forest: Sendable {
        case list(TreeList)
        case packed(PackedForest)
        case single(TreeForest<Float>)
        case double(TreeForest<Double>)
    }

    let targetCount: Int
    let aggregate: TreeAggregate
    private var forest: Forest
    let treeCount: Int

    init(_ list: TreeList, targetCount: Int, aggregate: TreeAggregate) {
        self.targetCount = targetCount
        self.aggregate = aggregate
        forest = .list(list)
        treeCount = list.roots.count
    }

    var memoryByteCount: Int {
        switch forest {
        case .list: 0
        case .packed(let forest): forest.memoryByteCount
        case .single(let forest): forest.memoryByteCount
        case .double(let forest): forest.memoryByteCount
        }
    }

    /// These trees laid out for rows of `dataType`.
    func prepared(for dataType: DataType) throws(InferError) -> Trees {
        guard case .list(let list) = forest else { return self }
        var result = self
        if dataType == .fp64 {
            result.forest = .double(try TreeForest(list, targetCount: targetCount))
            return result
        }
        let forest = try TreeForest<Float>(list, targetCount: targetCount)
        let packed = PackedForest(forest, targetCount: targetCount, aggregate: aggregate)
        result.forest = packed.map { .packed($0) } ?? .single(forest)
        return result
    }

    /// Checks the input's columns (-1: not known) against the features that branches read.
    func check(columns: Int) throws(InferError) {
        let needed: Int
        switch forest {
        case .list(let list):
            let highest = list.nodes.reduce(-1) { max($0, $1.branch?.feature ?? -1) }
            guard highest < TreeList.mostFeatures else {
                throw InferError(
                    .unsupported, "the feature id \(highest); supported: up to \(TreeList.mostFeatures - 1)")
            }
            needed = highest + 1
        case .packed(let forest): needed = forest.trees.featureCount
        case .single(let forest): needed = forest.featureCount
        case .double(let forest): needed = forest.featureCount
        }
        guard columns < 0 || columns >= needed else {
            throw InferError(.invalidArgument, "the input has \(columns) columns, the trees read \(needed)")
        }
    }

    func scratchByteCount(_ dataType: DataType, rows: Int, columns: Int) -> Int {
        if dataType == .fp64 { return (TreeBlock<Double>.byteCount(targetCount: targetCount) + 63) / 64 * 64 }
        var own = (TreeBlock<Float>.byteCount(targetCount: targetCount) + 63) / 64 * 64
        if case .packed(let forest) = forest { own += (forest.trees.scratchByteCount + 63) / 64 * 64 }
        return own
            + RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns)
    }

    /// Sums all rows and gives them to the two functions block by block; which of them depends on the type.
    ///
    /// - Parameters:
    ///   - single: The block, its first row and its number of rows.
    ///   - double: The same for FP64 input.
    @inline(__always)
    func score(
        _ input: RowMatrix, scratch: UnsafeMutableRawPointer?, single: (TreeBlock<Float>, Int, Int) -> Void,
        double: (TreeBlock<Double>, Int, Int) -> Void
    ) {
        switch forest {
        case .list: preconditionFailure("the trees are not laid out")
        case .packed(let forest): score(forest, input, scratch!, single)
        case .single(let forest): score(forest, input, scratch!, single)
        case .double(let forest): score(forest, input, scratch!, double)
        }
    }

    @inline(__always)
    private func score<Scalar: TreeScalar & TensorElement>(
        _ forest: TreeForest<Scalar>, _ input: RowMatrix, _ scratch: UnsafeMutableRawPointer,
        _ finish: (TreeBlock<Scalar>, Int, Int) -> Void
    ) {
        let block = TreeBlock<Scalar>(scratch, targetCount: targetCount)
        let blockByteCount = (TreeBlock<Scalar>.byteCount(targetCount: targetCount) + 63) / 64 * 64
        let rows: UnsafePointer<Scalar> = input.elements(scratch + blockByteCount)
        var row = 0
        while row < input.rows {
            let count = min(TreeForest<Scalar>.blockRows, input.rows - row)
            forest.score(
                rows: rows + row * input.columns, count: count, columns: input.columns, targetCount: targetCount,
                aggregate: aggregate, into: block)
            finish(block, row, count)
            row += count
        }
    }

    @inline(__always)
    private func score(
        _ forest: PackedForest, _ input: RowMatrix, _ scratch: UnsafeMutableRawPointer,
        _ finish: (TreeBlock<Float>, Int, Int) -> Void
    ) {
        let block = TreeBlock<Float>(scratch, targetCount: targetCount)
        let blockByteCount = (TreeBlock<Float>.byteCount(targetCount: targetCount) + 63) / 64 * 64
        let keys = scratch + blockByteCount
        let rows = input.floats(keys + (forest.trees.scratchByteCount + 63) / 64 * 64)
        var row = 0
        while row < input.rows {
            let count = min(TreeForest<Float>.blockRows, input.rows - row)
            forest.score(
                rows: rows + row * input.columns, count: count, columns: input.columns, targetCount: targetCount,
                into: block, scratch: keys)
            finish(block, row, count)
            row += count
        }
    }
}
