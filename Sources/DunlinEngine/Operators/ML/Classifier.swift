import DunlinBytes
import DunlinInference
import DunlinTensor

/// What differs between the classifiers of ai.onnx.ml: from rows to scores and the index of a label.
protocol Classifier: Sendable {
    /// What `classify` gives indices of.
    var labels: ClassLabels { get }
    /// Class names for the scores' columns; empty when they are no classes.
    var scoreNames: [String] { get }
    var scoreCount: Int { get }
    var memoryByteCount: Int { get }

    /// Checks the input's columns (-1: not known).
    func check(columns: Int) throws(InferError)

    /// This classifier, made ready for one input type.
    func prepared(for dataType: DataType) throws(InferError) -> Self

    func scratchByteCount(_ dataType: DataType, rows: Int, columns: Int) -> Int

    /// - Parameters:
    ///   - scores: `[rows, scoreCount]`.
    ///   - classes: `[rows]`: indices of `labels`.
    ///   - scratch: `scratchByteCount` bytes, aligned to 64.
    func classify(
        _ input: RowMatrix, scores: UnsafeMutablePointer<Float>, classes: UnsafeMutablePointer<Int32>,
        scratch: UnsafeMutableRawPointer?)
}

extension Classifier {
    func prepared(for dataType: DataType) throws(InferError) -> Self { self }

    /// The operator around this classifier; one with text labels makes its outputs at each run.
    func asOperator() -> any Operator {
        switch labels {
        case .integers(let integers): IntegerClassifier(core: self, integers: integers)
        case .text(let text): TextClassifier(core: self, text: TextLabels(text))
        }
    }

    /// Labels `[rows]` and scores `[rows, scoreCount]`.
    func facts(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let (rows, columns) = try RowMatrix.extents(inputs)
        try check(columns: columns)
        var scores = TensorFact(.fp32, [rows, scoreCount])
        scores.labels = scoreNames
        return [TensorFact(labels.dataType, [rows]), scores]
    }
}

/// A classifier whose labels are integers.
struct IntegerClassifier<Core: Classifier>: Operator {
    let core: Core
    let integers: [Int64]

    var memoryByteCount: Int { core.memoryByteCount }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] { try core.facts(inputs) }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        Self(core: try core.prepared(for: inputs[0].dataType), integers: integers)
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, columns) = try RowMatrix.extents(inputs)
        let dataType = inputs[0].dataType
        let core = try core.prepared(for: dataType)
        let integers = integers
        // Classes, then scores for when the node leaves them out, then the core's own.
        let classesByteCount = (rows * 4 + 63) / 64 * 64
        let scoresByteCount = (rows * core.scoreCount * 4 + 63) / 64 * 64
        let own = core.scratchByteCount(dataType, rows: rows, columns: columns)
        return Kernel(scratchByteCount: classesByteCount + scoresByteCount + own) { buffers in
            guard rows > 0, let scratch = buffers.scratch.baseAddress else { return }
            let classes = scratch.assumingMemoryBound(to: Int32.self)
            let spare = (scratch + classesByteCount).assumingMemoryBound(to: Float.self)
            let wanted = buffers.output(1, as: Float.self)
            core.classify(
                RowMatrix(buffers.bytes(ofInput: 0), dataType, rows: rows, columns: columns),
                scores: wanted.count == rows * core.scoreCount ? wanted.baseAddress ?? spare : spare,
                classes: classes, scratch: scratch + classesByteCount + scoresByteCount)
            let output = buffers.output(0, as: Int64.self)
            for row in output.indices { output[row] = integers[Int(classes[row])] }
        }
    }
}

/// A classifier whose labels are text.
struct TextClassifier<Core: Classifier>: LabelOperator {
    let core: Core
    let text: TextLabels

    var labels: TextLabels { text }

    func bindNumbers(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, columns) = try RowMatrix.extents(inputs)
        let dataType = inputs[0].dataType
        let core = try core.prepared(for: dataType)
        // Scores for when the node leaves them out, then the core's own.
        let scoresByteCount = (rows * core.scoreCount * 4 + 63) / 64 * 64
        let own = core.scratchByteCount(dataType, rows: rows, columns: columns)
        return Kernel(scratchByteCount: scoresByteCount + own) { buffers in
            let classes = buffers.output(0, as: Int32.self)
            guard rows > 0, let first = classes.baseAddress, let scratch = buffers.scratch.baseAddress else { return }
            let wanted = buffers.output(1, as: Float.self)
            let spare = scratch.assumingMemoryBound(to: Float.self)
            core.classify(
                RowMatrix(buffers.bytes(ofInput: 0), dataType, rows: rows, columns: columns),
                scores: wanted.count == rows * core.scoreCount ? wanted.baseAddress ?? spare : spare,
                classes: first, scratch: scratch + scoresByteCount)
        }
    }

    var memoryByteCount: Int { core.memoryByteCount + text.memoryByteCount }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] { try core.facts(inputs) }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        Self(core: try core.prepared(for: inputs[0].dataType), text: text)
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { throw InferError(.internal, "input 0 is absent") }
        let columns = input.shape.dimensions.last ?? 1
        let rows = input.shape.rank == 1 ? 1 : input.shape[0]
        let core = try core.prepared(for: input.dataType)
        let ownByteCount = core.scratchByteCount(input.dataType, rows: rows, columns: columns)
        let scoresByteCount = try TensorFact(.fp32, [rows, core.scoreCount]).checkedByteCount()
        return try withUnsafeTemporaryAllocation(byteCount: rows * 4 + 64 + ownByteCount, alignment: 64) {
            (memory) throws(InferError) in
            let classes = (memory.baseAddress! + (ownByteCount + 63) / 64 * 64).assumingMemoryBound(to: Int32.self)
            let scores = Bytes(uninitializedCount: scoresByteCount) { scores in
                input.bytes.withUnsafeBytes { bytes in
                    core.classify(
                        RowMatrix(bytes, input.dataType, rows: rows, columns: columns),
                        scores: scores.baseAddress!.assumingMemoryBound(to: Float.self),
                        classes: classes, scratch: memory.baseAddress)
                }
            }
            return [
                try text.tensor(UnsafeBufferPointer(start: classes, count: rows), shape: [rows]),
                Tensor(dataType: .fp32, shape: [rows, core.scoreCount], bytes: scores),
            ]
        }
    }
}
