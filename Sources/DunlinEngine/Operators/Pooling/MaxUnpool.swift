import DunlinInference
import DunlinTensor

/// ONNX `MaxUnpool`: puts each value back where `MaxPool` found it, zeros elsewhere.
///
/// Places are numbers in the tensor that kernel, strides and pads give. A wanted shape may be larger: what is added
/// lies behind it on each axis.
struct MaxUnpool: Operator {
    private let kernelShape: [Int]
    private let strides: [Int]
    private let pads: [Int]

    init(_ node: Node) throws(InferError) {
        guard let kernelShape = try node.ints("kernel_shape") else { throw node.missing("kernel_shape") }
        self.kernelShape = kernelShape
        strides = try node.ints("strides") ?? kernelShape.map { _ in 1 }
        pads = try node.ints("pads") ?? kernelShape.flatMap { _ in [0, 0] }
        guard strides.count == kernelShape.count, pads.count == 2 * kernelShape.count else {
            throw InferError(.invalidArgument, "the attributes do not fit \(kernelShape.count) spatial axes")
        }
        for (key, values, least) in [("kernel_shape", kernelShape, 1), ("strides", strides, 1), ("pads", pads, 0)]
        where !values.allSatisfy({ $0 >= least && $0 <= Window.mostExtent }) {
            throw InferError(.invalidArgument, "attribute '\(key)' is \(values)")
        }
    }

    /// The shape that the pooled one came from, as far as the attributes tell.
    private func unpooled(_ extents: [Int]) throws(InferError) -> [Int] {
        guard extents.count == kernelShape.count + 2 else {
            throw InferError(.invalidArgument, "the attributes do not fit an input of rank \(extents.count)")
        }
        var result = Array(extents[..<2])
        for axis in kernelShape.indices {
            guard extents[axis + 2] >= 0 else {
                result.append(-1)
                continue
            }
            let extent =
                (extents[axis + 2] - 1) * strides[axis] + kernelShape[axis] - pads[axis]
                - pads[axis + kernelShape.count]
            guard extent >= 0 else { throw InferError(.invalidArgument, "the pads \(pads) leave nothing") }
            result.append(extent)
        }
        return result
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(1, isOneOf: [.int64])
        if inputs.optional(2) != nil {
            try inputs.require(2, isOneOf: [.int64])
            try inputs.require(2, rank: 1...1)
        }
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        if let places = inputs[1].extents {
            guard places.count == extents.count, zip(places, extents).allSatisfy({ $0 == $1 || min($0, $1) < 0 }) else {
                throw InferError(.invalidArgument, "the places \(inputs[1]) do not fit the values \(inputs[0])")
            }
        }
        let own = try unpooled(extents)
        guard inputs.optional(2) != nil else { return [TensorFact(inputs[0].dataType, own)] }
        guard let wanted = inputs[2].integers else {
            return [TensorFact(inputs[0].dataType, [Int](repeating: -1, count: extents.count))]
        }
        guard wanted.count == own.count, zip(wanted, own).allSatisfy({ $0 >= $1 && $0 >= 0 }),
            zip(wanted, own).prefix(2).allSatisfy({ $0 == $1 || $1 < 0 })
        else { throw InferError(.invalidArgument, "the shape \(wanted) is wanted, the values lie in \(own)") }
        return [TensorFact(inputs[0].dataType, wanted)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let extents = inputs[0].extents, let wanted = outputs[0].extents
        else { preconditionFailure("bound with open shapes") }
        let own = try unpooled(extents)
        let (from, to) = (DunlinEngine.strides(of: own), DunlinEngine.strides(of: wanted))
        let count = own.product
        return Kernel { (buffers) throws(InferError) in
            let values = buffers.bytes(ofInput: 0)
            let places = buffers.input(1, as: Int64.self)
            let output = buffers.bytes(ofOutput: 0)
            output.initializeMemory(as: UInt8.self, repeating: 0)
            for (index, place) in places.enumerated() {
                guard place >= 0, place < count else {
                    throw InferError(.invalidArgument, "input 1: place \(place) is not among \(count)")
                }
                var (rest, target) = (Int(place), 0)
                for axis in from.indices {
                    target += rest / from[axis] * to[axis]
                    rest %= from[axis]
                }
                (output.baseAddress! + target * size).copyMemory(
                    from: values.baseAddress! + index * size, byteCount: size)
            }
        }
    }
}
