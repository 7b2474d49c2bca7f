import DunlinInference
import DunlinTensor
import Glibc

/// ONNX `Multinomial`: class numbers drawn from each row's logarithms of probabilities.
struct Multinomial: Operator {
    /// The most classes drawn from each row.
    static let mostSamples = 1 << 24
    private let seed: RandomSeed
    private let sampleCount: Int
    private let dataType: DataType

    init(_ node: Node) throws(InferError) {
        seed = RandomSeed(try node.float("seed").map(Double.init))
        sampleCount = try node.int("sample_size", default: 1)
        dataType = try node.dataType("dtype") ?? .int32
        guard (1...Self.mostSamples).contains(sampleCount) else {
            throw InferError(.invalidArgument, "attribute 'sample_size' is \(sampleCount)")
        }
        guard dataType == .int32 || dataType == .int64 else {
            throw InferError(.invalidArgument, "attribute 'dtype' is \(dataType), expected INT32 or INT64")
        }
    }

    var isDeterministic: Bool { seed.value != nil }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 2...2)
        if inputs[0].extents?[1] == 0 { throw InferError(.invalidArgument, "there are no classes to draw from") }
        return [TensorFact(dataType, [inputs[0].extents?[0] ?? -1, sampleCount])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let load = try NumberAccess(inputs[0].dataType)
        let access = try NumberAccess(dataType)
        let shape = inputs[0].shape
        let (rows, columns) = (shape[0], shape[1])
        let (seed, samples) = (seed, sampleCount)
        return Kernel(scratchByteCount: columns * 8) { (buffers) throws(InferError) in
            let input = buffers.bytes(ofInput: 0)
            let output = buffers.bytes(ofOutput: 0)
            let sums = buffers.scratch.bindMemory(to: Double.self)
            var generator = seed.generator()
            for row in 0..<rows {
                var largest = -Double.infinity
                for column in 0..<columns { largest = max(largest, load.number(input, row * columns + column)) }
                guard largest.isFinite else {
                    throw InferError(.invalidArgument, "row \(row) has no finite largest element: it is \(largest)")
                }
                var sum = 0.0
                for column in 0..<columns {
                    sum += exp(load.number(input, row * columns + column) - largest)
                    sums[column] = sum
                }
                for sample in 0..<samples {
                    let wanted = generator.uniform() * sum
                    var (low, high) = (0, columns - 1)
                    while low < high {
                        let middle = (low + high) / 2
                        if sums[middle] > wanted { high = middle } else { low = middle + 1 }
                    }
                    access.store(Double(low), output, row * samples + sample)
                }
            }
        }
    }
}
