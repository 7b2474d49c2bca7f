import DunlinInference
import DunlinKernels
import DunlinTensor

/// Rows times coefficients plus intercepts, laid out so that the targets of one feature stand together.
///
/// A row is summed feature by feature, always in the same order, so that its result does not depend on the number of
/// rows. Matrices go through the packed product; for single rows of word counts, which are nearly all zero, features that
/// are zero are left out.
struct LinearScores: Sendable {
    /// Targets are padded with zeros to a multiple of this.
    private static let lanes = 4

    let featureCount: Int
    let targetCount: Int
    private let stride: Int
    /// `[featureCount, stride]`.
    private let weights: [Float]
    /// `[stride]`.
    private let intercepts: [Float]
    /// False with coefficients that make something else than zero of zero.
    let mayLeaveOutZeros: Bool
    /// What `score(rows:)` multiplies with, once `packed`.
    private var matrix: PackedMatrix?

    var memoryByteCount: Int { (weights.count + intercepts.count) * 4 + (matrix?.byteCount ?? 0) }

    /// The same, ready for whole matrices.
    var packed: LinearScores {
        guard matrix == nil else { return self }
        var result = self
        let columns = weights.withUnsafeBufferPointer { weights in
            (0..<featureCount * targetCount).map { weights[$0 / targetCount * stride + $0 % targetCount] }
        }
        result.matrix = columns.withUnsafeBufferPointer {
            PackedMatrix(rows: featureCount, columns: targetCount, elements: $0)
        }
        return result
    }

    /// - Parameters:
    ///   - rows: FP32 `[count, featureCount]`.
    ///   - scores: Gets `targetCount` elements for each row, rows `scoreStride` apart.
    /// - Precondition: These scores are `packed`. Programmer error: traps.
    func score(
        rows: UnsafePointer<Float>, count: Int, into scores: UnsafeMutablePointer<Float>, scoreStride: Int
    ) {
        guard let matrix else { preconditionFailure("linear scores that are not packed") }
        guard count > 0 else { return }
        intercepts.withUnsafeBufferPointer {
            gemm(
                m: count, a: UnsafeBufferPointer(start: rows, count: count * featureCount), b: matrix,
                bias: UnsafeBufferPointer(start: $0.baseAddress, count: targetCount),
                c: UnsafeMutableBufferPointer(start: scores, count: (count - 1) * scoreStride + targetCount),
                ldc: scoreStride)
        }
    }

    /// - Parameters:
    ///   - coefficients: `[targetCount, featureCount]`.
    ///   - intercepts: `[targetCount]`, or none for zero.
    /// - Throws: When the sizes do not agree.
    init(_ coefficients: [Float], intercepts: [Float], targetCount: Int) throws(InferError) {
        guard targetCount > 0, !coefficients.isEmpty, coefficients.count % targetCount == 0 else {
            throw InferError(
                .invalidArgument, "\(coefficients.count) coefficients for \(targetCount) targets do not divide")
        }
        guard intercepts.isEmpty || intercepts.count == targetCount else {
            throw InferError(
                .invalidArgument, "attribute 'intercepts' has \(intercepts.count) elements, expected \(targetCount)")
        }
        self.targetCount = targetCount
        featureCount = coefficients.count / targetCount
        stride = (targetCount + Self.lanes - 1) / Self.lanes * Self.lanes
        var weights = [Float](repeating: 0, count: featureCount * stride)
        for target in 0..<targetCount {
            for feature in 0..<featureCount {
                weights[feature * stride + target] = coefficients[target * featureCount + feature]
            }
        }
        self.weights = weights
        self.intercepts =
            (intercepts.isEmpty ? [Float](repeating: 0, count: targetCount) : intercepts)
            + [Float](repeating: 0, count: stride - targetCount)
        mayLeaveOutZeros = coefficients.allSatisfy(\.isFinite)
    }

    func check(columns: Int) throws(InferError) {
        guard columns < 0 || columns == featureCount else {
            throw InferError(
                .invalidArgument, "the input has \(columns) columns, the coefficients are for \(featureCount)")
        }
    }

    /// - Parameters:
    ///   - row: Features below `featureCount`. A `SparseRow` needs `mayLeaveOutZeros`.
    ///   - scores: Gets `targetCount` elements.
    func score<Row: FeatureRow>(_ row: Row, into scores: UnsafeMutablePointer<Float>) {
        weights.withUnsafeBufferPointer { weights in
            intercepts.withUnsafeBufferPointer { intercepts in
                let weights = UnsafeRawPointer(weights.baseAddress!)
                let intercepts = UnsafeRawPointer(intercepts.baseAddress!)
                var target = 0
                while target < targetCount {
                    let rest = stride - target
                    if rest >= 16 {
                        sum(row, weights, intercepts, target, SIMD16<Float>.self, scores)
                        target += 16
                    } else if rest >= 8 {
                        sum(row, weights, intercepts, target, SIMD8<Float>.self, scores)
                        target += 8
                    } else {
                        sum(row, weights, intercepts, target, SIMD4<Float>.self, scores)
                        target += 4
                    }
                }
            }
        }
    }

    @inline(__always)
    private func sum<Row: FeatureRow, Lanes: SIMD<Float>>(
        _ row: Row, _ weights: UnsafeRawPointer, _ intercepts: UnsafeRawPointer, _ target: Int,
        _ type: Lanes.Type, _ scores: UnsafeMutablePointer<Float>
    ) {
        var sum = Lanes.zero
        let weights = weights + target &* 4
        let step = stride &* 4
        row.forEach(leavesOutZeros: mayLeaveOutZeros) { feature, value in
            sum += Lanes(repeating: value) * weights.loadUnaligned(fromByteOffset: feature &* step, as: Lanes.self)
        }
        sum += intercepts.loadUnaligned(fromByteOffset: target &* 4, as: Lanes.self)
        for lane in 0..<Swift.min(Lanes.scalarCount, targetCount - target) { scores[target + lane] = sum[lane] }
    }
}
