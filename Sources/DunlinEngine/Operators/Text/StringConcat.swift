import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX `StringConcat`: the elements of two tensors one behind the other, broadcast.
struct StringConcat: EagerOperator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bytes])
        try inputs.requireSameType(0, 1)
        return [TensorFact(.bytes, try broadcast(inputs[0].extents, inputs[1].extents))]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let left = inputs[0], let right = inputs[1],
            let extents = try broadcast(left.shape.dimensions, right.shape.dimensions)
        else { preconditionFailure("StringConcat without inputs") }
        let loop = BroadcastLoop(left.shape.dimensions, right.shape.dimensions, output: extents)
        let (first, second) = (Array(left.bytesElements), Array(right.bytesElements))
        // Broadcasting can multiply long texts.
        var byteCount = 0
        try loop.forEachRow { (l, r, _) throws(InferError) in
            for i in 0..<loop.rowCount {
                byteCount += 4 + first[l + i * loop.leftStep].count + second[r + i * loop.rightStep].count
            }
            try TextLimits.check(byteCount)
        }
        var builder = BytesBuilder(capacity: byteCount)
        try loop.forEachRow { (l, r, _) throws(InferError) in
            for i in 0..<loop.rowCount {
                let (x, y) = (first[l + i * loop.leftStep], second[r + i * loop.rightStep])
                builder.append(littleEndian: UInt32(x.count + y.count))
                builder.append(x)
                builder.append(y)
            }
        }
        return [Tensor(dataType: .bytes, shape: Shape(extents), bytes: builder.finish())]
    }
}

/// Bounds of what text operators make.
enum TextLimits {
    /// Bytes of all elements of one tensor, lengths included: 256 MiB.
    static let mostByteCount = 256 << 20

    static func check(_ byteCount: Int) throws(InferError) {
        guard byteCount <= mostByteCount else {
            throw InferError(.resourceExhausted, "the texts have more than \(mostByteCount) bytes in all")
        }
    }
}
