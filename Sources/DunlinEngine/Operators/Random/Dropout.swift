import DunlinInference
import DunlinTensor

/// ONNX `Dropout` where it does more than hand on its input: it gives a mask, or a training mode is an input.
///
/// In training mode each element becomes 0 with probability `ratio`, the others are divided by 1 - ratio.
struct Dropout: Operator {
    private let seed: RandomSeed
    private let wantsMask: Bool
    private let maskIsBool: Bool
    private let hasMode: Bool

    static func make(_ node: Node) throws(InferError) -> any Operator {
        // Before opset 7 a node trained unless `is_test` said otherwise; files that are served never mean that.
        _ = try node.float("ratio")
        node.ignore("is_test")
        let seed = RandomSeed(try node.int("seed").map(Double.init))
        return node.hasOutput(1) || node.hasInput(2) ? Dropout(node, seed) : Identity(node)
    }

    private init(_ node: Node, _ seed: RandomSeed) {
        self.seed = seed
        wantsMask = node.hasOutput(1)
        maskIsBool = node.opset >= 10
        hasMode = node.hasInput(2)
    }

    var isDeterministic: Bool { !hasMode || seed.value != nil }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        for (index, types) in [(1, DataType.floats), (2, [.bool])] where inputs.optional(index) != nil {
            try inputs.require(index, isOneOf: types)
            if let count = inputs[index].elementCount, count != 1 {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected 1")
            }
        }
        guard !wantsMask || maskIsBool else {
            throw InferError(.unsupported, "the mask of opset 9 and before is not supported")
        }
        let output = TensorFact(inputs[0].dataType, inputs[0].extents)
        return wantsMask ? [output, TensorFact(.bool, inputs[0].extents)] : [output]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let access = try NumberAccess(inputs[0].dataType)
        let ratioAccess = try inputs.optional(1).map { (fact) throws(InferError) in try NumberAccess(fact.dataType) }
        let count = inputs[0].shape.elementCount
        let (seed, wantsMask, hasMode) = (seed, wantsMask, hasMode)
        return Kernel { (buffers) throws(InferError) in
            let input = buffers.bytes(ofInput: 0)
            let output = buffers.bytes(ofOutput: 0)
            let ratio = ratioAccess?.number(buffers.bytes(ofInput: 1), 0) ?? 0.5
            guard hasMode, buffers.input(2, as: Bool.self)[0], ratio != 0 else {
                output.copyMemory(from: input)
                if wantsMask { buffers.output(1, as: Bool.self).update(repeating: true) }
                return
            }
            guard ratio > 0, ratio < 1 else {
                throw InferError(.invalidArgument, "the ratio is \(ratio), expected 0 to less than 1")
            }
            var generator = seed.generator()
            let mask = wantsMask ? buffers.output(1, as: Bool.self) : nil
            for index in 0..<count {
                let isKept = generator.uniform() >= ratio
                if !output.isEmpty {
                    access.store(isKept ? access.number(input, index) / (1 - ratio) : 0, output, index)
                }
                if let mask, !mask.isEmpty { mask[index] = isKept }
            }
        }
    }
}
