import DunlinInference

/// One row of features, as linear scores read it: in ascending order, with or without those that are zero.
protocol FeatureRow {
    /// - Parameter leavesOutZeros: Whether features that are zero may be passed by.
    func forEach(leavesOutZeros: Bool, _ body: (_ feature: Int, _ value: Float) -> Void)
}

/// All features one after another.
struct DenseRow: FeatureRow {
    let elements: UnsafePointer<Float>
    let count: Int

    /// Rows of word counts are nearly all zero: eight zeros are passed by at once.
    @inline(__always)
    func forEach(leavesOutZeros: Bool, _ body: (_ feature: Int, _ value: Float) -> Void) {
        guard leavesOutZeros else {
            for feature in 0..<count { body(feature, elements[feature]) }
            return
        }
        let bytes = UnsafeRawPointer(elements)
        var feature = 0
        while feature < count {
            if feature &+ 8 <= count,
                bytes.loadUnaligned(fromByteOffset: feature &* 4, as: SIMD8<Float>.self) == .zero
            {
                feature &+= 8
                continue
            }
            let end = min(feature &+ 8, count)
            while feature < end {
                if elements[feature] != 0 { body(feature, elements[feature]) }
                feature &+= 1
            }
        }
    }
}

/// Some features of a row whose others are all zero.
struct SparseRow: FeatureRow {
    /// In ascending order.
    let features: UnsafeMutablePointer<Int32>
    let values: UnsafeMutablePointer<Float>
    var count: Int

    @inline(__always)
    func forEach(leavesOutZeros: Bool, _ body: (_ feature: Int, _ value: Float) -> Void) {
        for index in 0..<count where values[index] != 0 { body(Int(features[index]), values[index]) }
    }
}
