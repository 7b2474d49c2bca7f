import DunlinInference
import DunlinKernels
import DunlinTensor

/// `com.microsoft` `GatherBlockQuantized` of UINT8: takes rows of a table of 2, 4 or 8 bits a number and widens them. An
/// index out of range gives zeros.
///
/// Inputs: data `[rows, …, bytes]`, indexes, scales `[rows, …, blocks]`, zero points packed like the data.
struct GatherBlockQuantized: Operator {
    private let layout: BlockBits
    private let gatherAxis: Int
    private let quantizeAxis: Int

    init(_ node: Node) throws(InferError) {
        layout = try BlockBits(node, blockSize: try node.int("block_size", default: 128))
        gatherAxis = try node.int("gather_axis", default: 0)
        quantizeAxis = try node.int("quantize_axis", default: 1)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.uint8])
        try inputs.require(1, isOneOf: [.int32, .int64])
        try inputs.require(2, isOneOf: [.fp32, .fp16, .bf16])
        if inputs.optional(3) != nil { try inputs.requireSameType(0, 3) }
        let dataType = inputs[2].dataType
        guard let data = inputs[0].extents else { return [TensorFact(dataType, nil)] }
        guard data.count >= 2, try normalized(axis: gatherAxis, rank: data.count) == 0,
            try normalized(axis: quantizeAxis, rank: data.count) == data.count - 1
        else {
            throw InferError(
                .unsupported,
                "'gather_axis' is \(gatherAxis) and 'quantize_axis' \(quantizeAxis) of rank \(data.count); "
                    + "supported: the first axis and another, the last")
        }
        if let last = data.last, last >= 0 {
            let blocks = layout.blocks(in: last * layout.perByte)
            try check(inputs, 2, "scales", data.dropLast() + [blocks])
            try check(inputs, 3, "zero_points", data.dropLast() + [layout.byteCount(of: blocks)])
        }
        guard let indexes = inputs[1].extents else { return [TensorFact(dataType, nil)] }
        let last = data[data.count - 1]
        return [
            TensorFact(dataType, indexes + data[1..<(data.count - 1)] + [last < 0 ? -1 : last * layout.perByte])
        ]
    }

    private func check(_ inputs: InputFacts, _ index: Int, _ name: String, _ expected: [Int]) throws(InferError) {
        guard let fact = inputs.optional(index), let extents = fact.extents else { return }
        guard extents.count == expected.count, zip(extents, expected).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 })
        else {
            throw InferError(
                .invalidArgument, "input '\(name)' is \(fact), expected \(TensorFact(fact.dataType, expected))")
        }
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let data = inputs[0].shape.dimensions
        let width = data[data.count - 1]
        let table = Table(
            layout: layout, extent: data[0], lines: data[1..<(data.count - 1)].reduce(1, *), width: width,
            count: width * layout.perByte, dataType: inputs[2].dataType)
        let indexCount = inputs[1].shape.elementCount
        let isWide = inputs[1].dataType == .int64
        return Kernel(scratchByteCount: table.count * 4) { buffers in
            let indexes = buffers.bytes(ofInput: 1)
            let zeros = buffers.input(3, orEmpty: UInt8.self).baseAddress
            let size = table.lines * table.count * (table.dataType == .fp32 ? 4 : 2)
            let output = buffers.bytes(ofOutput: 0)
            guard size > 0, !output.isEmpty else { return }
            for position in 0..<indexCount {
                let given =
                    isWide
                    ? Int(indexes.load(fromByteOffset: position * 8, as: Int64.self))
                    : Int(indexes.load(fromByteOffset: position * 4, as: Int32.self))
                let row = given < 0 ? given + table.extent : given
                let target = UnsafeMutableRawBufferPointer(rebasing: output[position * size..<(position + 1) * size])
                guard row >= 0, row < table.extent,
                    let scales = BlockNumbers(buffers.bytes(ofInput: 2), table.dataType),
                    let bytes = buffers.input(0, as: UInt8.self).baseAddress
                else {
                    target.initializeMemory(as: UInt8.self, repeating: 0)
                    continue
                }
                table.widen(row, bytes, scales, zeros, into: target, buffers.scratch)
            }
        }
    }

    /// The data's layout: rows of lines of packed numbers.
    private struct Table: Sendable {
        let layout: BlockBits
        let extent: Int
        /// Lines of a row.
        let lines: Int
        /// Bytes of a line.
        let width: Int
        /// Numbers of a line.
        let count: Int
        let dataType: DataType

        func widen(
            _ row: Int, _ bytes: UnsafePointer<UInt8>, _ scales: BlockNumbers, _ zeros: UnsafePointer<UInt8>?,
            into output: UnsafeMutableRawBufferPointer, _ scratch: UnsafeMutableRawBufferPointer
        ) {
            let blocks = layout.blocks(in: count)
            let numbers = scratch.bindMemory(to: Float.self)
            for part in 0..<lines {
                let line = row * lines + part
                let source = bytes + line * width
                for block in 0..<blocks {
                    let scale = scales[line * blocks + block]
                    let zero = zeros.map { layout.number($0 + line * layout.byteCount(of: blocks), block) }
                    for i in block * layout.blockSize..<min(count, (block + 1) * layout.blockSize) {
                        numbers[i] = Float(layout.number(source, i) - (zero ?? layout.middle)) * scale
                    }
                }
                let wide = UnsafeBufferPointer(rebasing: numbers[..<count])
                switch dataType {
                case .fp16, .bf16:
                    let bits = output.bindMemory(to: UInt16.self)
                    let target = UnsafeMutableBufferPointer(rebasing: bits[part * count..<(part + 1) * count])
                    if dataType == .fp16 { narrowToFP16(wide, into: target) } else { narrowToBF16(wide, into: target) }
                default:
                    let target = output.bindMemory(to: Float.self)
                    for i in 0..<count { target[part * count + i] = wide[i] }
                }
            }
        }
    }
}
