import DunlinInference
import DunlinTensor
import Glibc

/// ONNX `MelWeightMatrix`: triangles over the bins of a spectrum, evenly spaced on the mel scale.
///
///     mel(f) = 2595 · log10(1 + f / 700)
struct MelWeightMatrix: Operator {
    private let dataType: DataType

    init(_ node: Node) throws(InferError) {
        dataType = try node.dataType("output_datatype") ?? .fp32
        guard DataType.numbers.contains(dataType) else {
            throw InferError(.unsupported, "attribute 'output_datatype' is \(dataType)")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        for index in 0...4 {
            try inputs.require(index, isOneOf: index < 3 ? [.int32, .int64] : DataType.floats)
            if let count = inputs[index].elementCount, count != 1 {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected 1")
            }
        }
        guard let bands = inputs[0].integers?[0], let length = inputs[1].integers?[0] else {
            return [TensorFact(dataType, [-1, -1])]
        }
        guard (1...FourierTransform.mostLength).contains(length), (1...FourierTransform.mostLength).contains(bands)
        else { throw InferError(.invalidArgument, "\(bands) bands of a transform of length \(length)") }
        return [TensorFact(dataType, [length / 2 + 1, bands])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let access = try NumberAccess(dataType)
        let loads = try (0...4).map { (index) throws(InferError) in try NumberAccess(inputs[index].dataType) }
        let (bins, bands) = (outputs[0].shape[0], outputs[0].shape[1])
        return Kernel { (buffers) throws(InferError) in
            let output = buffers.bytes(ofOutput: 0)
            output.initializeMemory(as: UInt8.self, repeating: 0)
            let numbers = (0...4).map { loads[$0].number(buffers.bytes(ofInput: $0), 0) }
            let edges = try Self.edges(numbers, bands: bands, bins: bins)
            for band in 0..<bands {
                let (low, centre, high) = (edges[band], edges[band + 1], edges[band + 2])
                if low == centre { access.store(1, output, centre * bands + band) }
                for bin in low..<max(centre + 1, low) where low != centre {
                    access.store(Double(bin - low) / Double(centre - low), output, bin * bands + band)
                }
                for bin in centre..<max(high, centre) {
                    access.store(Double(high - bin) / Double(high - centre), output, bin * bands + band)
                }
            }
        }
    }

    /// The bins where triangles begin, peak and end.
    private static func edges(_ numbers: [Double], bands: Int, bins: Int) throws(InferError) -> [Int] {
        let (length, rate, lowest, highest) = (numbers[1], numbers[2], numbers[3], numbers[4])
        guard rate > 0, lowest >= 0, highest >= lowest, highest.isFinite else {
            throw InferError(.invalidArgument, "a sample rate of \(rate) and frequencies from \(lowest) to \(highest)")
        }
        let first = 2595 * log10(1 + lowest / 700)
        let step = (2595 * log10(1 + highest / 700) - first) / Double(bands + 2)
        var edges: [Int] = []
        for band in 0..<bands + 2 {
            let frequency = 700 * (pow(10, (first + Double(band) * step) / 2595) - 1)
            let bin = ((length + 1) * frequency / rate).rounded(.down)
            guard bin >= 0, bin < Double(bins) else {
                throw InferError(.invalidArgument, "a frequency of \(frequency) Hz lies beyond the spectrum's end")
            }
            edges.append(Int(bin))
        }
        return edges
    }
}
