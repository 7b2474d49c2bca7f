import DunlinInference
import DunlinTensor

/// ONNX-ML `TreeEnsembleRegressor` and `TreeEnsemble`: what the trees' leaves add up to, `[rows, targets]`.
struct TreeEnsembleRegressor: Operator {
    private let trees: Trees
    private let transform: PostTransform
    private let baseValues: [Double]
    /// Whether FP64 input gives FP64 output (`TreeEnsemble`); the regressor's is always FP32.
    private let keepsDataType: Bool

    init(_ node: Node) throws(InferError) {
        let targetCount = try node.int("n_targets", default: 1)
        try Self.check(targetCount)
        let aggregate: TreeAggregate
        switch try node.string("aggregate_function", default: "SUM") {
        case "SUM": aggregate = .sum
        case "AVERAGE": aggregate = .average
        case "MIN": aggregate = .minimum
        case "MAX": aggregate = .maximum
        case let name:
            throw InferError(
                .invalidArgument, "attribute 'aggregate_function' is '\(name)'; expected SUM, AVERAGE, MIN or MAX")
        }
        transform = try PostTransform(node)
        baseValues = try node.numbers("base_values") ?? []
        keepsDataType = false
        trees = Trees(
            try TreeList(node, weightPrefix: "target"), targetCount: targetCount, aggregate: aggregate)
    }

    /// `TreeEnsemble`, whose attributes stand differently.
    init(ensemble node: Node) throws(InferError) {
        let targetCount = try node.int("n_targets", default: 1)
        try Self.check(targetCount)
        let aggregates: [TreeAggregate] = [.average, .sum, .minimum, .maximum]
        let transforms: [PostTransform] = [.none, .softmax, .logistic, .softmaxZero, .probit]
        let aggregate = try node.int("aggregate_function", default: 1)
        let transform = try node.int("post_transform", default: 0)
        guard aggregates.indices.contains(aggregate), transforms.indices.contains(transform) else {
            throw InferError(
                .invalidArgument,
                "'aggregate_function' is \(aggregate), expected 0...3; 'post_transform' is \(transform), expected 0...4"
            )
        }
        self.transform = transforms[transform]
        baseValues = []
        keepsDataType = true
        trees = Trees(
            try TreeList(ensemble: node), targetCount: targetCount, aggregate: aggregates[aggregate])
    }

    private init(_ other: Self, trees: Trees) {
        (transform, baseValues, keepsDataType) = (other.transform, other.baseValues, other.keepsDataType)
        self.trees = trees
    }

    private static func check(_ targetCount: Int) throws(InferError) {
        guard (1...ClassLabels.mostClasses).contains(targetCount) else {
            throw InferError(
                .invalidArgument, "attribute 'n_targets' is \(targetCount), expected 1...\(ClassLabels.mostClasses)")
        }
    }

    var memoryByteCount: Int { trees.memoryByteCount }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let (rows, columns) = try RowMatrix.extents(inputs)
        try trees.check(columns: columns)
        let isDouble = keepsDataType && inputs[0].dataType == .fp64
        return [TensorFact(isDouble ? .fp64 : .fp32, [rows, trees.targetCount])]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        Self(self, trees: try trees.prepared(for: inputs[0].dataType))
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, columns) = try RowMatrix.extents(inputs)
        let dataType = inputs[0].dataType
        let prepared = Self(self, trees: try trees.prepared(for: dataType))
        let scratchByteCount = trees.scratchByteCount(dataType, rows: rows, columns: columns)
        let isDouble = outputs[0].dataType == .fp64
        return Kernel(scratchByteCount: scratchByteCount) { buffers in
            guard rows > 0 else { return }
            let input = RowMatrix(buffers.bytes(ofInput: 0), dataType, rows: rows, columns: columns)
            let output = buffers.bytes(ofOutput: 0).baseAddress!
            let scratch = buffers.scratch.baseAddress
            prepared.trees.score(
                input, scratch: scratch,
                single: { prepared.finish($0, $1, $2, output.assumingMemoryBound(to: Float.self)) },
                double: {
                    if isDouble {
                        prepared.finish($0, $1, $2, output.assumingMemoryBound(to: Double.self))
                    } else {
                        prepared.finish($0, $1, $2, output.assumingMemoryBound(to: Float.self))
                    }
                })
        }
    }

    private func finish<Scalar: TreeScalar, Output: TreeScalar>(
        _ block: TreeBlock<Scalar>, _ first: Int, _ count: Int, _ outputs: UnsafeMutablePointer<Output>
    ) {
        let targetCount = trees.targetCount
        let hasBase = baseValues.count == targetCount
        for row in 0..<count {
            let sums = block.scores + row * targetCount
            let output = outputs + (first + row) * targetCount
            for target in 0..<targetCount {
                if trees.aggregate == .average { sums[target] /= Scalar(trees.treeCount) }
                if hasBase { sums[target] += Scalar(baseValues[target]) }
                output[target] = Output(sums[target])
            }
            if transform == .none { continue }
            // A single target knows one transform only, as in ONNX Runtime.
            if targetCount == 1, transform != .probit { continue }
            withUnsafeTemporaryAllocation(of: Float.self, capacity: targetCount) { row in
                for target in 0..<targetCount { row[target] = Float(sums[target]) }
                transform.apply(row)
                for target in 0..<targetCount { output[target] = Output(row[target]) }
            }
        }
    }
}
