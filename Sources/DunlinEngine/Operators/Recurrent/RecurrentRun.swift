import DunlinInference
import DunlinKernels

/// A recurrent operator bound to its sizes.
///
/// The inputs of all steps are multiplied at once; then each step multiplies the state and runs the cell.
struct RecurrentRun<Number: RecurrentNumber>: Sendable {
    private let node: Recurrent
    private let extents: RecurrentExtents
    private let packed: [RecurrentWeights]?
    /// What is known of the inputs of a node with 8-bit weights.
    private let quantized: InputFacts?
    private let gates: Int

    init(
        _ node: Recurrent, _ extents: RecurrentExtents, _ packed: [RecurrentWeights]?, quantized: InputFacts? = nil
    ) {
        self.node = node
        self.extents = extents
        self.packed = packed
        self.quantized = quantized
        gates = node.cell.gateCount * extents.hidden
    }

    private var stateCount: Int { extents.batch * extents.hidden }

    /// Products of all inputs, gates of one step, hidden and cell state, two rows of states, bias.
    var scratchByteCount: Int {
        MemoryLayout<Number>.stride
            * (extents.steps * extents.batch * gates + extents.batch * gates + 4 * stateCount + 2 * gates)
    }

    func callAsFunction(_ buffers: Buffers) throws(InferError) {
        let lengths = buffers.input(4, orEmpty: Int32.self)
        for length in lengths where length < 0 || Int(length) > extents.steps {
            throw InferError(
                .invalidArgument, "input 4 (sequence_lens): \(length) is not in 0...\(extents.steps)")
        }
        let longest = lengths.isEmpty ? extents.steps : Int(lengths.max() ?? 0)
        let sequence = buffers.output(0, as: Number.self)
        sequence.update(repeating: 0)
        guard stateCount > 0, let scratch = buffers.scratch.baseAddress else { return }
        var next = scratch.assumingMemoryBound(to: Number.self)
        func take(_ count: Int) -> UnsafeMutablePointer<Number> {
            defer { next += count }
            return next
        }
        let products = take(extents.steps * extents.batch * gates)
        let memory = RecurrentMemory<Number>(
            gates: take(extents.batch * gates), hidden: take(stateCount), cell: take(stateCount),
            first: take(stateCount), second: take(stateCount))
        let bias = take(2 * gates)
        for direction in 0..<extents.directions {
            let weights = packed?[direction] ?? makeWeights(buffers, direction)
            let given = buffers.input(3, orEmpty: Number.self)
            for i in 0..<2 * gates { bias[i] = given.isEmpty ? 0 : given[direction * 2 * gates + i] }
            let step = RecurrentStep(
                cell: node.cell, activations: node.activations[direction], clip: node.clip.map { Number($0) },
                weights: weights,
                hiddenSize: extents.hidden, bias: bias,
                peepholes: buffers.input(7, orEmpty: Number.self).baseAddress.map {
                    $0 + direction * 3 * extents.hidden
                }
            )
            // Steps beyond the longest sequence are not looked at: their elements would widen a quantised range.
            let rows = (node.isBatchFirst ? extents.steps : longest) * extents.batch
            Number.multiply(
                rows, UnsafeBufferPointer(rebasing: buffers.input(0, as: Number.self)[..<(rows * extents.input)]),
                weights.input, accumulate: false,
                into: UnsafeMutableBufferPointer(start: products, count: rows * gates), stride: gates)
            load(buffers.input(5, orEmpty: Number.self), into: memory.hidden, direction)
            load(buffers.input(6, orEmpty: Number.self), into: memory.cell, direction)
            let hidden = buffers.output(1, as: Number.self)
            let cell = node.cell.isLSTM ? buffers.output(2, as: Number.self) : .init(start: nil, count: 0)
            for row in 0..<extents.batch where steps(row, lengths) == 0 {
                // ONNX leaves open what the last state of an empty sequence is; ONNX Runtime says zero.
                store(lengths.isEmpty ? memory : nil, direction, row, hidden, cell)
            }
            walk(direction, step, products, memory, lengths, sequence) { store(memory, direction, $0, hidden, cell) }
        }
    }

