import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// A function of each element of a quantised tensor, as a table of 256: `com.microsoft` `QLinearSigmoid` and
/// `QLinearLeakyRelu`, and what a pass makes of other functions.
///
/// Inputs: X, its scale and zero point, the result's scale and zero point.
struct QuantizedTable: Operator {
    enum Function: Sendable {
        case sigmoid
        case leakyRelu(Float)
        case unary(UnaryFunction)
        case limited(ClosedRange<Float>)
        /// Other scale or zero point, same number.
        case identity
    }

    private let function: Function
    private let input = QuantizedOperand(0, scale: 1, zero: 2)
    private let result = QuantizedOperand(0, scale: 3, zero: 4)
    private var table: [UInt8]?

    init(_ function: Function) { self.function = function }

    static func sigmoid(_ node: Node) throws(InferError) -> any Operator {
        try node.requireInputs([0, 1, 3])
        return Self(.sigmoid)
    }

    static func leakyRelu(_ node: Node) throws(InferError) -> any Operator {
        try node.requireInputs([0, 1, 3])
        return Self(.leakyRelu(try node.float("alpha", default: 0.01)))
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(input)
        try inputs.requireScale(result, zeroType: outputType(inputs))
        return [TensorFact(outputType(inputs), inputs[0].extents)]
    }

    private func outputType(_ inputs: InputFacts) -> DataType {
        let type = inputs.optional(4)?.dataType ?? inputs[0].dataType
        return type == .int8 || type == .uint8 ? type : inputs[0].dataType
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard let constants = ConstantParameters(inputs, [1, 2, 3, 4]) else { return self }
        var prepared = self
        prepared.table = make(constants, inputs)
        return prepared
    }

    private func make(_ source: some ParameterSource, _ inputs: InputFacts) -> [UInt8] {
        source.range(input, inputs[0].dataType).table(to: source.range(result, outputType(inputs))) { x in
            switch function {
            case .sigmoid: return 1 / (1 + expf(-x))
            case .leakyRelu(let slope): return x < 0 ? slope * x : x
            case .limited(let range): return min(max(x, range.lowerBound), range.upperBound)
            case .identity: return x
            case .unary(let function):
                var (number, value) = (x, Float(0))
                withUnsafeMutablePointer(to: &number) { from in
                    withUnsafeMutablePointer(to: &value) { to in
                        apply(
                            function, to: UnsafeBufferPointer(start: from, count: 1),
                            into: UnsafeMutableBufferPointer(start: to, count: 1))
                    }
                }
                return value
            }
        }
    }

    var memoryByteCount: Int { table?.count ?? 0 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        Kernel { buffers in
            lookUp(buffers.input(0), table: table ?? make(buffers, inputs), into: buffers.output(0))
        }
    }
}
