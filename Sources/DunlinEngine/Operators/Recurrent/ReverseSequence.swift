import DunlinInference
import DunlinTensor

/// ONNX `ReverseSequence`: turns the first elements of each sequence of a batch round, as many as its length says.
struct ReverseSequence: MovementOperator {
    private let batchAxis: Int
    private let timeAxis: Int

    init(_ node: Node) throws(InferError) {
        batchAxis = try node.int("batch_axis", default: 1)
        timeAxis = try node.int("time_axis", default: 0)
        guard (batchAxis, timeAxis) == (0, 1) || (batchAxis, timeAxis) == (1, 0) else {
            throw InferError(
                .invalidArgument, "'batch_axis' is \(batchAxis) and 'time_axis' \(timeAxis): one must be 0, one 1")
        }
    }

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(1, isOneOf: [.int64])
        try inputs.require(0, rank: 2...TensorFact.mostAxes)
        try inputs.require(1, rank: 1...1)
        if let batch = inputs[0].extents?[batchAxis], let count = inputs[1].extents?[0], batch >= 0, count >= 0,
            batch != count
        {
            throw InferError(.invalidArgument, "input 1 has \(count) lengths for a batch of \(batch)")
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let extents = inputs[0].shape.dimensions
        let (batch, steps) = (extents[batchAxis], extents[timeAxis])
        guard let size = inputs[0].dataType.byteCount else { preconditionFailure("a kernel for BYTES") }
        let rowBytes = extents.dropFirst(2).reduce(size, *)
        let batchStride = batchAxis == 0 ? steps : 1
        let timeStride = timeAxis == 0 ? batch : 1
        return Kernel { (buffers) throws(InferError) in
            let lengths = buffers.input(1, as: Int64.self)
            for length in lengths where length < 0 || length > steps {
                throw InferError(.invalidArgument, "input 1: the length \(length) is not in 0...\(steps)")
            }
            guard let from = buffers.bytes(ofInput: 0).baseAddress, let to = buffers.bytes(ofOutput: 0).baseAddress
            else { return }
            for row in 0..<batch {
                let length = Int(lengths[row])
                for time in 0..<steps {
                    let source = time < length ? length - 1 - time : time
                    (to + (row * batchStride + time * timeStride) * rowBytes).copyMemory(
                        from: from + (row * batchStride + source * timeStride) * rowBytes, byteCount: rowBytes)
                }
            }
        }
    }
}
