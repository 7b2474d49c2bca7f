import DunlinInference
import DunlinTensor
import Glibc

/// `HannWindow`, `HammingWindow`, `BlackmanWindow`: sums of cosines, as many as the input says.
struct WindowFunction: Operator {
    private let isPeriodic: Bool
    private let dataType: DataType
    /// Factors of cos(0), cos(angle), cos(2 · angle).
    private let factors: [Double]

    static func hann(_ node: Node) throws(InferError) -> any Operator {
        try WindowFunction(node, [0.5, -0.5, 0])
    }

    static func hamming(_ node: Node) throws(InferError) -> any Operator {
        try WindowFunction(node, [25.0 / 46, -21.0 / 46, 0])
    }

    static func blackman(_ node: Node) throws(InferError) -> any Operator {
        try WindowFunction(node, [0.42, -0.5, 0.08])
    }

    private init(_ node: Node, _ factors: [Double]) throws(InferError) {
        self.factors = factors
        isPeriodic = try node.bool("periodic", default: true)
        dataType = try node.dataType("output_datatype") ?? .fp32
        guard DataType.numbers.contains(dataType) else {
            throw InferError(.unsupported, "attribute 'output_datatype' is \(dataType)")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.int32, .int64])
        if let count = inputs[0].elementCount, count != 1 {
            throw InferError(.invalidArgument, "input 0 has \(count) elements, expected 1")
        }
        guard let size = inputs[0].integers?[0] else { return [TensorFact(dataType, [-1])] }
        // A symmetric window of one element would divide by 0.
        guard size >= (isPeriodic ? 0 : 2), size <= TensorFact.mostElements else {
            throw InferError(.invalidArgument, "a window of \(size) elements")
        }
        return [TensorFact(dataType, [size])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let access = try NumberAccess(dataType)
        let size = outputs[0].shape[0]
        let (factors, isPeriodic) = (factors, isPeriodic)
        let isFloat = DataType.floats.contains(dataType)
        return Kernel { buffers in
            let output = buffers.bytes(ofOutput: 0)
            for index in 0..<size {
                let angle = 2 * Double.pi * Double(index) / Double(isPeriodic ? size : size - 1)
                let value = factors[0] + factors[1] * cos(angle) + factors[2] * cos(2 * angle)
                // An integer must not lose the peak of 1 to the last bit of FP64.
                access.store(isFloat ? value : Double(Float(value)), output, index)
            }
        }
    }
}
