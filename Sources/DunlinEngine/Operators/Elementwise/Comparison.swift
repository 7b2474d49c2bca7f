import DunlinInference
import DunlinTensor

/// `Equal`, `Greater`, `GreaterOrEqual`, `Less`, `LessOrEqual`.
struct Comparison: Operator {
    enum Relation: Sendable { case equal, greater, greaterOrEqual, less, lessOrEqual }
    let relation: Relation

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: relation == .equal ? DataType.fixedSize + [.bytes] : DataType.numbers)
        try inputs.requireSameType(0, 1)
        return [TensorFact(.bool, try broadcast(inputs[0].extents, inputs[1].extents))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let left = inputs[0].extents, let right = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let loop = BroadcastLoop(left, right, output: output)
        switch inputs[0].dataType {
        case .bf16: return try bindThroughFloat(inputs, outputs)
        case .bool: return loop.kernel(Bool.self, Bool.self) { (x, y) throws(InferError) in x == y }
        case .bytes: return Self.strings(loop)
        default: return try Numbers(relation: relation, loop: loop).kernel(for: inputs[0].dataType)
        }
    }

    private static func strings(_ loop: BroadcastLoop) -> Kernel {
        Kernel { (buffers) throws(InferError) in
            let left = StringTable(buffers.bytes(ofInput: 0))
            let right = StringTable(buffers.bytes(ofInput: 1))
            let output = buffers.output(0, as: Bool.self)
            try loop.forEachRow { (l, r, o) throws(InferError) in
                for i in 0..<loop.rowCount {
                    output[o + i] = left.equal(l + i * loop.leftStep, right, r + i * loop.rightStep)
                }
            }
        }
    }

    private struct Numbers: NumberKernels {
        let relation: Relation
        let loop: BroadcastLoop

        func make<Element: WrappingNumber>(
            _ type: Element.Type
        ) throws(InferError) -> Kernel {
            switch relation {
            case .equal: loop.kernel(type, Bool.self) { (x, y) throws(InferError) in x == y }
            case .greater: loop.kernel(type, Bool.self) { (x, y) throws(InferError) in x > y }
            case .greaterOrEqual: loop.kernel(type, Bool.self) { (x, y) throws(InferError) in x >= y }
            case .less: loop.kernel(type, Bool.self) { (x, y) throws(InferError) in x < y }
            case .lessOrEqual: loop.kernel(type, Bool.self) { (x, y) throws(InferError) in x <= y }
            }
        }
    }
}

/// The elements of a `BYTES` tensor by number, during a kernel.
struct StringTable {
    private var elements: [UnsafeRawBufferPointer] = []

    init(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 4 <= bytes.count {
            let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            guard length <= bytes.count - offset - 4 else { break }
            elements.append(UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + length]))
            offset += 4 + length
        }
    }

    var count: Int { elements.count }

    subscript(index: Int) -> UnsafeRawBufferPointer { elements[index] }

    func equal(_ index: Int, _ other: StringTable, _ otherIndex: Int) -> Bool {
        elements[index].elementsEqual(other.elements[otherIndex])
    }
}

/// `And`, `Or`, `Xor`.
struct Logic: Operator {
    enum Connective: Sendable { case and, or, xor }
    let connective: Connective

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bool])
        try inputs.requireSameType(0, 1)
        return [TensorFact(.bool, try broadcast(inputs[0].extents, inputs[1].extents))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let left = inputs[0].extents, let right = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let loop = BroadcastLoop(left, right, output: output)
        switch connective {
        case .and: return loop.kernel(Bool.self, Bool.self) { (x, y) throws(InferError) in x && y }
        case .or: return loop.kernel(Bool.self, Bool.self) { (x, y) throws(InferError) in x || y }
        case .xor: return loop.kernel(Bool.self, Bool.self) { (x, y) throws(InferError) in x != y }
        }
    }
}

/// ONNX `BitShift`: shifts by the element's width or more give 0.
struct BitShift: Operator {
    private let isLeft: Bool

    init(_ node: Node) throws(InferError) {
        guard let direction = try node.string("direction") else { throw node.missing("direction") }
        guard direction == "LEFT" || direction == "RIGHT" else {
            throw InferError(.invalidArgument, "attribute 'direction' must be LEFT or RIGHT, it is '\(direction)'")
        }
        isLeft = direction == "LEFT"
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.uint8, .uint16, .uint32, .uint64])
        try inputs.requireSameType(0, 1)
        return [TensorFact(inputs[0].dataType, try broadcast(inputs[0].extents, inputs[1].extents))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let left = inputs[0].extents, let right = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        return try Integers(isLeft: isLeft, loop: BroadcastLoop(left, right, output: output))
            .kernel(for: inputs[0].dataType)
    }

    private struct Integers: IntegerKernels {
        let isLeft: Bool
        let loop: BroadcastLoop

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            isLeft
                ? loop.kernel(type, type) { (x, y) throws(InferError) in x << y }
                : loop.kernel(type, type) { (x, y) throws(InferError) in x >> y }
        }
    }
}
