import DunlinInference
import DunlinKernels
import DunlinTensor

/// `MaxPool` and `AveragePool`, one to three spatial axes.
struct Pool: Operator {
    private enum Kind: Sendable { case maximum(wantsIndexes: Bool, columnMajor: Bool), average(includesPadding: Bool) }
    private var kind: Kind
    private var window: Window

    static func maximum(_ node: Node) throws(InferError) -> any Operator {
        let order = try node.int("storage_order", default: 0)
        return try Pool(node, .maximum(wantsIndexes: node.hasOutput(1), columnMajor: order == 1))
    }

    static func average(_ node: Node) throws(InferError) -> any Operator {
        try Pool(node, .average(includesPadding: try node.bool("count_include_pad", default: false)))
    }

    private init(_ node: Node, _ kind: Kind) throws(InferError) {
        self.kind = kind
        window = try Window(node, roundsUp: try node.bool("ceil_mode", default: false))
    }

    var isAverage: Bool { if case .average = kind { true } else { false } }

    /// The window, for a maximum whose places nobody asks for.
    var maximumWindow: Window? {
        if case .maximum(false, _) = kind { window } else { nil }
    }

    /// What the pool does to each window, and the window; `nil` for a maximum whose places somebody asks for.
    var planes: (pooling: Pooling, window: Window)? {
        switch kind {
        case .maximum(let wantsIndexes, _): wantsIndexes ? nil : (.maximum, window)
        case .average(let includesPadding): (.average(includesPadding: includesPadding), window)
        }
    }

    /// The average of an image to which a node before it added zeros: these then count.
    func padded(by added: [(before: Int, after: Int)]) -> Pool? {
        guard case .average(let includesPadding) = kind, includesPadding || window.isUnpadded,
            let window = window.padded(by: added)
        else { return nil }
        var pool = self
        pool.window = window
        pool.kind = .average(includesPadding: true)
        return pool
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        if case .maximum = kind {
            try inputs.require(0, isOneOf: DataType.floats + [.int8, .uint8])
        } else {
            try inputs.require(0, isOneOf: DataType.floats)
        }
        try inputs.require(0, rank: 3...5)
        let extents = inputs[0].extents ?? []
        guard !extents.isEmpty else { return [TensorFact(inputs[0].dataType, nil), TensorFact(.int64, nil)] }
        let result = Array(extents[..<2]) + (try window.axes(Array(extents[2...]))).map(\.output)
        if case .maximum(true, _) = kind {
            return [TensorFact(inputs[0].dataType, result), TensorFact(.int64, result)]
        }
        return [TensorFact(inputs[0].dataType, result)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[0].dataType
        if dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let input = inputs[0].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let axes = try window.axes(Array(input[2...]))
        let direct = DirectPooling(input: input, output: output, axes: axes)
        switch kind {
        case .maximum(true, let columnMajor):
            return try IndexedMaximum(pooling: direct, columnMajor: columnMajor).kernel(for: dataType)
        case .maximum where dataType != .fp32:
            return try IndexedMaximum(pooling: direct, columnMajor: false).kernel(for: dataType)
        case .average(let includesPadding) where dataType != .fp32:
            return direct.average(Double.self, includesPadding: includesPadding)
        default: break
        }
        let pooling: Pooling
        if case .average(let includesPadding) = kind {
            pooling = .average(includesPadding: includesPadding)
            if input.count == 5 { return direct.average(Float.self, includesPadding: includesPadding) }
        } else {
            pooling = .maximum
        }
        guard let window = Window.twoDimensional(axes) else {
            return try IndexedMaximum(pooling: direct, columnMajor: false).kernel(for: dataType)
        }
        let (height, width) = (input.count == 4 ? input[2] : 1, input[input.count - 1])
        let (outputHeight, outputWidth) = (output.count == 4 ? output[2] : 1, output[output.count - 1])
        let scratch = poolScratchByteCount(
            window: window, inputHeight: height, inputWidth: width, outputHeight: outputHeight,
            outputWidth: outputWidth)
        return Kernel(scratchByteCount: scratch) { buffers in
            guard !buffers.bytes(ofOutput: 0).isEmpty else { return }
            pool(
                pooling, window: window, planes: input[0] * input[1], inputHeight: height, inputWidth: width,
                input: buffers.input(0), outputHeight: outputHeight, outputWidth: outputWidth,
                scratch: buffers.scratch, into: buffers.output(0))
        }
    }

    private struct IndexedMaximum: NumberKernels {
        let pooling: DirectPooling
        let columnMajor: Bool

        func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel {
            pooling.maximum(type, columnMajor: columnMajor)
        }
    }
}

/// Pooling as its definition says, for what the two-dimensional kernel does not cover.
struct DirectPooling: Sendable {
    let input: [Int]
    let output: [Int]
    let axes: [Window.Axis]

