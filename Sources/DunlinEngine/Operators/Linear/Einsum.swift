import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `Einsum`. Two FP32 or FP64 operands go through a batched matrix product where the equation is one.
struct Einsum: Operator {
    private let equation: EinsumEquation

    init(_ node: Node) throws(InferError) {
        guard let text = try node.string("equation") else { throw node.missing("equation") }
        equation = try EinsumEquation(text)
        guard equation.operands.count == node.givenInputs.count else {
            throw InferError(
                .invalidArgument,
                "attribute 'equation' has \(equation.operands.count) terms for \(node.givenInputs.count) inputs")
        }
    }

    /// A label for each axis; unnamed axes count from the back: -1 is the last.
    private struct Labels {
        var operands: [[Int]] = []
        var output: [Int] = []
        var extents: [Int: Int] = [:]
    }

    private func labels(_ inputs: InputFacts) throws(InferError) -> Labels? {
        var labels = Labels()
        var unnamed = 0
        for (index, term) in equation.operands.enumerated() {
            guard let extents = inputs[index].extents else { return nil }
            let named = term.count(where: { $0 != EinsumEquation.ellipsis })
            let extra = extents.count - named
            guard extra == 0 || extra > 0 && named < term.count else {
                throw InferError(
                    .invalidArgument, "input \(index) has rank \(extents.count), its term \(term.count) axes")
            }
            unnamed = max(unnamed, extra)
            let own = Self.expand(term, extra)
            for (label, extent) in zip(own, extents) {
                guard let known = labels.extents[label], known != extent else {
                    labels.extents[label] = extent
                    continue
                }
                if known == 1 || known < 0 && extent != 1 {
                    labels.extents[label] = extent
                } else if extent >= 0 && extent != 1 {
                    throw InferError(
                        .invalidArgument, "an axis of input \(index) has \(extent) elements, expected \(known)")
                }
            }
            labels.operands.append(own)
        }
        labels.output = Self.expand(equation.output, unnamed)
        return labels
    }

    private static func expand(_ term: [UInt8], _ unnamed: Int) -> [Int] {
        term.flatMap { $0 == EinsumEquation.ellipsis ? (0..<unnamed).map { $0 - unnamed } : [Int($0)] }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        for index in 0..<inputs.count {
            try inputs.require(index, isOneOf: DataType.numbers)
            try inputs.requireSameType(0, index)
        }
        guard let labels = try labels(inputs) else { return [TensorFact(inputs[0].dataType, nil)] }
        return [TensorFact(inputs[0].dataType, labels.output.map { labels.extents[$0] ?? 1 })]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[0].dataType
        if dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let labels = try labels(inputs) else { preconditionFailure("bound with open shapes") }
        let summed = labels.extents.keys.filter { !labels.output.contains($0) }.sorted()
        // Elements from one index of each label to the next, for each operand; an axis of extent 1 repeats.
        var steps: [[Int: Int]] = []
        for (index, own) in labels.operands.enumerated() {
            let extents = inputs[index].shape.dimensions
            var step: [Int: Int] = [:]
            for (axis, stride) in strides(of: extents).enumerated() where extents[axis] != 1 {
                step[own[axis], default: 0] += stride
            }
            steps.append(step)
        }
        if steps.count == 2, dataType == .fp32 || dataType == .fp64,
            let product = try EinsumProduct(
                extents: labels.extents, output: labels.output, summed: summed, steps: steps)
        {
            return product.kernel(dataType)
        }
        let order = labels.output + summed
        let loop = EinsumLoop(
            extents: order.map { labels.extents[$0] ?? 1 }, outputRank: labels.output.count,
            steps: steps.map { step in order.map { step[$0] ?? 0 } })
        return try loop.kernel(for: dataType)
    }
}

/// The definition: every product of every combination of indexes.
private struct EinsumLoop: NumberKernels {
    /// The result's extents, then the summed ones.
    let extents: [Int]
    let outputRank: Int
    let steps: [[Int]]

    /// The most combinations of indexes that are walked: 2^30, seconds of work for a request of a few bytes.
    static let mostCombinations = 1 << 30

