import CDunlinKernels

/// Trees with masks for single rows: sixteen at a time, trees with about as many branches together. For forests that fit
/// the second-level cache in this form and read at most 64 features.
final class TreeMaskGroups: Sendable {
    /// Trees that stand side by side.
    static let lanes = 16
    /// The row's numbers that the kernel holds in registers.
    static let mostFeatures = 64
    /// Bytes of all steps, at most: half of a usual second-level cache.
    static let mostByteCount = 1 << 19

    let count: Int
    /// Where each tree's leaf is among those found.
    let places: [Int32]
    private let isWide: Int32
    private let thresholds: AlignedFloats
    private let features: AlignedFloats
    private let masks: AlignedFloats
    private let leafStarts: AlignedFloats
    private let ends: [Int32]

    var byteCount: Int {
        (thresholds.count + features.count + masks.count + leafStarts.count + ends.count + places.count) * 4
    }

    init?(_ trees: [TreeCut], leafStarts starts: [Int32], featureCount: Int) {
        guard featureCount <= Self.mostFeatures else { return nil }
        let order = trees.indices.sorted {
            let (a, b) = (trees[$0], trees[$1])
            return (a.low.count, a.high.count, $0) < (b.low.count, b.high.count, $1)
        }
        count = (trees.count + Self.lanes - 1) / Self.lanes
        var places = [Int32](repeating: 0, count: trees.count)
        var ends: [Int32] = [], steps: [[TreeCut.Branch?]] = []
        leafStarts = AlignedFloats(count: count * Self.lanes)
        let starting = UnsafeMutableRawPointer(leafStarts.pointer).assumingMemoryBound(to: Int32.self)
        for group in 0..<count {
            let members = order[group * Self.lanes..<min((group + 1) * Self.lanes, trees.count)]
            for (lane, tree) in members.enumerated() {
                places[tree] = Int32(group * Self.lanes + lane)
                starting[group * Self.lanes + lane] = starts[tree]
            }
            for word in [\TreeCut.high, \TreeCut.low] {
                for step in 0..<(members.map { trees[$0][keyPath: word].count }.max() ?? 0) {
                    steps.append(
                        members.map { tree in
                            let branches = trees[tree][keyPath: word]
                            return step < branches.count ? branches[step] : nil
                        })
                }
                ends.append(Int32(steps.count))
            }
            guard steps.count * Self.lanes * 9 <= Self.mostByteCount else { return nil }
        }
        self.places = places
        self.ends = ends
        isWide = featureCount > 32 ? 1 : 0
        thresholds = AlignedFloats(count: steps.count * Self.lanes)
        features = AlignedFloats(count: steps.count * Self.lanes / 4)
        masks = AlignedFloats(count: steps.count * Self.lanes)
        let compared = UnsafeMutableRawPointer(features.pointer).assumingMemoryBound(to: UInt8.self)
        let keeping = UnsafeMutableRawPointer(masks.pointer).assumingMemoryBound(to: UInt32.self)
        for (number, step) in steps.enumerated() {
            for lane in 0..<Self.lanes {
                let place = number * Self.lanes + lane
                keeping[place] = .max
                guard lane < step.count, let branch = step[lane] else { continue }
                thresholds.pointer[place] = branch.threshold
                compared[place] = UInt8(branch.feature)
                keeping[place] = branch.mask
            }
        }
    }

    /// The numbers of the leaves that one row reaches; tree t's is `found[places[t]]`.
    ///
    /// - Parameters:
    ///   - row: `mostFeatures` elements, aligned to 64 bytes.
    ///   - found: Gets `count * lanes` elements, aligned likewise.
    func find(_ row: UnsafePointer<Float>, into found: UnsafeMutablePointer<Int32>) {
        ends.withUnsafeBufferPointer {
            var groups = dk_tree_mask_groups(
                thresholds: UnsafePointer(thresholds.pointer),
                features: UnsafeRawPointer(features.pointer).assumingMemoryBound(to: UInt8.self),
                masks: UnsafeRawPointer(masks.pointer).assumingMemoryBound(to: UInt32.self),
                ends: $0.baseAddress,
                leaf_starts: UnsafeRawPointer(leafStarts.pointer).assumingMemoryBound(to: Int32.self),
                count: Int64(count))
            dk_tree_mask_row_v4(&groups, row, isWide, found)
        }
    }
}
