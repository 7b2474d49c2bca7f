import DunlinInference
import DunlinTensor

/// ONNX `CenterCropPad`: each axis cut or filled up with zeros to a wanted extent, evenly on both sides.
struct CenterCropPad: Operator {
    private let axes: [Int]?

    init(_ node: Node) throws(InferError) { axes = try node.ints("axes") }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.fixedSize)
        try inputs.require(1, isOneOf: [.int32, .int64])
        try inputs.require(1, rank: 1...1)
        guard var extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        let axes = try normalized(axes: axes ?? Array(extents.indices), rank: extents.count)
        if let count = inputs[1].elementCount, count != axes.count {
            throw InferError(.invalidArgument, "input 1 has \(count) extents for \(axes.count) axes")
        }
        let wanted = inputs[1].integers
        for (position, axis) in axes.enumerated() {
            guard wanted.map({ $0[position] >= 0 }) ?? true else {
                throw InferError(.invalidArgument, "input 1 asks for an extent of \(wanted![position])")
            }
            extents[axis] = wanted?[position] ?? -1
        }
        return [TensorFact(inputs[0].dataType, extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let extents = inputs[0].extents, let wanted = outputs[0].extents
        else { preconditionFailure("bound with open shapes") }
        let (own, target) = (strides(of: extents), strides(of: wanted))
        var (sourceOffset, targetOffset) = (0, 0)
        for axis in extents.indices {
            sourceOffset += max(extents[axis] - wanted[axis], 0) / 2 * own[axis]
            targetOffset += max(wanted[axis] - extents[axis], 0) / 2 * target[axis]
        }
        let copy = StridedCopy(
            zip(extents, wanted).map(min), sourceStrides: own, targetStrides: target, sourceOffset: sourceOffset,
            targetOffset: targetOffset)
        return Kernel { buffers in
            let output = buffers.bytes(ofOutput: 0)
            output.initializeMemory(as: UInt8.self, repeating: 0)
            copy.run(buffers.bytes(ofInput: 0), into: output, elementByteCount: size)
        }
    }
}
