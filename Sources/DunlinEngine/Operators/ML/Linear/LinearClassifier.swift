import DunlinInference
import DunlinTensor

/// ONNX-ML `LinearClassifier`: the class with the highest linear score, and the transformed scores.
struct LinearClassifier: Classifier {
    let labels: ClassLabels
    let scoreNames: [String]
    let scoreCount: Int
    let linear: LinearScores
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

    func scratchByteCount(_ dataType: DataType, rows: Int, columns: Int) -> Int {
        RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns)
    }

    func classify(
        _ input: RowMatrix, scores: UnsafeMutablePointer<Float>, classes: UnsafeMutablePointer<Int32>,
        scratch: UnsafeMutableRawPointer?
    ) {
        let elements = input.floats(scratch)
        for number in 0..<input.rows {
            let output = scores + number * scoreCount
            let row = DenseRow(elements: elements + number * input.columns, count: input.columns)
            classes[number] = classify(row, scores: output)
        }
    }

    /// - Parameter scores: Gets `scoreCount` elements.
    /// - Returns: The index of the row's label.
    func classify<Row: FeatureRow>(_ row: Row, scores: UnsafeMutablePointer<Float>) -> Int32 {
        linear.score(row, into: scores)
        if linear.targetCount == 1 {
            let label = scores[0] > 0 ? single.positive : single.negative
            if scoreCount == 2 {
                SecondScore.complement.write(scores[0], transform, to: scores)
            } else if transform == .probit {
                scores[0] = PostTransform.probit(scores[0])
            }
            return label
        }
        var best = 0
        for target in 1..<scoreCount where scores[target] > scores[best] { best = target }
        transform.apply(UnsafeMutableBufferPointer(start: scores, count: scoreCount))
        return Int32(best)
    }
}
