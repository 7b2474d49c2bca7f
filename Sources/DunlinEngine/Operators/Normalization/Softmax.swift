import DunlinInference
import DunlinKernels
import DunlinTensor

/// `Softmax`, `LogSoftmax` and `Hardmax`: over one axis since opset 13, before that over all axes from `axis` on.
struct Softmax: Operator {
    enum Form: Sendable { case probabilities, logarithms, hard }
    private let form: Form
    private let axis: Int
    private let flattens: Bool

    static func probabilities(_ node: Node) throws(InferError) -> any Operator { try Softmax(node, .probabilities) }
    static func logarithms(_ node: Node) throws(InferError) -> any Operator { try Softmax(node, .logarithms) }
    static func hard(_ node: Node) throws(InferError) -> any Operator { try Softmax(node, .hard) }

    private init(_ node: Node, _ form: Form) throws(InferError) {
        self.form = form
        flattens = node.opset < 13
        axis = try node.int("axis", default: flattens ? 1 : -1)
    }

    /// Whether this gives probabilities over the last of `rank` axes alone.
    func isPlain(rank: Int) -> Bool {
        form == .probabilities && rank > 0 && (axis == rank - 1 || (axis == -1 && !flattens))
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        if let rank = inputs[0].rank, rank > 0 { _ = try axisNumber(rank) }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    /// The axis; the older form also allows the one after the last, which leaves rows of one element.
    private func axisNumber(_ rank: Int) throws(InferError) -> Int {
        flattens && axis == rank ? rank : try normalized(axis: axis, rank: rank)
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents else { preconditionFailure("bound with open shapes") }
        let form = form
        let axis = extents.isEmpty ? 0 : try axisNumber(extents.count)
        let isFloat = inputs[0].dataType == .fp32
        let inner = flattens || extents.isEmpty ? 1 : extents[(axis + 1)...].reduce(1, *)
        let columns = flattens ? extents[axis...].reduce(1, *) : extents.isEmpty ? 1 : extents[axis]
        guard columns > 0, extents.product > 0 else { return Kernel { _ in } }
        if inner == 1 {
            return isFloat
                ? Kernel { Self.rows(form, $0.input(0, as: Float.self), columns, $0.output(0)) }
                : Kernel { Self.rows(form, $0.input(0, as: Double.self), columns, $0.output(0)) }
        }
        // The axis is moved to the end and back.
        let outer = extents.product / (columns * inner)
        let there = StridedCopy([outer, inner, columns], sourceStrides: [columns * inner, 1, inner])
        let back = StridedCopy([outer, columns, inner], sourceStrides: [columns * inner, 1, columns])
        let size = isFloat ? 4 : 8
        return Kernel(scratchByteCount: extents.product * size) { buffers in
            let scratch = buffers.scratch
            there.run(buffers.bytes(ofInput: 0), into: scratch, elementByteCount: size)
            if isFloat {
                let lines = scratch.bindMemory(to: Float.self)
                Self.rows(form, UnsafeBufferPointer(lines), columns, lines)
            } else {
                let lines = scratch.bindMemory(to: Double.self)
                Self.rows(form, UnsafeBufferPointer(lines), columns, lines)
            }
            back.run(UnsafeRawBufferPointer(scratch), into: buffers.bytes(ofOutput: 0), elementByteCount: size)
        }
    }

    private static func rows(
        _ form: Form, _ input: UnsafeBufferPointer<Float>, _ columns: Int, _ output: UnsafeMutableBufferPointer<Float>
    ) {
        switch form {
        case .probabilities: softmaxRows(input, columns: columns, into: output)
        case .logarithms: logSoftmaxRows(input, columns: columns, into: output)
        case .hard: hardRows(input, columns, output)
        }
    }

    private static func rows(
        _ form: Form, _ input: UnsafeBufferPointer<Double>, _ columns: Int,
        _ output: UnsafeMutableBufferPointer<Double>
    ) {
        if form == .hard {
            hardRows(input, columns, output)
            return
        }
        let exponential = UnaryFunction(.exponential)
        for row in 0..<input.count / columns {
            let line = row * columns..<(row + 1) * columns
            let largest = input[line].reduce(-Double.infinity) { max($0, $1) }
            let sum = input[line].reduce(0) { $0 + exponential($1 - largest) }
            for index in line {
                output[index] =
                    form == .probabilities
                    ? exponential(input[index] - largest) / sum
                    : input[index] - largest - UnaryFunction(.logarithm)(sum)
            }
        }
    }

    private static func hardRows<Element: BinaryFloatingPoint>(
        _ input: UnsafeBufferPointer<Element>, _ columns: Int, _ output: UnsafeMutableBufferPointer<Element>
    ) {
        for row in 0..<input.count / columns {
            let line = row * columns..<(row + 1) * columns
            var best = line.lowerBound
            for index in line where input[index] > input[best] { best = index }
            for index in line { output[index] = index == best ? 1 : 0 }
        }
    }
}
