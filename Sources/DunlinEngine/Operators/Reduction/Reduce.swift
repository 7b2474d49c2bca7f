import DunlinInference
import DunlinKernels
import DunlinTensor

/// What a `Reduce…` operator computes over the reduced elements.
enum Reduction: Sendable {
    case sum, mean, maximum, minimum, product, l1, l2, sumOfSquares, logSum, logSumOfExponentials

    /// Whether one element alone reduces to itself.
    var keepsSingleElements: Bool {
        switch self {
        case .sum, .mean, .maximum, .minimum, .product, .logSumOfExponentials: true
        case .l1, .l2, .sumOfSquares, .logSum: false
        }
    }

    /// The kernels' reduction that does the work.
    var rows: RowReduction {
        switch self {
        case .sum, .logSum, .logSumOfExponentials: .sum
        case .mean: .mean
        case .maximum: .maximum
        case .minimum: .minimum
        case .product: .product
        case .l1: .sumOfMagnitudes
        case .l2, .sumOfSquares: .sumOfSquares
        }
    }
}

/// All `Reduce…` operators. Axes are an attribute up to opset 17 (`ReduceSum`: 12) and an input from then on.
struct Reduce: Operator {
    private let reduction: Reduction
    private let fixedAxes: [Int]?
    private let takesInput: Bool
    private let keepsAxes: Bool
    private let emptyMeansNone: Bool

    init(_ node: Node, _ reduction: Reduction) throws(InferError) {
        self.reduction = reduction
        takesInput = node.opset >= (node.type == "ReduceSum" ? 13 : 18)
        fixedAxes = takesInput ? nil : try node.ints("axes")
        keepsAxes = try node.bool("keepdims", default: true)
        emptyMeansNone = takesInput ? try node.bool("noop_with_empty_axes", default: false) : false
    }

    /// The axes to reduce, `nil` while an input that names them is not known.
    private func axes(_ inputs: InputFacts, rank: Int) throws(InferError) -> [Int]? {
        var given = fixedAxes
        if takesInput, let input = inputs.optional(1) {
            guard let known = input.integers else { return nil }
            given = known
        }
        guard let given, !given.isEmpty else { return emptyMeansNone ? [] : Array(0..<rank) }
        return try normalized(axes: given, rank: rank)
    }

    /// Whether this is the mean over the last axis alone, which is kept.
    func isMeanOfLastAxis(_ inputs: InputFacts) -> Bool {
        guard reduction == .mean, keepsAxes, let rank = inputs[0].rank, let axes = try? axes(inputs, rank: rank) else {
            return false
        }
        return axes == [rank - 1]
    }

    /// Whether this is the mean of each channel of images `[batch, channels, height, width]`, of the same rank.
    func isSpatialMean(_ inputs: InputFacts) -> Bool {
        guard reduction == .mean, keepsAxes, inputs[0].rank == 4, let axes = try? axes(inputs, rank: 4) else {
            return false
        }
        return axes.sorted() == [2, 3]
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        var accepted = DataType.floats
        switch reduction {
        case .maximum, .minimum: accepted = DataType.fixedSize
        // Integers have no logarithm of a sum of exponentials that two would agree on.
        case .logSumOfExponentials: break
        default: accepted += [.int32, .int64, .uint32, .uint64]
        }
        try inputs.require(0, isOneOf: accepted)
        if inputs.optional(1) != nil { try inputs.require(1, isOneOf: [.int64]) }
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        guard let axes = try axes(inputs, rank: extents.count) else {
            let rank = keepsAxes ? extents.count : nil
            return [TensorFact(inputs[0].dataType, rank.map { [Int](repeating: -1, count: $0) })]
        }
        var result: [Int] = []
        for (axis, extent) in extents.enumerated() {
            if !axes.contains(axis) {
                result.append(extent)
            } else if keepsAxes {
                result.append(1)
            }
        }
        return [TensorFact(inputs[0].dataType, result)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[0].dataType
        if dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents, let axes = try axes(inputs, rank: extents.count),
            let size = dataType.byteCount
        else { preconditionFailure("bound with open shapes") }
        if axes.isEmpty, reduction.keepsSingleElements {
            return Kernel { $0.bytes(ofOutput: 0).copyMemory(from: $0.bytes(ofInput: 0)) }
        }
        let kept = extents.indices.filter { !axes.contains($0) }
        let columns = axes.map { extents[$0] }.product
        if columns == 0, reduction == .maximum || reduction == .minimum {
            return try ExtremeOfNothing(isMaximum: reduction == .maximum).kernel(for: dataType)
        }
        // ONNX leaves open what the mean of nothing is; ONNX Runtime says zero.
        if columns == 0, reduction == .mean {
            return Kernel { $0.bytes(ofOutput: 0).initializeMemory(as: UInt8.self, repeating: 0) }
        }
        // Reduced axes are moved to the end where they are not there already.
        let order = kept + axes.sorted()
        var copy: StridedCopy?
        if order.filter({ extents[$0] != 1 }) != extents.indices.filter({ extents[$0] != 1 }) {
            let own = strides(of: extents)
            copy = StridedCopy(order.map { extents[$0] }, sourceStrides: order.map { own[$0] })
        }
        let rows = Rows(reduction: reduction, columns: columns, copy: copy, byteCount: extents.product * size)
        switch dataType {
        case .fp32: return rows.float
        case .fp64: return rows.double
        case .bool: return try rows.make(UInt8.self)
        default: return try rows.kernel(for: dataType)
        }
    }
}

/// `ReduceMax` and `ReduceMin` over no elements: the least and the greatest number there is.
private struct ExtremeOfNothing {
    let isMaximum: Bool

