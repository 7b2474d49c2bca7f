import DunlinInference
import DunlinKernels
import Glibc

/// The `post_transform` of the ai.onnx.ml operators: what turns raw scores into those that are given out.
enum PostTransform: String, Sendable, CaseIterable {
    case none = "NONE"
    case logistic = "LOGISTIC"
    case softmax = "SOFTMAX"
    case softmaxZero = "SOFTMAX_ZERO"
    case probit = "PROBIT"

    init(_ node: Node) throws(InferError) {
        let name = try node.string("post_transform", default: "NONE")
        guard let found = PostTransform(rawValue: name) else {
            throw InferError(
                .invalidArgument,
                "attribute 'post_transform' is '\(name)'; expected one of "
                    + PostTransform.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = found
    }

    /// Transforms one row of scores in place.
    func apply(_ scores: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .none: break
        case .logistic: for index in scores.indices { scores[index] = Self.logistic(scores[index]) }
        case .probit: for index in scores.indices { scores[index] = Self.probit(scores[index]) }
        case .softmax: Self.softmax(scores, skipsZero: false)
        case .softmaxZero: Self.softmax(scores, skipsZero: true)
        }
    }

    /// Transforms rows of `columns` scores in place; a row's result does not depend on its company.
    func apply(_ scores: UnsafeMutableBufferPointer<Float>, columns: Int) {
        guard columns > 0, let base = scores.baseAddress else { return }
        switch self {
        case .none: break
        case .logistic: DunlinKernels.apply(.sigmoid, to: UnsafeBufferPointer(scores), into: scores)
        case .softmax: Self.softmax(scores, base, columns)
        case .probit, .softmaxZero:
            for row in 0..<scores.count / columns {
                apply(UnsafeMutableBufferPointer(start: base + row * columns, count: columns))
            }
        }
    }

    /// Exponentials are taken of all rows at once: rows are often shorter than a vector.
    private static func softmax(
        _ scores: UnsafeMutableBufferPointer<Float>, _ base: UnsafeMutablePointer<Float>, _ columns: Int
    ) {
        let rows = scores.count / columns
        for row in 0..<rows {
            let row = base + row * columns
            var highest = -Float.greatestFiniteMagnitude
            for column in 0..<columns { highest = row[column] > highest ? row[column] : highest }
            for column in 0..<columns { row[column] -= highest }
        }
        DunlinKernels.apply(UnaryFunction(.exponential), to: UnsafeBufferPointer(scores), into: scores)
        for row in 0..<rows {
            let row = base + row * columns
            var sum: Float = 0
            for column in 0..<columns { sum += row[column] }
            for column in 0..<columns { row[column] /= sum }
        }
    }

    static func logistic(_ x: Float) -> Float {
        let positive = 1 / (1 + expf(-abs(x)))
        return x < 0 ? 1 - positive : positive
    }

    /// √2 · erf⁻¹(2x − 1), with Winitzki's approximation of erf⁻¹, as ONNX Runtime computes it.
    static func probit(_ x: Float) -> Float {
        let y = 2 * x - 1
        let log = logf((1 - y) * (1 + y))
        let half = 2 / (Float(3.14159) * 0.147) + 0.5 * log
        let root = (-half + (half * half - 1 / Float(0.147) * log).squareRoot()).squareRoot()
        return Float(1.41421356) * (y < 0 ? -1 : 1) * root
    }

    /// - Parameter skipsZero: Scores within 1e-7 of zero stay near zero instead of becoming exp(0).
    private static func softmax(_ scores: UnsafeMutableBufferPointer<Float>, skipsZero: Bool) {
        var highest = -Float.greatestFiniteMagnitude
        for score in scores where score > highest { highest = score }
        let factor = expf(-highest)
        var sum: Float = 0
        for index in scores.indices {
            if skipsZero, abs(scores[index]) <= 0.0000001 {
                scores[index] *= factor
            } else {
                scores[index] = expf(scores[index] - highest)
                sum += scores[index]
            }
        }
        for index in scores.indices { scores[index] /= sum }
    }
}

/// How one score becomes two in a binary classifier that computes only the positive class.
enum SecondScore {
    /// [1 − s, s].
    case complement
    /// [−s, s].
    case negative

    /// The logistic transform gives the logistic of −s and of s either way.
    func write(_ score: Float, _ transform: PostTransform, to scores: UnsafeMutablePointer<Float>) {
        switch (self, transform) {
        case (_, .probit): (scores[0], scores[1]) = (PostTransform.probit(score), 0)
        case (_, .logistic):
            (scores[0], scores[1]) = (PostTransform.logistic(-score), PostTransform.logistic(score))
        case (.complement, _): (scores[0], scores[1]) = (1 - score, score)
        case (.negative, _): (scores[0], scores[1]) = (-score, score)
        }
    }
}
