import DunlinInference
import DunlinKernels
import DunlinTensor

/// `Add`, `Sub`, `Mul`, `Div`, `PRelu`, `Mod`, and `Pow` of equal types: two tensors of one datatype, broadcast.
struct Arithmetic: Operator {
    let function: BinaryFunction

    init(_ function: BinaryFunction) { self.function = function }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.numbers)
        try inputs.requireSameType(0, 1)
        let extents = try broadcast(inputs[0].extents, inputs[1].extents)
        if function == .prelu, let extents, let input = inputs[0].extents, extents.count != input.count {
            throw InferError(.invalidArgument, "the slope has more axes than the input")
        }
        return [TensorFact(inputs[0].dataType, extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[0].dataType
        if dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let left = inputs[0].extents, let right = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let loop = BroadcastLoop(left, right, output: output)
        switch dataType {
        case .fp32: return Self.float(function, loop)
        case .fp64: return Self.double(function, loop)
        default: return try Integers(function: function, loop: loop).kernel(for: dataType)
        }
    }

    static func float(_ function: BinaryFunction, _ loop: BroadcastLoop) -> Kernel {
        Kernel { (buffers) throws(InferError) in
            let left = buffers.input(0, as: Float.self)
            let right = buffers.input(1, as: Float.self)
            let output = buffers.output(0, as: Float.self)
            let count = loop.rowCount
            let leftCount = loop.leftStep == 0 ? 1 : count
            let rightCount = loop.rightStep == 0 ? 1 : count
            try loop.forEachRow { (l, r, o) throws(InferError) in
                apply(
                    function, UnsafeBufferPointer(rebasing: left[l..<l + leftCount]),
                    UnsafeBufferPointer(rebasing: right[r..<r + rightCount]),
                    into: UnsafeMutableBufferPointer(rebasing: output[o..<o + count]))
            }
        }
    }

    static func double(_ function: BinaryFunction, _ loop: BroadcastLoop) -> Kernel {
        loop.kernel(Double.self, Double.self) { (x, y) throws(InferError) in function(x, y) }
    }

    private struct Integers: IntegerKernels {
        let function: BinaryFunction
        let loop: BroadcastLoop

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            switch function {
            case .add: return loop.kernel(type, type) { (x, y) throws(InferError) in x &+ y }
            case .subtract: return loop.kernel(type, type) { (x, y) throws(InferError) in x &- y }
            case .multiply: return loop.kernel(type, type) { (x, y) throws(InferError) in x &* y }
            case .minimum: return loop.kernel(type, type) { (x, y) throws(InferError) in min(x, y) }
            case .maximum: return loop.kernel(type, type) { (x, y) throws(InferError) in max(x, y) }
            case .prelu: return loop.kernel(type, type) { (x, y) throws(InferError) in x < 0 ? x &* y : x }
            case .squaredDifference:
                return loop.kernel(type, type) { (x, y) throws(InferError) in (x &- y) &* (x &- y) }
            case .power: return loop.kernel(type, type) { (x, y) throws(InferError) in Self.power(x, y) }
            case .divide:
                return loop.kernel(type, type) { (x, y) throws(InferError) in
                    guard y != 0 else { throw InferError(.invalidArgument, "division by zero") }
                    return x.dividedReportingOverflow(by: y).partialValue
                }
            case .truncatedRemainder:
                return loop.kernel(type, type) { (x, y) throws(InferError) in try Self.remainder(x, y) }
            case .flooredRemainder:
                return loop.kernel(type, type) { (x, y) throws(InferError) in
                    let remainder = try Self.remainder(x, y)
                    return remainder != 0 && (remainder < 0) != (y < 0) ? remainder &+ y : remainder
                }
            }
        }

        private static func remainder<Element: FixedWidthInteger>(
            _ x: Element, _ y: Element
        ) throws(InferError) -> Element {
            guard y != 0 else { throw InferError(.invalidArgument, "division by zero") }
            return x.remainderReportingOverflow(dividingBy: y).partialValue
        }

        /// Repeated squaring, wrapping around as C does; a negative exponent gives what truncation leaves.
        private static func power<Element: FixedWidthInteger>(_ base: Element, _ exponent: Element) -> Element {
            if exponent < 0 { return base == 1 ? 1 : base &+ 1 == 0 ? (exponent & 1 == 0 ? 1 : base) : 0 }
            var result: Element = 1
            var factor = base
            var left = exponent
            while left > 0 {
                if left & 1 == 1 { result = result &* factor }
                factor = factor &* factor
                left >>= 1
            }
            return result
        }
    }
}