    func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel {
        guard let combinations = Shape.elementCount(of: extents), combinations <= Self.mostCombinations else {
            throw InferError(.resourceExhausted, "the equation has too many combinations of indexes: \(extents)")
        }
        // An empty result has no sums, whose number need then not fit either.
        guard combinations > 0 || !extents[..<outputRank].contains(0) else { return Kernel { _ in } }
        let sumCount = combinations == 0 ? 0 : extents[outputRank...].reduce(1, *)
        return Kernel { buffers in
            let output = buffers.output(0, as: type)
            let sources = steps.indices.map { buffers.input($0, as: type) }
            var place = Odometer(Array(extents[..<outputRank]))
            for element in output.indices {
                var sum: Element = 0
                var inner = Odometer(Array(extents[outputRank...]))
                for _ in 0..<sumCount {
                    var product: Element = 1
                    for (source, step) in zip(sources, steps) {
                        var offset = 0
                        for axis in 0..<outputRank { offset += place.index[axis] * step[axis] }
                        for axis in outputRank..<extents.count { offset += inner.index[axis - outputRank] * step[axis] }
                        product = .wrappingProduct(product, source[offset])
                    }
                    sum = .wrappingSum(sum, product)
                    inner.advance()
                }
                output[element] = sum
                place.advance()
            }
        }
    }
}

/// Two operands whose every label is a batch's, a row's, a column's or summed over: a batched matrix product.
private struct EinsumProduct: Sendable {
    private let batch: Int
    private let rows: Int
    private let columns: Int
    private let depth: Int
    private let copies: [StridedCopy]
    private let result: StridedCopy

    init?(extents: [Int: Int], output: [Int], summed: [Int], steps: [[Int: Int]]) throws(InferError) {
        let isIn = { (operand: Int, label: Int) in steps[operand][label] != nil }
        let shared = output.filter { isIn(0, $0) && isIn(1, $0) }
        let left = output.filter { !isIn(1, $0) }
        let right = output.filter { isIn(1, $0) && !isIn(0, $0) }
        guard summed.allSatisfy({ isIn(0, $0) && isIn(1, $0) || extents[$0] == 1 }) else { return nil }
        let count = { (labels: [Int]) in labels.reduce(1) { $0 * (extents[$1] ?? 1) } }
        (batch, rows, columns, depth) = (count(shared), count(left), count(right), count(summed))
        guard batch * rows * columns * depth > 0, rows * depth > 0 else { return nil }
        let orders = [shared + left + summed, shared + summed + right]
        for order in orders {
            guard let size = Shape.elementCount(of: order.map { extents[$0] ?? 1 }), size <= TensorFact.mostElements
            else { return nil }
        }
        copies = orders.enumerated().map { operand, order in
            StridedCopy(order.map { extents[$0] ?? 1 }, sourceStrides: order.map { steps[operand][$0] ?? 0 })
        }
        let order = shared + left + right
        let own = strides(of: output.map { extents[$0] ?? 1 })
        result = StridedCopy(
            order.map { extents[$0] ?? 1 }, sourceStrides: strides(of: order.map { extents[$0] ?? 1 }),
            targetStrides: order.map { label in own[output.firstIndex(of: label) ?? 0] })
    }

    func kernel(_ dataType: DataType) -> Kernel {
        if dataType == .fp64 {
            return kernel(Double.self) { gemm(m: rows, n: columns, k: depth, a: $0, b: $1, c: $2) }
        }
        return kernel(Float.self) { gemm(m: rows, n: columns, k: depth, a: $0, b: $1, c: $2) }
    }

    private func kernel<Element: TensorElement>(
        _ type: Element.Type,
        _ multiply:
            @escaping @Sendable (
                UnsafeBufferPointer<Element>, UnsafeBufferPointer<Element>, UnsafeMutableBufferPointer<Element>
            ) -> Void
    ) -> Kernel {
        let size = MemoryLayout<Element>.stride
        let counts = [batch * rows * depth, batch * depth * columns, batch * rows * columns]
        let starts = [0, counts[0], counts[0] + counts[1]]
        return Kernel(scratchByteCount: counts.reduce(0, +) * size) { buffers in
            let memory = buffers.scratch.bindMemory(to: Element.self)
            for operand in 0..<2 {
                copies[operand].run(
                    buffers.bytes(ofInput: operand),
                    into: UnsafeMutableRawBufferPointer(
                        rebasing: buffers.scratch[starts[operand] * size..<(starts[operand] + counts[operand]) * size]),
                    elementByteCount: size)
            }
            let part = { (operand: Int, index: Int) in
                let count = counts[operand] / batch
                let start = starts[operand] + index * count
                return UnsafeMutableBufferPointer(rebasing: memory[start..<start + count])
            }
            for index in 0..<batch {
                multiply(UnsafeBufferPointer(part(0, index)), UnsafeBufferPointer(part(1, index)), part(2, index))
            }
            result.run(
                UnsafeRawBufferPointer(rebasing: buffers.scratch[starts[2] * size..<(starts[2] + counts[2]) * size]),
                into: buffers.bytes(ofOutput: 0), elementByteCount: size)
        }
    }
}