    private func walk(
        _ direction: Int, _ step: RecurrentStep<Number>, _ products: UnsafeMutablePointer<Number>,
        _ memory: RecurrentMemory<Number>,
        _ lengths: UnsafeBufferPointer<Int32>, _ sequence: UnsafeMutableBufferPointer<Number>, ended: (Int) -> Void
    ) {
        let hidden = extents.hidden
        let longest = lengths.isEmpty ? extents.steps : Int(lengths.max() ?? 0)
        for index in 0..<longest {
            // The gates of a row whose sequence has ended are computed and thrown away.
            let isActive: (Int) -> Bool = { index < steps($0, lengths) }
            let time: (Int) -> Int = { node.isReverse[direction] ? steps($0, lengths) - 1 - index : index }
            for row in 0..<extents.batch {
                let target = memory.gates + row * gates
                guard isActive(row) else {
                    target.update(repeating: 0, count: gates)
                    continue
                }
                let position =
                    node.isBatchFirst ? row * extents.steps + time(row) : time(row) * extents.batch + row
                target.update(from: products + position * gates, count: gates)
            }
            step.multiply(memory, rows: extents.batch)
            for row in 0..<extents.batch where isActive(row) {
                step.finish(memory, row: row)
                if let base = sequence.baseAddress {
                    let time = time(row)
                    let position =
                        node.isBatchFirst
                        ? (row * extents.steps + time) * extents.directions + direction
                        : (time * extents.directions + direction) * extents.batch + row
                    (base + position * hidden).update(from: memory.hidden + row * hidden, count: hidden)
                }
                if index + 1 == steps(row, lengths) { ended(row) }
            }
            // A row's last state counts once more where the states of a step are quantised together.
            for row in 0..<extents.batch where index == steps(row, lengths) { forget(memory, row) }
        }
    }

    // MARK: States

    /// Where a row's state lies in a tensor of states.
    private func position(_ direction: Int, _ row: Int) -> Int {
        (node.isBatchFirst ? row * extents.directions + direction : direction * extents.batch + row) * extents.hidden
    }

    private func load(
        _ initial: UnsafeBufferPointer<Number>, into state: UnsafeMutablePointer<Number>, _ direction: Int
    ) {
        guard let base = initial.baseAddress, !initial.isEmpty else {
            state.update(repeating: 0, count: stateCount)
            return
        }
        for row in 0..<extents.batch {
            (state + row * extents.hidden).update(from: base + position(direction, row), count: extents.hidden)
        }
    }

    /// - Parameter memory: `nil` for zeros.
    private func store(
        _ memory: RecurrentMemory<Number>?, _ direction: Int, _ row: Int,
        _ hidden: UnsafeMutableBufferPointer<Number>, _ cell: UnsafeMutableBufferPointer<Number>
    ) {
        store(memory?.hidden, into: hidden, direction, row)
        store(memory?.cell, into: cell, direction, row)
    }

    private func store(
        _ state: UnsafeMutablePointer<Number>?, into output: UnsafeMutableBufferPointer<Number>, _ direction: Int,
        _ row: Int
    ) {
        guard let base = output.baseAddress, !output.isEmpty else { return }
        let target = base + position(direction, row)
        if let state {
            target.update(from: state + row * extents.hidden, count: extents.hidden)
        } else {
            target.update(repeating: 0, count: extents.hidden)
        }
    }

    /// Sets a row's states to 0.
    private func forget(_ memory: RecurrentMemory<Number>, _ row: Int) {
        (memory.hidden + row * extents.hidden).update(repeating: 0, count: extents.hidden)
        (memory.cell + row * extents.hidden).update(repeating: 0, count: extents.hidden)
    }

    /// How long a row's sequence is.
    private func steps(_ row: Int, _ lengths: UnsafeBufferPointer<Int32>) -> Int {
        lengths.isEmpty ? extents.steps : Int(lengths[row])
    }

    private func makeWeights(_ buffers: Buffers, _ direction: Int) -> RecurrentWeights {
        if let facts = quantized {
            return QuantizedRecurrence.weights(
                facts, extents, buffers, buffers.input(1), buffers.input(2), direction: direction)
        }
        return RecurrentWeights(
            node.cell, extents, buffers.input(1, as: Number.self), buffers.input(2, as: Number.self),
            direction: direction)
    }
}

extension Buffers {
    /// An input that may be beyond those the node gives.
    func input<Element: BitwiseCopyable>(
        _ index: Int, orEmpty type: Element.Type
    ) -> UnsafeBufferPointer<Element> {
        index < inputCount ? input(index, as: type) : UnsafeBufferPointer(start: nil, count: 0)
    }
}
