import DunlinInference
import DunlinTensor

/// ONNX `NonMaxSuppression`: of boxes that overlap the ones with the best scores.
///
/// Inputs: boxes `[N, B, 4]`, scores `[N, C, B]`, and as single elements the most boxes per class, the overlap and
/// the score from which on. Output: INT64 `[selected, 3]` of batch, class and box.
struct NonMaxSuppression: EagerOperator {
    private let isCentered: Bool

    init(_ node: Node) throws(InferError) {
        let form = try node.int("center_point_box", default: 0)
        guard form == 0 || form == 1 else {
            throw InferError(.invalidArgument, "attribute 'center_point_box' must be 0 or 1, it is \(form)")
        }
        isCentered = form == 1
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        for index in 0...1 {
            try inputs.require(index, isOneOf: [.fp32])
            try inputs.require(index, rank: 3...3)
        }
        if inputs.optional(2) != nil { try inputs.require(2, isOneOf: [.int64]) }
        for index in 3...4 where inputs.optional(index) != nil { try inputs.require(index, isOneOf: [.fp32]) }
        if let boxes = inputs[0].extents, let scores = inputs[1].extents {
            let pairs = [(boxes[0], scores[0]), (boxes[1], scores[2]), (boxes[2], 4)]
            guard pairs.allSatisfy({ $0 == $1 || min($0, $1) < 0 }) else {
                throw InferError(.invalidArgument, "boxes have shape \(boxes), scores \(scores)")
            }
        }
        return [TensorFact(.int64, [-1, 3])]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let boxTensor = inputs[0], let scoreTensor = inputs[1] else {
            preconditionFailure("NonMaxSuppression without inputs")
        }
        let number = { (index: Int) in
            inputs.count > index ? inputs[index].flatMap { TensorFact(constant: $0).number } : nil
        }
        let most = Int(clamping: Int64(max(min(number(2) ?? 0, 1e9), 0)))
        let (overlap, least) = (Float(number(3) ?? 0), number(4).map { Float($0) })
        guard overlap >= 0 && overlap <= 1 else {
            throw InferError(.invalidArgument, "the overlap threshold is \(overlap), expected 0 to 1")
        }
        let (batches, classes, count) = (scoreTensor.shape[0], scoreTensor.shape[1], scoreTensor.shape[2])
        let boxes = boxTensor.elements(as: Float.self).map { $0 }
        let scores = scoreTensor.elements(as: Float.self).map { $0 }
        var selected: [Int64] = []
        guard most > 0, count > 0 else { return [Tensor(selected, shape: [0, 3])] }
        for batch in 0..<batches {
            let corners = (0..<count).map {
                Box(boxes[(batch * count + $0) * 4..<(batch * count + $0 + 1) * 4], isCentered)
            }
            for number in 0..<classes {
                let start = (batch * classes + number) * count
                let candidates = (0..<count).filter { index in
                    let score = scores[start + index]
                    return least.map { score > $0 } ?? !score.isNaN
                }
                let order = candidates.sorted { first, second in
                    let (x, y) = (scores[start + first], scores[start + second])
                    return x == y ? first < second : x > y
                }
                var kept: [Int] = []
                for index in order {
                    if kept.count >= most { break }
                    if kept.contains(where: { corners[$0].overlap(corners[index]) > overlap }) { continue }
                    kept.append(index)
                }
                for index in kept { selected += [Int64(batch), Int64(number), Int64(index)] }
            }
        }
        return [Tensor(selected, shape: [selected.count / 3, 3])]
    }

    private struct Box {
        var (top, left, bottom, right): (Float, Float, Float, Float)

        init(_ values: ArraySlice<Float>, _ isCentered: Bool) {
            let v = Array(values)
            if isCentered {
                (left, top) = (v[0] - v[2] / 2, v[1] - v[3] / 2)
                (right, bottom) = (v[0] + v[2] / 2, v[1] + v[3] / 2)
            } else {
                (top, bottom) = (min(v[0], v[2]), max(v[0], v[2]))
                (left, right) = (min(v[1], v[3]), max(v[1], v[3]))
            }
        }

        var area: Float { (bottom - top) * (right - left) }

        /// Common area divided by the area of both.
        func overlap(_ other: Box) -> Float {
            let height = min(bottom, other.bottom) - max(top, other.top)
            let width = min(right, other.right) - max(left, other.left)
            guard height > 0, width > 0 else { return 0 }
            let union = area + other.area - height * width
            return union > 0 ? height * width / union : 0
        }
    }
}