    func maximum<Element: WrappingNumber>(
        _ type: Element.Type, columnMajor: Bool
    ) -> Kernel {
        let planeCount = input[2...].reduce(1, *)
        var columnStrides = [Int](repeating: 1, count: axes.count)
        for axis in 1..<max(axes.count, 1) { columnStrides[axis] = columnStrides[axis - 1] * input[axis + 1] }
        let numbering = columnMajor ? columnStrides : strides(of: Array(input[2...]))
        return Kernel { buffers in
            let source = buffers.input(0, as: type)
            let values = buffers.output(0, as: type)
            let hasIndexes = axes.count > 0 && buffers.outputCount > 1
            let indexes = hasIndexes ? buffers.output(1, as: Int64.self) : nil
            forEachWindow { plane, element, taps in
                var best: (value: Element, number: Int)?
                taps { offset, index in
                    let value = source[plane * planeCount + offset]
                    let isBetter = best.map { value > $0.value || (value != value && $0.value == $0.value) } ?? true
                    guard isBetter else { return }
                    best = (value, zip(index, numbering).reduce(0) { $0 + $1.0 * $1.1 })
                }
                if let best {
                    if !values.isEmpty { values[element] = best.value }
                    if let indexes, !indexes.isEmpty { indexes[element] = Int64(plane * planeCount + best.number) }
                } else {
                    if !values.isEmpty { values[element] = 0 }
                    if let indexes, !indexes.isEmpty { indexes[element] = -1 }
                }
            }
        }
    }

    func average<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, includesPadding: Bool
    ) -> Kernel {
        let planeCount = input[2...].reduce(1, *)
        return Kernel { buffers in
            let source = buffers.input(0, as: type)
            let values = buffers.output(0, as: type)
            forEachWindow { plane, element, taps in
                var sum: Element = 0
                var count = 0
                taps { offset, _ in
                    sum += source[plane * planeCount + offset]
                    count += 1
                }
                if includesPadding { count = paddedCount(element) }
                values[element] = count == 0 ? 0 : sum / Element(count)
            }
        }
    }

    /// Taps inside image and padding; ceil mode may push a window beyond both.
    private func paddedCount(_ element: Int) -> Int {
        var rest = element % output[2...].reduce(1, *)
        var count = 1
        for axis in axes.indices.reversed() {
            let position = rest % output[axis + 2]
            rest /= output[axis + 2]
            let window = axes[axis]
            let start = position * window.stride
            let limit = input[axis + 2] + window.padBefore + window.padAfter
            count *= (0..<window.kernel).filter { start + $0 * window.dilation < limit }.count
        }
        return count
    }

    func forEachWindow(
        _ body: (_ plane: Int, _ element: Int, _ taps: ((_ offset: Int, _ index: [Int]) -> Void) -> Void) -> Void
    ) {
        let spatial = strides(of: Array(input[2...]))
        let perPlane = output[2...].reduce(1, *)
        for plane in 0..<input[0] * input[1] {
            var place = Odometer(Array(output[2...]))
            for position in 0..<perPlane {
                let start = place.index
                body(plane, plane * perPlane + position) { visit in
                    var tap = Odometer(axes.map(\.kernel))
                    var index = start
                    for _ in 0..<axes.reduce(1, { $0 * $1.kernel }) {
                        var isInside = true
                        for (axis, window) in axes.enumerated() {
                            index[axis] =
                                start[axis] * window.stride + tap.index[axis] * window.dilation - window.padBefore
                            if index[axis] < 0 || index[axis] >= input[axis + 2] { isInside = false }
                        }
                        if isInside { visit(zip(index, spatial).reduce(0) { $0 + $1.0 * $1.1 }, index) }
                        tap.advance()
                    }
                }
                place.advance()
            }
        }
    }
}

/// `GlobalAveragePool` and `GlobalMaxPool`.
struct GlobalPool: Operator {
    let reduction: RowReduction

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 2...TensorFact.mostAxes)
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        return [
            TensorFact(inputs[0].dataType, extents[..<2] + [Int](repeating: 1, count: extents.count - 2))
        ]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let columns = inputs[0].shape.dimensions[2...].reduce(1, *)
        let reduction = reduction
        if inputs[0].dataType == .fp64 {
            return Kernel {
                reduceRows(reduction, $0.input(0, as: Double.self), columns: columns, into: $0.output(0))
            }
        }
        return Kernel { reduceRows(reduction, $0.input(0, as: Float.self), columns: columns, into: $0.output(0)) }
    }
}
