import DunlinInference
import DunlinTensor

/// ONNX `Scan`: runs a graph for each slice of its inputs along an axis, and stacks what the graph makes.
///
/// Since opset 9 the inputs are states and scanned tensors. In opset 8 the first input holds lengths, and all others
/// have a batch axis first; each row of the batch is scanned by itself.
struct Scan: NestingOperator {
    private var body: LoopBody
    private let stateCount: Int
    private let scannedCount: Int
    private let inputAxes, outputAxes: [Int]
    private let isInputReverse, isOutputReverse: [Bool]
    private let hasBatch: Bool

    init(_ node: Node) throws(InferError) { try self.init(node, hasBatch: false) }

    static func withBatch(_ node: Node) throws(InferError) -> any Operator { try Scan(node, hasBatch: true) }

    private init(_ node: Node, hasBatch: Bool) throws(InferError) {
        self.hasBatch = hasBatch
        guard let scannedCount = try node.int("num_scan_inputs") else { throw node.missing("num_scan_inputs") }
        let count = node.givenInputs.count - (hasBatch ? 1 : 0)
        guard scannedCount >= 1, scannedCount <= count, node.givenInputs.suffix(max(count, 0)).allSatisfy({ $0 }) else {
            throw InferError(
                .invalidArgument, "attribute 'num_scan_inputs' is \(scannedCount), the node has \(count) inputs")
        }
        self.scannedCount = scannedCount
        stateCount = count - scannedCount
        body = try LoopBody(
            node, inputCount: count, stateCount: count - scannedCount, leadingInputs: 0, leadingOutputs: 0)
        func list(_ key: String, _ count: Int) throws(InferError) -> [Int] {
            let found = try node.ints(key) ?? [Int](repeating: 0, count: count)
            guard found.count == count else {
                throw InferError(.invalidArgument, "attribute '\(key)' has \(found.count) numbers, expected \(count)")
            }
            return found
        }
        if hasBatch {
            isInputReverse = try list("directions", scannedCount).map { $0 != 0 }
            isOutputReverse = [Bool](repeating: false, count: body.stackedCount)
            inputAxes = [Int](repeating: 0, count: scannedCount)
            outputAxes = [Int](repeating: 0, count: body.stackedCount)
        } else {
            isInputReverse = try list("scan_input_directions", scannedCount).map { $0 != 0 }
            isOutputReverse = try list("scan_output_directions", body.stackedCount).map { $0 != 0 }
            inputAxes = try list("scan_input_axes", scannedCount)
            outputAxes = try list("scan_output_axes", body.stackedCount)
        }
    }

    var loopDepth: Int { body.depth }
    func releasing(_ files: inout FileCopies) -> any Operator {
        var operation = self
        operation.body = body.releasing(&files)
        return operation
    }

    var memoryByteCount: Int { body.graph.memoryByteCount }
    /// Never folded: loading a model must not take as long as the model says.
    var isDeterministic: Bool { false }

    private var first: Int { hasBatch ? 1 : 0 }
    private var given: Range<Int> { first..<first + stateCount + scannedCount }

