/// Class probabilities from the probabilities of each pair of classes: Wu, Lin and Weng's second method (2004), as
/// LIBSVM and ONNX Runtime compute it.
enum PairwiseCoupling {
    /// Rounds after which the answer is taken as it is.
    private static let mostRounds = 100

    /// - Parameters:
    ///   - scores: One for each pair (0,1), (0,2), …, (1,2), ….
    ///   - probA: Slopes of the pairs' sigmoids.
    ///   - probB: Their offsets.
    ///   - memory: `2 * classCount² + classCount` elements.
    ///   - output: Gets `classCount` probabilities.
    static func probabilities(
        _ scores: UnsafePointer<Float>, _ probA: [Float], _ probB: [Float], classCount: Int,
        memory: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) {
        let n = classCount
        let r = memory
        var pair = 0
        for i in 0..<n - 1 {
            for j in i + 1..<n {
                let raw = 1 - PostTransform.logistic(scores[pair] * probA[pair] + probB[pair])
                let probability = min(max(raw, 1.0e-7), 1 - 1.0e-7)
                r[i * n + j] = probability
                r[j * n + i] = 1 - probability
                pair += 1
            }
        }
        couple(r, n, q: memory + n * n, qp: memory + 2 * n * n, p: output)
    }

    private static func couple(
        _ r: UnsafePointer<Float>, _ n: Int, q: UnsafeMutablePointer<Float>, qp: UnsafeMutablePointer<Float>,
        p: UnsafeMutablePointer<Float>
    ) {
        for i in 0..<n {
            p[i] = 1 / Float(n)
            q[i * n + i] = 0
            for j in 0..<n where j != i {
                q[i * n + i] += r[j * n + i] * r[j * n + i]
                q[i * n + j] = j < i ? q[j * n + i] : -r[j * n + i] * r[i * n + j]
            }
        }
        let tolerance = 0.005 / Float(n)
        for _ in 0..<mostRounds {
            var pqp: Float = 0
            for i in 0..<n {
                qp[i] = 0
                for j in 0..<n { qp[i] += q[i * n + j] * p[j] }
                pqp += p[i] * qp[i]
            }
            var largest: Float = 0
            for i in 0..<n { largest = max(largest, abs(qp[i] - pqp)) }
            if largest < tolerance { return }
            for i in 0..<n {
                let step = (-qp[i] + pqp) / q[i * n + i]
                p[i] += step
                pqp = (pqp + step * (step * q[i * n + i] + 2 * qp[i])) / (1 + step) / (1 + step)
                for j in 0..<n {
                    qp[j] = (qp[j] + step * q[i * n + j]) / (1 + step)
                    p[j] /= 1 + step
                }
            }
        }
    }
}
