import DunlinInference
import DunlinKernels
import DunlinTensor

/// A sum of two tensors (and a bias) whose rows are normalized: `com.microsoft.SkipLayerNormalization`,
/// `SkipSimplifiedLayerNormalization`, and what a pass makes of `Add` and a normalization.
///
/// Inputs: input, skip, scale, shift (not when simplified), bias. Outputs: result, and as the fourth the sum.
struct SkipLayerNormalization: Operator {
    let epsilon: Float
    /// Whether rows are divided by the root of the mean of their squares only.
    let isSimplified: Bool
    private let wantsSum: Bool

    static func full(_ node: Node) throws(InferError) -> any Operator { try Self(node, isSimplified: false) }
    static func simplified(_ node: Node) throws(InferError) -> any Operator { try Self(node, isSimplified: true) }

    private init(_ node: Node, isSimplified: Bool) throws(InferError) {
        epsilon = try node.float("epsilon", default: 1e-12)
        self.isSimplified = isSimplified
        guard !node.hasOutput(1) && !node.hasOutput(2) else {
            throw InferError(.unsupported, "the outputs of training are not supported")
        }
        wantsSum = node.hasOutput(3)
    }

    init(epsilon: Float, isSimplified: Bool, wantsSum: Bool) {
        self.epsilon = epsilon
        self.isSimplified = isSimplified
        self.wantsSum = wantsSum
    }

    private var biasInput: Int { isSimplified ? 3 : 4 }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        for index in 1..<inputs.count where inputs.optional(index) != nil { try inputs.requireSameType(0, index) }
        let extents = try broadcast(inputs[0].extents, inputs[1].extents)
        if let extents, let columns = extents.last {
            for index in 2..<inputs.count {
                guard columns >= 0, let count = inputs.optional(index)?.elementCount else { continue }
                guard count == columns else {
                    throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected \(columns)")
                }
            }
        } else if extents != nil {
            throw InferError(.invalidArgument, "a scalar has no rows")
        }
        let output = TensorFact(inputs[0].dataType, extents)
        // The middle outputs are never wanted, but counted.
        return wantsSum ? [output, TensorFact(.fp32, [0]), TensorFact(.fp32, [0]), output] : [output]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let left = inputs[0].extents, let right = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let (epsilon, isSimplified, wantsSum) = (epsilon, isSimplified, wantsSum)
        let shiftInput = !isSimplified && inputs.optional(3) != nil ? 3 : nil
        let biasInput = inputs.optional(biasInput) != nil ? biasInput : nil
        // Either side may be the one whose rows are repeated.
        let isSwapped = left != output
        let (whole, repeated) = isSwapped ? (right, left) : (left, right)
        let own = Array(repeated.drop { $0 == 1 })
        guard whole == output, output.suffix(own.count) == own[...], own.last == output.last else {
            return bindStepByStep(left, right, output, shiftInput, biasInput)
        }
        return Kernel { buffers in
            guard !buffers.bytes(ofOutput: 0).isEmpty else { return }
            let sum = wantsSum ? buffers.output(3, as: Float.self) : nil
            skipNormalization(
                buffers.input(isSwapped ? 1 : 0), skip: buffers.input(isSwapped ? 0 : 1),
                bias: biasInput.map { buffers.input($0) }, scale: buffers.input(2),
                shift: shiftInput.map { buffers.input($0) }, epsilon: epsilon, isSimplified: isSimplified,
                into: buffers.output(0), sum: sum.flatMap { $0.isEmpty ? nil : $0 })
        }
    }

    /// For shapes of which neither is a repetition of the other's rows: the sum first, then its rows.
    private func bindStepByStep(
        _ left: [Int], _ right: [Int], _ output: [Int], _ shiftInput: Int?, _ biasInput: Int?
    ) -> Kernel {
        let (epsilon, isSimplified, wantsSum) = (epsilon, isSimplified, wantsSum)
        let add = Arithmetic.float(.add, BroadcastLoop(left, right, output: output))
        return Kernel { (buffers) throws(InferError) in
            try add.body(buffers)
            let result = buffers.output(0, as: Float.self)
            guard !result.isEmpty else { return }
            if let biasInput {
                applyByRow(.add, matrix: UnsafeBufferPointer(result), row: buffers.input(biasInput), into: result)
            }
            if wantsSum, buffers.bytes(ofOutput: 3).count > 0 {
                buffers.bytes(ofOutput: 3).copyMemory(from: UnsafeRawBufferPointer(result))
            }
            let rows = UnsafeBufferPointer(result)
            if isSimplified {
                rmsNormalization(rows, scale: buffers.input(2), epsilon: epsilon, into: result)
            } else {
                layerNormalization(
                    rows, scale: buffers.input(2), bias: shiftInput.map { buffers.input($0) }, epsilon: epsilon,
                    into: result)
            }
        }
    }
}
