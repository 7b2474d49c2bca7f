import DunlinBytes
import DunlinInference
import DunlinTensor
import Glibc

/// A `TfIdfVectorizer`, what scales its rows, and the `LinearClassifier` that reads them, as one; only passes make it.
///
/// Of a row's thousands of columns a text touches a few dozen: only those are kept, in ascending order, so that every
/// sum is that of the separate operators, bit for bit.
struct TermClassifier: EagerOperator {
    /// What happens to a row between the vectorizer and the classifier; it must leave zeros zero.
    enum Step: Sendable {
        /// Multiplies each column by its factor.
        case scale([Float])
        case normalize(Normalizer)
    }

    private let vectorizer: TfIdfVectorizer
    private let steps: [Step]
    private let core: LinearClassifier
    private let text: TextLabels
    private let integers: [Int64]

    /// - Returns: `nil` when a column without n-grams might not count as zero.
    init?(_ vectorizer: TfIdfVectorizer, _ steps: [Step], _ core: LinearClassifier) {
        guard vectorizer.isSparse, core.linear.mayLeaveOutZeros, vectorizer.columnCount == core.linear.featureCount
        else { return nil }
        for case .scale(let factors) in steps
        where factors.count != vectorizer.columnCount || !factors.allSatisfy(\.isFinite) { return nil }
        self.vectorizer = vectorizer
        self.steps = steps
        self.core = core
        switch core.labels {
        case .integers(let labels): (integers, text) = (labels, TextLabels([]))
        case .text(let labels): (integers, text) = ([], TextLabels(labels))
        }
    }

    var memoryByteCount: Int {
        var byteCount = vectorizer.memoryByteCount + core.memoryByteCount + text.memoryByteCount
        for case .scale(let factors) in steps { byteCount += factors.count * 4 }
        return byteCount
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let rows = try vectorizer.infer(inputs)
        // The same requests are refused as without the pass, although the rows are never in memory.
        try rows[0].checkLimits()
        return try core.facts(InputFacts(rows))
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { throw InferError(.internal, "input 0 is absent") }
        let rows = input.shape.rank == 2 ? input.shape[0] : 1
        let width = input.shape.dimensions.last ?? 1
        let scoresByteCount = try TensorFact(.fp32, [rows, core.scoreCount]).checkedByteCount()
        guard let row = TermRow(columnCount: vectorizer.columnCount) else {
            throw InferError(.resourceExhausted, "no memory for a row of \(vectorizer.columnCount) columns")
        }
        return try withUnsafeTemporaryAllocation(of: Int32.self, capacity: rows * (width + 1)) {
            (memory) throws(InferError) in
            let tokens = UnsafeMutableBufferPointer(rebasing: memory[..<(rows * width)])
            let classes = UnsafeMutableBufferPointer(rebasing: memory[(rows * width)...])
            if !tokens.isEmpty { input.bytes.withUnsafeBytes { vectorizer.number($0, input.dataType, tokens) } }
            let scores = Bytes(uninitializedCount: scoresByteCount) { scores in
                let scores = scores.baseAddress!.assumingMemoryBound(to: Float.self)
                for number in 0..<rows {
                    classes[number] = classify(
                        UnsafeBufferPointer(rebasing: tokens[(number * width)..<((number + 1) * width)]), row,
                        scores + number * core.scoreCount)
                }
            }
            return [
                try labels(UnsafeBufferPointer(classes)),
                Tensor(dataType: .fp32, shape: [rows, core.scoreCount], bytes: scores),
            ]
        }
    }

    private func classify(
        _ tokens: UnsafeBufferPointer<Int32>, _ row: borrowing TermRow, _ scores: UnsafeMutablePointer<Float>
    ) -> Int32 {
        if let first = tokens.baseAddress { vectorizer.forEachNgram(first, tokens.count) { row.count($0) } }
        let sparse = row.take { vectorizer.weighted($1, column: $0) }
        for step in steps {
            switch step {
            case .scale(let factors):
                for index in 0..<sparse.count { sparse.values[index] *= factors[Int(sparse.features[index])] }
            case .normalize(let normalizer): normalizer.apply(sparse, columns: vectorizer.columnCount)
            }
        }
        return core.classify(sparse, scores: scores)
    }

    private func labels(_ classes: UnsafeBufferPointer<Int32>) throws(InferError) -> Tensor {
        guard integers.isEmpty else { return Tensor(classes.map { integers[Int($0)] }, shape: [classes.count]) }
        return try text.tensor(classes, shape: [classes.count])
    }
}
