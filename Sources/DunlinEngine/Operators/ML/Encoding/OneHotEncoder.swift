import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX-ML `OneHotEncoder`: a new last axis with 1 at the element's category.
struct OneHotEncoder: Operator {
    private let numbers: [Int64: Int]
    private let text: ByteStringTable
    private let isText: Bool
    private let categoryCount: Int
    /// Whether an unknown category gives zeros; else it is an error.
    private let allowsUnknown: Bool

    init(_ node: Node) throws(InferError) {
        let integers = try node.ints("cats_int64s") ?? []
        let strings = try node.strings("cats_strings") ?? []
        allowsUnknown = try node.bool("zeros", default: true)
        guard integers.isEmpty != strings.isEmpty else {
            throw InferError(.invalidArgument, "one of 'cats_int64s' and 'cats_strings' must hold categories")
        }
        isText = integers.isEmpty
        categoryCount = integers.count + strings.count
        var text = ByteStringTable(capacity: strings.count)
        for string in strings where !text.insert(Bytes(string)).isNew {
            throw InferError(.invalidArgument, "the category '\(string)' is there twice")
        }
        self.text = text
        var numbers: [Int64: Int] = [:]
        for (index, integer) in integers.enumerated() {
            guard numbers.updateValue(index, forKey: Int64(integer)) == nil else {
                throw InferError(.invalidArgument, "the category \(integer) is there twice")
            }
        }
        self.numbers = numbers
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: isText ? [.bytes] : RowMatrix.dataTypes)
        return [TensorFact(.fp32, inputs[0].extents.map { $0 + [categoryCount] })]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[0].dataType
        return Kernel { buffers throws(InferError) in
            switch dataType {
            case .bytes:
                let output = buffers.output(0, as: Float.self)
                output.update(repeating: 0)
                var index = 0
                for string in ByteSlices(buffers.bytes(ofInput: 0)) where index < output.count / categoryCount {
                    try put(text.find(string), index, output) { String(decoding: string, as: UTF8.self) }
                    index += 1
                }
            case .fp64: try encode(buffers, Double.self) { Int64(exactly: $0.rounded(.towardZero)) }
            case .fp32: try encode(buffers, Float.self) { Int64(exactly: $0.rounded(.towardZero)) }
            case .int32: try encode(buffers, Int32.self) { Int64($0) }
            default: try encode(buffers, Int64.self) { $0 }
            }
        }
    }

    private func encode<Element: TensorElement>(
        _ buffers: Buffers, _ type: Element.Type, _ integer: (Element) -> Int64?
    ) throws(InferError) {
        let input = buffers.input(0, as: Element.self)
        let output = buffers.output(0, as: Float.self)
        output.update(repeating: 0)
        for index in input.indices {
            try put(integer(input[index]).flatMap { numbers[$0] }, index, output) { "\(input[index])" }
        }
    }

    private func put(
        _ category: Int?, _ index: Int, _ output: UnsafeMutableBufferPointer<Float>, _ name: () -> String
    ) throws(InferError) {
        if let category {
            output[index * categoryCount + category] = 1
        } else if !allowsUnknown {
            throw InferError(.invalidArgument, "element \(index) is '\(name())', which is no known category")
        }
    }
}
