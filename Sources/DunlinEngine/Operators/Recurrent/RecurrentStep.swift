import DunlinKernels

/// Working memory of a walk along a sequence, valid during the kernel's call.
struct RecurrentMemory<Number: RecurrentNumber> {
    /// `[B, G·H]`.
    let gates: UnsafeMutablePointer<Number>
    /// `[B, H]` each.
    let hidden, cell, first, second: UnsafeMutablePointer<Number>
}

/// One step of a recurrent cell, as ONNX's operator definitions write it.
struct RecurrentStep<Number: RecurrentNumber> {
    let cell: Recurrent.Cell
    let activations: [RecurrentActivation]
    let clip: Number?
    let weights: RecurrentWeights
    let hiddenSize: Int
    /// Those of W, then those of R: `[2·G·H]`.
    let bias: UnsafeMutablePointer<Number>
    /// Of LSTM's input, output and forget gate: `[3·H]`.
    let peepholes: UnsafePointer<Number>?

    private var gateCount: Int { cell.gateCount * hiddenSize }

    /// Adds the products of the states to the gates, which hold the products of the inputs.
    func multiply(_ memory: RecurrentMemory<Number>, rows: Int) {
        let n = gateCount
        let gates = UnsafeMutableBufferPointer(start: memory.gates, count: rows * n)
        let states = UnsafeBufferPointer(start: UnsafePointer(memory.hidden), count: rows * hiddenSize)
        Number.multiply(rows, states, weights.state, accumulate: true, into: gates, stride: n)
        guard case .gru(let isLinearBeforeReset) = cell, let hidden = weights.hidden else { return }
        let target = UnsafeMutableBufferPointer(start: memory.first, count: rows * hiddenSize)
        if isLinearBeforeReset {
            Number.multiply(rows, states, hidden, accumulate: false, into: target, stride: hiddenSize)
            return
        }
        for row in 0..<rows {
            let reset = memory.gates + row * n + hiddenSize
            let state = memory.hidden + row * hiddenSize
            let masked = memory.second + row * hiddenSize
            addBias(0, to: memory.gates + row * n)
            addBias(1, to: reset)
            activate(0, memory.gates + row * n, gates: 2)
            for i in 0..<hiddenSize { masked[i] = reset[i] * state[i] }
        }
        Number.multiply(
            rows, UnsafeBufferPointer(start: UnsafePointer(memory.second), count: rows * hiddenSize), hidden,
            accumulate: false, into: target, stride: hiddenSize)
    }

    /// Computes the new state of one row from its gates.
    func finish(_ memory: RecurrentMemory<Number>, row: Int) {
        let gates = memory.gates + row * gateCount
        let hidden = memory.hidden + row * hiddenSize
        switch cell {
        case .rnn:
            addBias(0, to: gates)
            activate(0, gates)
            hidden.update(from: gates, count: hiddenSize)
        case .gru(let isLinearBeforeReset):
            finishGRU(gates, hidden, memory.first + row * hiddenSize, isLinearBeforeReset)
        case .lstm(let couplesForget):
            finishLSTM(
                gates, hidden, memory.cell + row * hiddenSize, memory.first + row * hiddenSize, couplesForget)
        }
    }

    private func finishGRU(
        _ gates: UnsafeMutablePointer<Number>, _ hidden: UnsafeMutablePointer<Number>,
        _ product: UnsafeMutablePointer<Number>, _ isLinearBeforeReset: Bool
    ) {
        let h = hiddenSize
        let (update, reset, candidate) = (gates, gates + h, gates + 2 * h)
        let (inputBias, stateBias) = (bias + 2 * h, bias + 5 * h)
        if isLinearBeforeReset {
            addBias(0, to: update)
            addBias(1, to: reset)
            activate(0, update, gates: 2)
            for i in 0..<h { candidate[i] += reset[i] * (product[i] + stateBias[i]) + inputBias[i] }
        } else {
            for i in 0..<h { candidate[i] += product[i] + stateBias[i] + inputBias[i] }
        }
        activate(1, candidate)
        for i in 0..<h { hidden[i] = (1 - update[i]) * candidate[i] + update[i] * hidden[i] }
    }

    private func finishLSTM(
        _ gates: UnsafeMutablePointer<Number>, _ hidden: UnsafeMutablePointer<Number>,
        _ cell: UnsafeMutablePointer<Number>, _ bounded: UnsafeMutablePointer<Number>, _ couplesForget: Bool
    ) {
        let h = hiddenSize
        let (input, output, forget, candidate) = (gates, gates + h, gates + 2 * h, gates + 3 * h)
        for gate in 0..<4 { addBias(gate, to: gates + gate * h) }
        if let peepholes {
            for i in 0..<h {
                input[i] += peepholes[i] * cell[i]
                forget[i] += peepholes[2 * h + i] * cell[i]
            }
        }
        activate(0, input)
        if couplesForget {
            for i in 0..<h { forget[i] = 1 - input[i] }
        } else {
            activate(0, forget)
        }
        activate(1, candidate)
        for i in 0..<h { cell[i] = forget[i] * cell[i] + input[i] * candidate[i] }
        if let peepholes {
            for i in 0..<h { output[i] += peepholes[h + i] * cell[i] }
        }
        activate(0, output)
        bounded.update(from: cell, count: h)
        // The cell state is not clipped here: ONNX Runtime clips what the gates' activations take.
        activations[2].apply(to: bounded, count: h)
        for i in 0..<h { hidden[i] = output[i] * bounded[i] }
    }

    private func addBias(_ gate: Int, to values: UnsafeMutablePointer<Number>) {
        let (inputBias, stateBias) = (bias + gate * hiddenSize, bias + gateCount + gate * hiddenSize)
        for i in 0..<hiddenSize { values[i] += inputBias[i] + stateBias[i] }
    }

    private func activate(_ index: Int, _ values: UnsafeMutablePointer<Number>, gates: Int = 1) {
        let count = gates * hiddenSize
        if let clip {
            for i in 0..<count { values[i] = min(max(values[i], -clip), clip) }
        }
        activations[index].apply(to: values, count: count)
    }
}