    // MARK: Facts

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        if hasBatch, inputs.optional(0) != nil { try inputs.require(0, isOneOf: [.int64]) }
        let rows = try given.map { (index) throws(InferError) in try row(inputs[index], index) }
        let facts = try body.facts(try bodyInputs(rows), inputs)
        let length = try length(rows)
        let batch = hasBatch ? try batch(inputs) : -1
        var results: [TensorFact] = []
        for (index, fact) in try body.results(facts).enumerated() {
            var extents = fact.extents
            if index >= stateCount, let rank = extents?.count {
                let axis = try normalized(axis: outputAxes[index - stateCount], rank: rank + 1)
                extents?.insert(length, at: axis)
            }
            if hasBatch { extents = extents.map { [batch] + $0 } }
            results.append(TensorFact(fact.dataType, extents))
        }
        return results
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        let rows = try given.map { (index) throws(InferError) in try row(inputs[index], index) }
        var prepared = self
        prepared.body = try body.prepared(try bodyInputs(rows), inputs)
        return prepared
    }

    /// What is known of one row of the batch.
    private func row(_ fact: TensorFact, _ index: Int) throws(InferError) -> TensorFact {
        guard fact.dataType.byteCount != nil else {
            throw InferError(.unsupported, "input \(index) has datatype \(fact.dataType)")
        }
        guard hasBatch, let extents = fact.extents else { return TensorFact(fact.dataType, fact.extents) }
        guard !extents.isEmpty else { throw InferError(.invalidArgument, "input \(index) has no batch axis") }
        return TensorFact(fact.dataType, Array(extents.dropFirst()))
    }

    /// States, and one slice of each scanned input.
    private func bodyInputs(_ rows: [TensorFact]) throws(InferError) -> [TensorFact] {
        var facts = rows
        for index in 0..<scannedCount {
            guard var extents = facts[stateCount + index].extents else { continue }
            extents.remove(at: try normalized(axis: inputAxes[index], rank: extents.count))
            facts[stateCount + index].extents = extents
        }
        return facts
    }

    /// How many slices the scanned inputs have; -1 when that is not known.
    private func length(_ rows: [TensorFact]) throws(InferError) -> Int {
        var length = -1
        for index in 0..<scannedCount {
            guard let extents = rows[stateCount + index].extents else { continue }
            let found = extents[try normalized(axis: inputAxes[index], rank: extents.count)]
            guard length < 0 || found < 0 || length == found else {
                throw InferError(.invalidArgument, "scanned input \(index) has \(found) slices, another \(length)")
            }
            length = max(length, found)
        }
        return length
    }

    /// The size of the batch; -1 when it is not known.
    private func batch(_ inputs: InputFacts) throws(InferError) -> Int {
        var batch = -1
        for index in (inputs.optional(0) == nil ? given : 0..<given.upperBound) {
            guard let found = inputs[index].extents?.first, found >= 0 else { continue }
            guard batch < 0 || batch == found else {
                throw InferError(.invalidArgument, "input \(index) has a batch of \(found), another of \(batch)")
            }
            batch = found
        }
        return batch
    }

    // MARK: Runs

    func evaluate(
        _ inputs: [Tensor?], byteLimit: Int, _ scope: inout RunScope, while isWanted: () -> Bool
    ) throws(InferError) -> [Tensor] {
        let facts = InputFacts(inputs.map { $0.map(TensorFact.init(constant:)) })
        let rows = try given.map { (index) throws(InferError) in try row(facts[index], index) }
        let parts = try body.results(try body.facts(try bodyInputs(rows), facts))
        let length = try length(rows)
        let run = SubgraphRun(body.graph, inputs, byteLimit: byteLimit)
        let all = inputs[given].compactMap { $0 }
        guard hasBatch else {
            return try scan(all, length: length, of: length, parts, run, byteLimit, &scope, isWanted)
        }
        let batch = try batch(facts)
        let lengths = inputs[0].map { $0.elements(as: Int64.self) }
        if let lengths, lengths.count != batch || lengths.contains(where: { $0 < 0 || $0 > length }) {
            throw InferError(.invalidArgument, "input 0 must be \(batch) lengths in 0...\(length), it is \(lengths)")
        }
        var stacked = [StackedOutput](repeating: StackedOutput(byteLimit: byteLimit), count: parts.count)
        for index in 0..<batch {
            let own = lengths.map { Int($0[index]) } ?? length
            let rows = all.map { $0.slice(index, axis: 0) }
            let made = try scan(rows, length: own, of: length, parts, run, byteLimit, &scope, isWanted)
            for (number, tensor) in made.enumerated() { try stacked[number].append(tensor, number) }
        }
        var results: [Tensor] = []
        for (number, output) in stacked.enumerated() {
            var fact = parts[number]
            if number >= stateCount { fact.extents = fact.extents.map { [length] + $0 } }
            results.append(try output.finish(fact))
        }
        return results
    }

    /// - Parameters:
    ///   - length: How many slices to scan.
    ///   - whole: How many there are; stacked outputs are filled up with zeros to this number.
    private func scan(
        _ inputs: [Tensor], length: Int, of whole: Int, _ parts: [TensorFact], _ run: SubgraphRun, _ byteLimit: Int,
        _ scope: inout RunScope, _ isWanted: () -> Bool
    ) throws(InferError) -> [Tensor] {
        var states = Array(inputs[..<stateCount])
        var stacked = zip(outputAxes, isOutputReverse).map {
            StackedOutput(axis: $0, isReverse: $1, byteLimit: byteLimit)
        }
        for step in 0..<length {
            var given = states
            for index in 0..<scannedCount {
                let input = inputs[stateCount + index]
                let axis = try normalized(axis: inputAxes[index], rank: input.shape.rank)
                given.append(input.slice(isInputReverse[index] ? length - 1 - step : step, axis: axis))
            }
            let made = try run(given, &scope, while: isWanted)
            states = Array(made[..<stateCount])
            for index in stacked.indices { try stacked[index].append(made[stateCount + index], stateCount + index) }
        }
        var results = states
        for (index, output) in stacked.enumerated() {
            var output = output
            let part = parts[stateCount + index]
            for _ in length..<whole {
                let shape = output.partShape ?? (part.extents ?? []).map { max($0, 0) }
                try output.append(.zeros(part.dataType, shape), stateCount + index)
            }
            results.append(try output.finish(part))
        }
        return results
    }
}