    func kernel(for dataType: DataType) throws(InferError) -> Kernel {
        switch dataType {
        case .fp32: fill(isMaximum ? -Float.infinity : .infinity)
        case .fp64: fill(isMaximum ? -Double.infinity : .infinity)
        case .bool: fill(!isMaximum)
        default: try Integers(isMaximum: isMaximum).kernel(for: dataType)
        }
    }

    private func fill<Element: BitwiseCopyable & Sendable>(_ value: Element) -> Kernel {
        Kernel { $0.output(0, as: Element.self).update(repeating: value) }
    }

    private struct Integers: IntegerKernels {
        let isMaximum: Bool

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            ExtremeOfNothing(isMaximum: isMaximum).fill(isMaximum ? type.min : type.max)
        }
    }
}

/// The reduction of a matrix's rows, after its elements were brought into row order.
private struct Rows: IntegerKernels {
    let reduction: Reduction
    let columns: Int
    let copy: StridedCopy?
    let byteCount: Int

    private var scratchByteCount: Int { copy == nil ? 0 : byteCount }

    private func source<Element: TensorElement>(_ buffers: Buffers, _ type: Element.Type) -> UnsafeBufferPointer<
        Element
    > {
        guard let copy else { return buffers.input(0) }
        copy.run(
            buffers.bytes(ofInput: 0), into: buffers.scratch, elementByteCount: MemoryLayout<Element>.size)
        return UnsafeBufferPointer(
            start: UnsafePointer(buffers.scratch.baseAddress?.assumingMemoryBound(to: Element.self)),
            count: byteCount / MemoryLayout<Element>.size)
    }

    var float: Kernel {
        Kernel(scratchByteCount: scratchByteCount) { buffers in
            let source = source(buffers, Float.self)
            let output = buffers.output(0, as: Float.self)
            if reduction == .logSumOfExponentials {
                logSumOfExponentials(source, output)
                return
            }
            reduceRows(reduction.rows, source, columns: columns, into: output)
            switch reduction {
            case .l2: apply(UnaryFunction(.squareRoot), to: UnsafeBufferPointer(output), into: output)
            case .logSum: apply(UnaryFunction(.logarithm), to: UnsafeBufferPointer(output), into: output)
            default: break
            }
        }
    }

    var double: Kernel {
        Kernel(scratchByteCount: scratchByteCount) { buffers in
            let source = source(buffers, Double.self)
            let output = buffers.output(0, as: Double.self)
            if reduction == .logSumOfExponentials {
                logSumOfExponentials(source, output)
                return
            }
            reduceRows(reduction.rows, source, columns: columns, into: output)
            switch reduction {
            case .l2: apply(UnaryFunction(.squareRoot), to: UnsafeBufferPointer(output), into: output)
            case .logSum: apply(UnaryFunction(.logarithm), to: UnsafeBufferPointer(output), into: output)
            default: break
            }
        }
    }

    /// The largest element is taken out of the exponentials, so that none overflows.
    private func logSumOfExponentials<Element: BinaryFloatingPoint>(
        _ source: UnsafeBufferPointer<Element>, _ output: UnsafeMutableBufferPointer<Element>
    ) {
        for row in output.indices {
            let elements = source[row * columns..<(row + 1) * columns]
            let largest = elements.reduce(-Element.infinity) { $1.isNaN ? $1 : max($0, $1) }
            guard largest.isFinite else {
                output[row] = largest
                continue
            }
            var sum = 0.0
            for element in elements { sum += UnaryFunction(.exponential)(Double(element - largest)) }
            output[row] = largest + Element(UnaryFunction(.logarithm)(sum))
        }
    }

    func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
        Kernel(scratchByteCount: scratchByteCount) { buffers in
            let source = source(buffers, type)
            let output = buffers.output(0, as: type)
            for row in output.indices {
                let elements = source[row * columns..<(row + 1) * columns]
                switch reduction {
                case .maximum: output[row] = elements.reduce(.min) { max($0, $1) }
                case .minimum: output[row] = elements.reduce(.max) { min($0, $1) }
                case .product: output[row] = elements.reduce(1) { $0 &* $1 }
                case .l1: output[row] = elements.reduce(0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) }
                case .sumOfSquares: output[row] = elements.reduce(0) { $0 &+ $1 &* $1 }
                case .mean:
                    let sum = elements.reduce(0 as Element) { $0 &+ $1 }
                    output[row] = columns == 0 ? 0 : sum / (Element(exactly: columns) ?? .max)
                case .l2:
                    let sum = elements.reduce(0.0) { $0 + Double($1) * Double($1) }
                    output[row] = Self.whole(sum.squareRoot())
                case .logSum:
                    let sum = elements.reduce(0 as Element) { $0 &+ $1 }
                    output[row] = Self.whole(UnaryFunction(.logarithm)(Double(sum)))
                default: output[row] = elements.reduce(0) { $0 &+ $1 }
                }
            }
        }
    }

    /// The whole part of a number; what no integer stands for (NaN too) becomes the least, as x86 converts it.
    private static func whole<Element: FixedWidthInteger>(_ number: Double) -> Element {
        Element(exactly: number.rounded(.towardZero)) ?? .min
    }
}
