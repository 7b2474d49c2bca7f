import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX-ML `LabelEncoder` and `CategoryMapper`: each element becomes what a table says.
enum LabelEncoder {
    /// Version 1: text to numbers or back, by position in one list.
    static func version1(_ node: Node) throws(InferError) -> any Operator {
        let classes = try node.strings("classes_strings") ?? []
        return try TwoWayEncoder(
            node, integers: Array(classes.indices), strings: classes)
    }

    /// Versions 2 and 4: keys and values of one type each.
    static func version2(_ node: Node) throws(InferError) -> any Operator {
        let keys = try elements(node, "keys")
        let values = try elements(node, "values")
        let fallback: LabelMap.Elements
        let defaults: (string: String, integer: Int, float: Float) = (
            try node.string("default_string", default: "_Unused"), try node.int("default_int64", default: -1),
            try node.float("default_float", default: -0.0)
        )
        if let tensor = try node.tensor("default_tensor") {
            fallback = .init(tensor)
        } else {
            switch values.dataType {
            case .bytes: fallback = .init([defaults.string])
            case .fp32: fallback = .init([defaults.float])
            case .fp64: fallback = .init(Tensor([Double(defaults.float)], shape: [1]))
            case .int32: fallback = .init(Tensor([Int32(clamping: defaults.integer)], shape: [1]))
            case .int16: fallback = .init(Tensor([Int16(clamping: defaults.integer)], shape: [1]))
            default: fallback = .init([defaults.integer])
            }
        }
        return asOperator(try LabelMap(keys: keys, values: values, fallback: fallback))
    }

    static func categoryMapper(_ node: Node) throws(InferError) -> any Operator {
        try TwoWayEncoder(
            node, integers: try node.ints("cats_int64s") ?? [], strings: try node.strings("cats_strings") ?? [])
    }

    static func asOperator(_ map: LabelMap) -> any Operator {
        switch map.values {
        case .numbers(let values): NumberEncoder(map: map, values: values)
        case .text(let values): TextEncoder(map: map, values: TextLabels(values))
        }
    }

    private static func elements(_ node: Node, _ prefix: String) throws(InferError) -> LabelMap.Elements {
        var found: [LabelMap.Elements] = []
        if let tensor = try node.tensor("\(prefix)_tensor") { found.append(.init(tensor)) }
        if let strings = try node.strings("\(prefix)_strings"), !strings.isEmpty { found.append(.init(strings)) }
        if let integers = try node.ints("\(prefix)_int64s"), !integers.isEmpty { found.append(.init(integers)) }
        if let floats = try node.floats("\(prefix)_floats"), !floats.isEmpty { found.append(.init(floats)) }
        guard found.count == 1 else {
            throw InferError(.invalidArgument, "\(found.count) of the '\(prefix)_*' attributes are set, expected 1")
        }
        return found[0]
    }
}

/// Text to integers, or integers to text: the input's type decides.
struct TwoWayEncoder: Operator {
    private let toIntegers: LabelMap
    private let toText: LabelMap

    init(_ node: Node, integers: [Int], strings: [String]) throws(InferError) {
        toIntegers = try LabelMap(
            keys: .init(strings), values: .init(integers), fallback: .init([try node.int("default_int64", default: -1)])
        )
        toText = try LabelMap(
            keys: .init(integers), values: .init(strings),
            fallback: .init([try node.string("default_string", default: "_Unused")]))
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bytes, .int64])
        return [TensorFact(inputs[0].dataType == .bytes ? .int64 : .bytes, inputs[0].extents)]
    }

    /// The table for the input's type, as the operator that it is.
    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        LabelEncoder.asOperator(inputs[0].dataType == .bytes ? toIntegers : toText)
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard inputs[0].dataType == .bytes else {
            throw InferError(.internal, "an encoder to text was not prepared")
        }
        return try prepare(inputs).bind(inputs, outputs)
    }
}

/// A table whose values are numbers.
struct NumberEncoder: Operator {
    let map: LabelMap
    let values: Tensor

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [map.keyType])
        return [TensorFact(values.dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        switch values.dataType {
        case .fp64: kernel(Double.self)
        case .int64: kernel(Int64.self)
        case .int32: kernel(Int32.self)
        case .int16: kernel(Int16.self)
        default: kernel(Float.self)
        }
    }

    private func kernel<Element: TensorElement>(_ type: Element.Type) -> Kernel {
        let values: [Element] = values.elements()
        return Kernel { buffers in
            let output = buffers.output(0, as: Element.self)
            map.indices(map.keyType, buffers.bytes(ofInput: 0)) { index, value in
                if index < output.count { output[index] = values[value] }
            }
        }
    }
}

/// A table whose values are text.
struct TextEncoder: EagerOperator {
    let map: LabelMap
    let values: TextLabels

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [map.keyType])
        return [TensorFact(.bytes, inputs[0].extents)]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { throw InferError(.internal, "input 0 is absent") }
        var numbers = [Int32](repeating: 0, count: input.elementCount)
        input.bytes.withUnsafeBytes { bytes in
            map.indices(map.keyType, bytes) { index, value in numbers[index] = Int32(value) }
        }
        var output: Tensor?
        try numbers.withUnsafeBufferPointer { (numbers) throws(InferError) in
            output = try values.tensor(numbers, shape: input.shape)
        }
        return [output!]
    }
}