/// ONNX `Pow`: the base's datatype is the result's; the exponent may have another.
struct Pow: Operator {
    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.numbers)
        try inputs.require(1, isOneOf: DataType.numbers)
        return [TensorFact(inputs[0].dataType, try broadcast(inputs[0].extents, inputs[1].extents))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let left = inputs[0].extents, let right = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        if inputs[0].dataType == inputs[1].dataType {
            // A square is a product: many times cheaper, and exact.
            if inputs[0].dataType == .fp32, inputs[1].number == 2 {
                return Kernel { buffers in
                    let input = buffers.input(0, as: Float.self)
                    apply(.multiply, input, input, into: buffers.output(0))
                }
            }
            return try Arithmetic(.power).bind(inputs, outputs)
        }
        let loop = BroadcastLoop(left, right, output: output)
        let base = inputs[0].dataType
        let exponent = inputs[1].dataType
        let load = try NumberAccess(base), loadExponent = try NumberAccess(exponent)
        return Kernel { (buffers) throws(InferError) in
            let bases = buffers.bytes(ofInput: 0)
            let exponents = buffers.bytes(ofInput: 1)
            let results = buffers.bytes(ofOutput: 0)
            try loop.forEachRow { (l, r, o) throws(InferError) in
                for i in 0..<loop.rowCount {
                    let x = load.number(bases, l + i * loop.leftStep)
                    let y = loadExponent.number(exponents, r + i * loop.rightStep)
                    load.store(BinaryFunction.power(x, y), results, o + i)
                }
            }
        }
    }
}

/// Reads and writes single numbers of a datatype as FP64, for combinations too rare for loops of their own.
struct NumberAccess: Sendable {
    let dataType: DataType

    init(_ dataType: DataType) throws(InferError) {
        guard DataType.numbers.contains(dataType) else {
            throw InferError(.unsupported, "datatype \(dataType) is not supported")
        }
        self.dataType = dataType
    }

    func number(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Double {
        switch dataType {
        case .int8: Double(bytes.load(fromByteOffset: index, as: Int8.self))
        case .int16: Double(bytes.load(fromByteOffset: index * 2, as: Int16.self))
        case .int32: Double(bytes.load(fromByteOffset: index * 4, as: Int32.self))
        case .int64: Double(bytes.load(fromByteOffset: index * 8, as: Int64.self))
        case .uint8: Double(bytes.load(fromByteOffset: index, as: UInt8.self))
        case .uint16: Double(bytes.load(fromByteOffset: index * 2, as: UInt16.self))
        case .uint32: Double(bytes.load(fromByteOffset: index * 4, as: UInt32.self))
        case .uint64: Double(bytes.load(fromByteOffset: index * 8, as: UInt64.self))
        case .fp16: Double(bytes.load(fromByteOffset: index * 2, as: Float16.self))
        case .bf16: Double(bytes.load(fromByteOffset: index * 2, as: BFloat16.self).float)
        case .fp32: Double(bytes.load(fromByteOffset: index * 4, as: Float.self))
        case .fp64: bytes.load(fromByteOffset: index * 8, as: Double.self)
        case .bool, .bytes: preconditionFailure("\(dataType) is no number")
        }
    }

    func store(_ value: Double, _ bytes: UnsafeMutableRawBufferPointer, _ index: Int) {
        switch dataType {
        case .int8: bytes.storeBytes(of: Int8(saturating: value), toByteOffset: index, as: Int8.self)
        case .int16: bytes.storeBytes(of: Int16(saturating: value), toByteOffset: index * 2, as: Int16.self)
        case .int32: bytes.storeBytes(of: Int32(saturating: value), toByteOffset: index * 4, as: Int32.self)
        case .int64: bytes.storeBytes(of: Int64(saturating: value), toByteOffset: index * 8, as: Int64.self)
        case .uint8: bytes.storeBytes(of: UInt8(saturating: value), toByteOffset: index, as: UInt8.self)
        case .uint16: bytes.storeBytes(of: UInt16(saturating: value), toByteOffset: index * 2, as: UInt16.self)
        case .uint32: bytes.storeBytes(of: UInt32(saturating: value), toByteOffset: index * 4, as: UInt32.self)
        case .uint64: bytes.storeBytes(of: UInt64(saturating: value), toByteOffset: index * 8, as: UInt64.self)
        case .fp16: bytes.storeBytes(of: Float16(value), toByteOffset: index * 2, as: Float16.self)
        case .bf16: bytes.storeBytes(of: BFloat16(Float(value)), toByteOffset: index * 2, as: BFloat16.self)
        case .fp32: bytes.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
        case .fp64: bytes.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
        case .bool, .bytes: preconditionFailure("\(dataType) is no number")
        }
    }
}

extension FixedWidthInteger {
    /// Towards zero; what does not fit becomes the nearest bound, NaN becomes 0.
    init(saturating value: Double) {
        if value.isNaN {
            self = 0
        } else if let exact = Self(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value < 0 ? .min : .max
        }
    }
}
