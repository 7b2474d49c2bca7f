import DunlinInference
import DunlinTensor

/// ONNX-ML `TreeEnsembleClassifier`: the class whose trees' weights sum up highest, and the sums.
///
/// With two classes but weights for only one, the sum stands for the positive class, and the other's score is made
/// from it; the rules follow ONNX Runtime where the specification is silent.
struct TreeEnsembleClassifier: Classifier {
    let labels: ClassLabels
    private let trees: Trees
    private let transform: PostTransform
    private let baseValues: [Double]
    /// Two classes, weights for one.
    private let isBinary: Bool
    private let hasOnlyPositiveWeights: Bool

    static func make(_ node: Node) throws(InferError) -> any Operator { try Self(node).asOperator() }

    init(_ node: Node) throws(InferError) {
        labels = try ClassLabels(node, integerKey: "classlabels_int64s")
        guard labels.count >= 2 else {
            throw InferError(.unsupported, "a tree classifier with one class; supported: 2 or more")
        }
        let list = try TreeList(node, weightPrefix: "class")
        transform = try PostTransform(node)
        baseValues = try node.numbers("base_values") ?? []
        guard baseValues.count <= labels.count else {
            throw TreeList.length("base_values", baseValues.count, labels.count)
        }
        let weights = list.nodes.lazy.flatMap(\.weights)
        isBinary = labels.count == 2 && Set(weights.map(\.target)).count == 1
        hasOnlyPositiveWeights = !weights.contains { $0.value < 0 }
        trees = Trees(list, targetCount: labels.count, aggregate: .sum)
    }

    private init(_ other: Self, trees: Trees) {
        (labels, transform, baseValues) = (other.labels, other.transform, other.baseValues)
        (isBinary, hasOnlyPositiveWeights) = (other.isBinary, other.hasOnlyPositiveWeights)
        self.trees = trees
    }

    var scoreNames: [String] { labels.names }
    var scoreCount: Int { labels.count }
    var memoryByteCount: Int { trees.memoryByteCount }

    func check(columns: Int) throws(InferError) { try trees.check(columns: columns) }

    func prepared(for dataType: DataType) throws(InferError) -> Self {
        Self(self, trees: try trees.prepared(for: dataType))
    }

    func scratchByteCount(_ dataType: DataType, rows: Int, columns: Int) -> Int {
        trees.scratchByteCount(dataType, rows: rows, columns: columns)
    }

    func classify(
        _ input: RowMatrix, scores: UnsafeMutablePointer<Float>, classes: UnsafeMutablePointer<Int32>,
        scratch: UnsafeMutableRawPointer?
    ) {
        trees.score(
            input, scratch: scratch,
            single: { finish($0, $1, $2, scores, classes) }, double: { finish($0, $1, $2, scores, classes) })
    }

    @inline(__always)
    private func finish<Scalar: TreeScalar>(
        _ block: TreeBlock<Scalar>, _ first: Int, _ count: Int, _ scores: UnsafeMutablePointer<Float>,
        _ classes: UnsafeMutablePointer<Int32>
    ) {
        let classCount = labels.count
        for row in 0..<count {
            let sums = block.scores + row * classCount
            let isScored = block.isScored + row * classCount
            let output = scores + (first + row) * classCount
            classes[first + row] =
                classCount == 2
                ? finishTwo(sums, isScored, output) : finishMany(sums, isScored, classCount, output)
        }
        guard classCount > 2 else { return }
        transform.apply(
            UnsafeMutableBufferPointer(start: scores + first * classCount, count: count * classCount),
            columns: classCount)
    }

    private func finishMany<Scalar: TreeScalar>(
        _ sums: UnsafeMutablePointer<Scalar>, _ isScored: UnsafeMutablePointer<UInt8>, _ classCount: Int,
        _ output: UnsafeMutablePointer<Float>
    ) -> Int32 {
        for index in baseValues.indices {
            sums[index] += Scalar(baseValues[index])
            isScored[index] = 1
        }
        var best = -1
        for index in 0..<classCount where isScored[index] != 0 && (best < 0 || sums[index] > sums[best]) {
            best = index
        }
        for index in 0..<classCount { output[index] = Float(sums[index]) }
        return Int32(max(best, 0))
    }

    private func finishTwo<Scalar: TreeScalar>(
        _ sums: UnsafeMutablePointer<Scalar>, _ isScored: UnsafeMutablePointer<UInt8>,
        _ output: UnsafeMutablePointer<Float>
    ) -> Int32 {
        var hasTwo = true
        switch baseValues.count {
        case 2:
            if isScored[1] != 0 {
                // ONNX Runtime's reading of weights for the positive class with two base values.
                sums[1] = Scalar(baseValues[1]) + sums[0]
                sums[0] = -sums[1]
            } else {
                sums[1] += Scalar(baseValues[1])
                sums[0] += Scalar(baseValues[0])
            }
        case 1:
            sums[0] += Scalar(baseValues[0])
            hasTwo = isScored[1] != 0
        default: hasTwo = isScored[1] != 0
        }
        let positive = hasTwo && isScored[1] != 0 ? sums[1] : (isScored[0] != 0 ? sums[0] : 0)
        let isPositive = positive > (isBinary && hasOnlyPositiveWeights ? 0.5 : 0)
        if hasTwo {
            // A class that no leaf speaks of has the score 0, whatever its base value is.
            for index in 0..<2 { output[index] = isScored[index] != 0 ? Float(sums[index]) : 0 }
            transform.apply(UnsafeMutableBufferPointer(start: output, count: 2))
        } else {
            let second: SecondScore = isBinary && hasOnlyPositiveWeights ? .complement : .negative
            second.write(Float(sums[0]), transform, to: output)
        }
        return isPositive ? 1 : 0
    }
}
