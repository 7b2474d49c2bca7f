import DunlinInference
import DunlinTensor

/// ONNX-ML `LinearClassifier`: the class with the highest linear score, and the transformed scores.
struct LinearClassifier: Classifier {
    let labels: ClassLabels
    let scoreNames: [String]
    let scoreCount: Int
    private(set) var linear: LinearScores
    private let transform: PostTransform
    /// The labels of a single score that is not, and that is, above zero.
    private let single: (negative: Int32, positive: Int32)

    static func make(_ node: Node) throws(InferError) -> any Operator { try Self(node).asOperator() }

    init(_ node: Node) throws(InferError) {
        let classes = try ClassLabels(node, integerKey: "classlabels_ints")
        node.ignore("multi_class")
        transform = try PostTransform(node)
        guard let coefficients = try node.floats("coefficients") else { throw node.missing("coefficients") }
        let intercepts = try node.floats("intercepts") ?? []
        let targetCount = intercepts.isEmpty ? classes.count : intercepts.count
        linear = try LinearScores(coefficients, intercepts: intercepts, targetCount: targetCount)
        if targetCount == 1, classes.count != 2 {
            labels = classes.withZeroAndOne
            single = (Int32(classes.count), Int32(classes.count + 1))
            scoreCount = 1
            scoreNames = []
        } else {
            guard targetCount == 1 || targetCount == classes.count else {
                throw InferError(.invalidArgument, "\(targetCount) scores for \(classes.count) classes")
            }
            labels = classes
            single = (0, 1)
            scoreCount = max(targetCount, 2)
            scoreNames = classes.names
        }
    }

    var memoryByteCount: Int { linear.memoryByteCount }

    func check(columns: Int) throws(InferError) { try linear.check(columns: columns) }

    func prepared(for dataType: DataType) throws(InferError) -> Self {
        var result = self
        result.linear = linear.packed
        return result
    }

    func scratchByteCount(_ dataType: DataType, rows: Int, columns: Int) -> Int {
        RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns)
    }

    func classify(
        _ input: RowMatrix, scores: UnsafeMutablePointer<Float>, classes: UnsafeMutablePointer<Int32>,
        scratch: UnsafeMutableRawPointer?
    ) {
        linear.score(rows: input.floats(scratch), count: input.rows, into: scores, scoreStride: scoreCount)
        guard linear.targetCount > 1 else {
            for row in 0..<input.rows { classes[row] = finishOne(scores + row * scoreCount) }
            return
        }
        for row in 0..<input.rows { classes[row] = best(scores + row * scoreCount) }
        transform.apply(
            UnsafeMutableBufferPointer(start: scores, count: input.rows * scoreCount), columns: scoreCount)
    }

    /// - Parameter scores: Gets `scoreCount` elements.
    /// - Returns: The index of the row's label.
    func classify<Row: FeatureRow>(_ row: Row, scores: UnsafeMutablePointer<Float>) -> Int32 {
        linear.score(row, into: scores)
        if linear.targetCount == 1 { return finishOne(scores) }
        let label = best(scores)
        transform.apply(UnsafeMutableBufferPointer(start: scores, count: scoreCount), columns: scoreCount)
        return label
    }

    /// The index of the highest of `scoreCount` scores, the first of equals. Without a branch on what they are.
    private func best(_ scores: UnsafePointer<Float>) -> Int32 {
        var best: Int32 = 0
        var highest = scores[0]
        for target in 1..<scoreCount {
            let isHigher = scores[target] > highest
            best = isHigher ? Int32(truncatingIfNeeded: target) : best
            highest = isHigher ? scores[target] : highest
        }
        return best
    }

    /// Makes the scores given out of the only one that is computed.
    private func finishOne(_ scores: UnsafeMutablePointer<Float>) -> Int32 {
        let label = scores[0] > 0 ? single.positive : single.negative
        if scoreCount == 2 {
            SecondScore.complement.write(scores[0], transform, to: scores)
        } else if transform == .probit {
            scores[0] = PostTransform.probit(scores[0])
        }
        return label
    }
}
