import DunlinInference
import DunlinTensor

/// ONNX `OneHot`. Indexes outside the depth give a row of the off value.
struct OneHot: Operator {
    private let axis: Int

    init(_ node: Node) throws(InferError) { axis = try node.int("axis", default: -1) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.numbers)
        try inputs.require(2, isOneOf: DataType.fixedSize)
        try inputs.requireOneElement(1)
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[2].dataType, nil)] }
        let axis = try normalized(axis: axis, rank: extents.count + 1)
        var result = extents
        var depth = -1
        if let number = inputs[1].number {
            guard number >= 1, number <= Double(TensorFact.mostElements) else {
                throw InferError(.invalidArgument, "the depth is \(number)")
            }
            depth = Int(number)
        }
        result.insert(depth, at: axis)
        return [TensorFact(inputs[2].dataType, result)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let extents = inputs[0].extents, let result = outputs[0].extents,
            let size = outputs[0].dataType.byteCount
        else { preconditionFailure("bound with open shapes") }
        let axis = try normalized(axis: axis, rank: result.count)
        let depth = result[axis]
        let inner = extents[axis...].reduce(1, *)
        let access = try NumberAccess(inputs[0].dataType)
        let fill = StridedCopy(broadcasting: [1], to: [result.product])
        let count = extents.product
        return Kernel { (buffers) throws(InferError) in
            let indexes = buffers.bytes(ofInput: 0)
            let values = buffers.bytes(ofInput: 2)
            let output = buffers.bytes(ofOutput: 0)
            guard values.count == 2 * size, let off = values.baseAddress else {
                throw InferError(.invalidArgument, "values must be two numbers, off and on")
            }
            guard let target = output.baseAddress else { return }
            fill.run(UnsafeRawBufferPointer(start: off, count: size), into: output, elementByteCount: size)
            for position in 0..<count {
                let number = access.number(indexes, position)
                guard number >= -Double(depth), number < Double(depth) else { continue }
                let index = Int(number) < 0 ? Int(number) + depth : Int(number)
                let element = (position / inner * depth + index) * inner + position % inner
                (target + element * size).copyMemory(from: off + size, byteCount: size)
            }
        }
    }
}
