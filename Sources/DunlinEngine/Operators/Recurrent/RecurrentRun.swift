import DunlinInference
import DunlinKernels

/// A recurrent operator bound to its sizes.
///
/// The inputs of all steps are multiplied at once; then each step multiplies the state and runs the cell.
struct RecurrentRun: Sendable {
    private let node: Recurrent
    private let extents: RecurrentExtents
    private let packed: [RecurrentWeights]?
    private let gates: Int

    init(_ node: Recurrent, _ extents: RecurrentExtents, _ packed: [RecurrentWeights]?) {
        self.node = node
        self.extents = extents
        self.packed = packed
        gates = node.cell.gateCount * extents.hidden
    }

    private var stateCount: Int { extents.batch * extents.hidden }

    /// Products of all inputs, gates of one step, hidden and cell state, two rows of states, bias.
    var scratchByteCount: Int {
        4 * (extents.steps * extents.batch * gates + extents.batch * gates + 4 * stateCount + 2 * gates)
    }

    func callAsFunction(_ buffers: Buffers) throws(InferError) {
        let lengths = buffers.input(4, orEmpty: Int32.self)
        for length in lengths where length < 0 || Int(length) > extents.steps {
            throw InferError(
                .invalidArgument, "input 4 (sequence_lens): \(length) is not in 0...\(extents.steps)")
        }
        let sequence = buffers.output(0, as: Float.self)
        sequence.update(repeating: 0)
        guard stateCount > 0, let scratch = buffers.scratch.baseAddress else { return }
        var next = scratch.assumingMemoryBound(to: Float.self)
        func take(_ count: Int) -> UnsafeMutablePointer<Float> {
            defer { next += count }
            return next
        }
        let products = take(extents.steps * extents.batch * gates)
        let memory = RecurrentMemory(
            gates: take(extents.batch * gates), hidden: take(stateCount), cell: take(stateCount),
            first: take(stateCount), second: take(stateCount))
        let bias = take(2 * gates)
        for direction in 0..<extents.directions {
            let weights =
                packed?[direction]
                ?? RecurrentWeights(node.cell, extents, buffers.input(1), buffers.input(2), direction: direction)
            let given = buffers.input(3, orEmpty: Float.self)
            for i in 0..<2 * gates { bias[i] = given.isEmpty ? 0 : given[direction * 2 * gates + i] }
            let step = RecurrentStep(
                cell: node.cell, activations: node.activations[direction], clip: node.clip, weights: weights,
                hiddenSize: extents.hidden, bias: bias,
                peepholes: buffers.input(7, orEmpty: Float.self).baseAddress.map { $0 + direction * 3 * extents.hidden }
            )
            gemm(
                m: extents.steps * extents.batch, a: buffers.input(0), b: weights.input,
                c: UnsafeMutableBufferPointer(start: products, count: extents.steps * extents.batch * gates))
            load(buffers.input(5, orEmpty: Float.self), into: memory.hidden, direction)
            load(buffers.input(6, orEmpty: Float.self), into: memory.cell, direction)
            walk(direction, step, products, memory, lengths, sequence)
            store(memory.hidden, into: buffers.output(1), direction, lengths)
            if node.cell.isLSTM { store(memory.cell, into: buffers.output(2), direction, lengths) }
        }
    }

    private func walk(
        _ direction: Int, _ step: RecurrentStep, _ products: UnsafeMutablePointer<Float>, _ memory: RecurrentMemory,
        _ lengths: UnsafeBufferPointer<Int32>, _ sequence: UnsafeMutableBufferPointer<Float>
    ) {
        let hidden = extents.hidden
        for index in 0..<extents.steps {
            // A row whose sequence has ended keeps its state; its gates are computed and thrown away.
            let isActive: (Int) -> Bool = { lengths.isEmpty || index < Int(lengths[$0]) }
            let time: (Int) -> Int = { row in
                let length = lengths.isEmpty ? extents.steps : Int(lengths[row])
                return node.isReverse[direction] ? length - 1 - index : index
            }
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
                guard let base = sequence.baseAddress else { continue }
                let time = time(row)
                let position =
                    node.isBatchFirst
                    ? (row * extents.steps + time) * extents.directions + direction
                    : (time * extents.directions + direction) * extents.batch + row
                (base + position * hidden).update(from: memory.hidden + row * hidden, count: hidden)
            }
        }
    }

    // MARK: States

    /// Where a row's state lies in a tensor of states.
    private func position(_ direction: Int, _ row: Int) -> Int {
        (node.isBatchFirst ? row * extents.directions + direction : direction * extents.batch + row) * extents.hidden
    }

    private func load(_ initial: UnsafeBufferPointer<Float>, into state: UnsafeMutablePointer<Float>, _ direction: Int)
    {
        guard let base = initial.baseAddress, !initial.isEmpty else {
            state.update(repeating: 0, count: stateCount)
            return
        }
        for row in 0..<extents.batch {
            (state + row * extents.hidden).update(from: base + position(direction, row), count: extents.hidden)
        }
    }

    private func store(
        _ state: UnsafeMutablePointer<Float>, into output: UnsafeMutableBufferPointer<Float>, _ direction: Int,
        _ lengths: UnsafeBufferPointer<Int32>
    ) {
        guard let base = output.baseAddress, !output.isEmpty else { return }
        for row in 0..<extents.batch {
            let target = base + position(direction, row)
            // ONNX leaves open what the last state of an empty sequence is; ONNX Runtime says zero.
            if !lengths.isEmpty && lengths[row] == 0 {
                target.update(repeating: 0, count: extents.hidden)
            } else {
                target.update(from: state + row * extents.hidden, count: extents.hidden)
            }
        }
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
