import DunlinInference

/// Rows times coefficients plus intercepts, laid out so that the targets of one feature stand together.
///
/// A row is summed feature by feature, always in the same order, so that its result does not depend on the number of
/// rows. Features that are zero are left out: rows of word counts are nearly all zero.
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

    var memoryByteCount: Int { (weights.count + intercepts.count) * 4 }

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
    ///   - row: Features below `featureCount`. A `SparseRow` needs `mayLeaveOutZeros`; it gives bit for bit what the
    ///     whole row would.
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
