import DunlinInference
import DunlinTensor

/// ONNX-ML `SVMClassifier`: LIBSVM's one-against-one vote over support vectors, or, without them, LIBLINEAR's scores.
struct SVMClassifier: Classifier {
    let labels: ClassLabels
    let scoreNames: [String]
    let scoreCount: Int
    private let vectors: SupportVectors
    private let transform: PostTransform
    /// Without support vectors the coefficients are the vectors.
    private let isLinear: Bool
    private let vectorStarts: [Int]
    /// `[classes - 1, vectors]`.
    private let coefficients: [Float]
    private let rho: [Float]
    private let probA: [Float]
    private let probB: [Float]
    private let hasOnlyPositiveWeights: Bool

    static func make(_ node: Node) throws(InferError) -> any Operator { try Self(node).asOperator() }

    init(_ node: Node) throws(InferError) {
        labels = try ClassLabels(node, integerKey: "classlabels_ints")
        guard (2...Self.mostClasses).contains(labels.count) else {
            throw InferError(
                .unsupported,
                "a support vector machine with \(labels.count) classes; supported: 2...\(Self.mostClasses)")
        }
        let classCount = labels.count
        let pairCount = classCount * (classCount - 1) / 2
        transform = try PostTransform(node)
        coefficients = try node.floats("coefficients") ?? []
        rho = try node.floats("rho") ?? []
        probA = try node.floats("prob_a") ?? []
        probB = try node.floats("prob_b") ?? []
        hasOnlyPositiveWeights = coefficients.allSatisfy { $0 >= 0 }

        var starts = [0]
        for count in try node.ints("vectors_per_class") ?? [] {
            guard count >= 0, count <= Self.mostVectors, starts.last! <= Self.mostVectors else {
                throw InferError(.invalidArgument, "attribute 'vectors_per_class' has the element \(count)")
            }
            starts.append(starts.last! + count)
        }
        vectorStarts = starts
        isLinear = starts.last! == 0
        let support = try node.floats("support_vectors") ?? []
        vectors = try SupportVectors(
            node, isLinear ? coefficients : support, count: isLinear ? classCount : starts.last!, isLinear: isLinear)
        if isLinear {
            try Self.require(rho, "rho", 1)
        } else {
            guard starts.count == classCount + 1 else {
                throw TreeList.length("vectors_per_class", starts.count - 1, classCount)
            }
            try Self.require(coefficients, "coefficients", (classCount - 1) * starts.last!)
            try Self.require(rho, "rho", pairCount)
            if !probA.isEmpty || !probB.isEmpty {
                try Self.require(probA, "prob_a", pairCount)
                try Self.require(probB, "prob_b", pairCount)
            }
        }
        scoreCount = isLinear || !probA.isEmpty || classCount == 2 ? classCount : pairCount
        scoreNames = isLinear || !probA.isEmpty || classCount == 2 ? labels.names : []
    }

    /// The most classes: their pairs' scores and votes are held for each row.
    static let mostClasses = 1024
    static let mostVectors = 1 << 28

    private static func require(_ values: [Float], _ key: String, _ count: Int) throws(InferError) {
        guard values.count >= count else { throw TreeList.length(key, values.count, count) }
    }

    var memoryByteCount: Int { vectors.memoryByteCount + coefficients.count * 4 }

    func check(columns: Int) throws(InferError) { try vectors.check(columns: columns) }

    func scratchByteCount(_ dataType: DataType, rows: Int, columns: Int) -> Int {
        let classCount = labels.count
        // Kernel values, pair scores, votes, and three matrices for probabilities.
        let own = vectors.count + classCount * classCount + classCount + 2 * classCount * classCount + classCount
        return (own * 4 + 63) / 64 * 64
            + RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns)
    }

    func classify(
        _ input: RowMatrix, scores: UnsafeMutablePointer<Float>, classes: UnsafeMutablePointer<Int32>,
        scratch: UnsafeMutableRawPointer?
    ) {
        let own = scratchByteCount(.fp32, rows: 0, columns: 0)
        let elements = input.floats(scratch! + own)
        let kernels = scratch!.assumingMemoryBound(to: Float.self)
        for row in 0..<input.rows {
            let output = scores + row * scoreCount
            let elements = elements + row * input.columns
            classes[row] =
                isLinear ? classifyLinear(elements, output) : classifyByVote(elements, output, kernels)
        }
    }

    private func classifyLinear(_ row: UnsafePointer<Float>, _ scores: UnsafeMutablePointer<Float>) -> Int32 {
        vectors.compare(row, into: scores)
        for index in 0..<scoreCount { scores[index] += rho[0] }
        var best = 0
        for index in 1..<scoreCount where scores[index] > scores[best] { best = index }
        // ONNX Runtime's reading of two scores.
        if scoreCount == 2, probA.isEmpty, scores[best] >= 0.5 || (scores[best] > 0 && !hasOnlyPositiveWeights) {
            best = 1
        }
        transform.apply(UnsafeMutableBufferPointer(start: scores, count: scoreCount))
        return Int32(best)
    }

    private func classifyByVote(
        _ row: UnsafePointer<Float>, _ scores: UnsafeMutablePointer<Float>, _ kernels: UnsafeMutablePointer<Float>
    ) -> Int32 {
        let classCount = labels.count
        vectors.compare(row, into: kernels)
        let pairs = kernels + vectors.count
        let votes = pairs + classCount * classCount
        votes.update(repeating: 0, count: classCount)
        var pair = 0
        for i in 0..<classCount - 1 {
            for j in i + 1..<classCount {
                // Class i's vectors in the row of coefficients against j, class j's in the row against i.
                var sum: Double = 0
                for index in vectorStarts[i]..<vectorStarts[i + 1] {
                    sum += Double(coefficients[(j - 1) * vectors.count + index] * kernels[index])
                }
                for index in vectorStarts[j]..<vectorStarts[j + 1] {
                    sum += Double(coefficients[i * vectors.count + index] * kernels[index])
                }
                sum += Double(rho[pair])
                pairs[pair] = Float(sum)
                votes[sum > 0 ? i : j] += 1
                pair += 1
            }
        }
        var best = 0
        for index in 1..<classCount where votes[index] > votes[best] { best = index }

        if !probA.isEmpty {
            PairwiseCoupling.probabilities(
                pairs, probA, probB, classCount: classCount, memory: votes + classCount, into: scores)
            transform.apply(UnsafeMutableBufferPointer(start: scores, count: classCount))
        } else if classCount == 2 {
            let second: SecondScore = transform == .none ? .negative : .complement
            second.write(pairs[0], transform, to: scores)
        } else {
            scores.update(from: pairs, count: pair)
            transform.apply(UnsafeMutableBufferPointer(start: scores, count: pair))
        }
        return Int32(best)
    }
}
