import DunlinInference
import DunlinTensor

/// ONNX `Slice`: starts, ends and axes are attributes before opset 10 and inputs, with steps, from 10 on.
struct Slice: MovementOperator {
    private let fixedStarts: [Int]?
    private let fixedEnds: [Int]?
    private let fixedAxes: [Int]?

    init(_ node: Node) throws(InferError) {
        guard node.opset < 10 else {
            (fixedStarts, fixedEnds, fixedAxes) = (nil, nil, nil)
            guard node.hasInput(1) && node.hasInput(2) else {
                throw InferError(.invalidArgument, "the starts or ends input is missing")
            }
            return
        }
        guard let starts = try node.ints("starts") else { throw node.missing("starts") }
        guard let ends = try node.ints("ends") else { throw node.missing("ends") }
        fixedStarts = starts
        fixedEnds = ends
        fixedAxes = try node.ints("axes")
    }

    func movedInputs(count: Int) -> [Int] { [0] }

    /// Where one axis begins, how many elements it keeps, and how far apart.
    private struct Cut {
        var start: Int
        var count: Int
        var step: Int
    }

    /// One cut for each axis; `nil` while the numbers or an extent that they depend on are not known.
    private func cuts(_ inputs: InputFacts, _ extents: [Int]) throws(InferError) -> [Cut?]? {
        var cuts: [Cut?] = extents.map { $0 < 0 ? nil : Cut(start: 0, count: $0, step: 1) }
        guard let starts = fixedStarts ?? inputs.optional(1)?.integers,
            let ends = fixedEnds ?? inputs.optional(2)?.integers
        else { return nil }
        if let axes = inputs.optional(3), axes.integers == nil { return nil }
        if let steps = inputs.optional(4), steps.integers == nil { return nil }
        let axes = fixedAxes ?? inputs.optional(3)?.integers ?? Array(starts.indices)
        let steps = inputs.optional(4)?.integers ?? [Int](repeating: 1, count: starts.count)
        guard starts.count == ends.count, starts.count == axes.count, starts.count == steps.count else {
            throw InferError(.invalidArgument, "starts, ends, axes and steps differ in number")
        }
        for (position, axis) in try normalized(axes: axes, rank: extents.count).enumerated() {
            guard steps[position] != 0 else { throw InferError(.invalidArgument, "a step is 0") }
            let extent = extents[axis]
            guard extent >= 0 else {
                // The whole axis, whatever its extent will be.
                if starts[position] == 0, ends[position] >= Int(Int32.max), steps[position] == 1 { continue }
                cuts[axis] = nil
                continue
            }
            cuts[axis] = Self.cut(starts[position], ends[position], steps[position], extent)
        }
        return cuts
    }

    private static func cut(_ start: Int, _ end: Int, _ step: Int, _ extent: Int) -> Cut {
        let from = start < 0 ? start &+ extent : start
        let to = end < 0 ? (end == .min ? .min : end + extent) : end
        let step = max(step, -Int.max)
        if step > 0 {
            let first = min(max(from, 0), extent)
            let last = min(max(to, 0), extent)
            return Cut(start: first, count: last > first ? (last - first - 1) / step + 1 : 0, step: step)
        }
        let first = min(max(from, 0), extent - 1)
        let last = min(max(to, -1), extent - 1)
        let count = extent > 0 && first > last && from >= 0 ? (first - last - 1) / Int(step.magnitude) + 1 : 0
        return Cut(start: max(first, 0), count: count, step: step)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        guard let cuts = try cuts(inputs, extents) else {
            return [TensorFact(inputs[0].dataType, [Int](repeating: -1, count: extents.count))]
        }
        return [TensorFact(inputs[0].dataType, cuts.map { $0?.count ?? -1 })]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let extents = inputs[0].extents,
            let cuts = try cuts(inputs, extents)?.compactMap({ $0 }), cuts.count == extents.count
        else { preconditionFailure("bound with open shapes") }
        let own = strides(of: extents)
        let copy = StridedCopy(
            cuts.map(\.count), sourceStrides: zip(cuts, own).map { $0.count > 1 ? $0.step * $1 : 0 },
            sourceOffset: zip(cuts, own).reduce(0) { $0 + $1.0.start * $1.1 })
        return Kernel { buffers in
            copy.run(buffers.bytes(ofInput: 0), into: buffers.bytes(ofOutput: 0), elementByteCount: size)
        }
    }
}
