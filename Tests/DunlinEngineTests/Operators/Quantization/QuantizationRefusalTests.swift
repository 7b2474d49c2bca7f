import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct QuantizationRefusalTests {
    /// One node with constants beside its first input.
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var type: String
        var input: (DataType, Shape)
        var constants: [Tensor?]
        var attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:]
        var domain = ""
        /// A part of the message.
        var says: String
    }

    static let one = Tensor([Float(0.1)], shape: [])
    static let zero = Tensor([UInt8(3)], shape: [])
    static let signedZero = Tensor([Int8(0)], shape: [])
    static let matrix = Tensor((0..<12).map { Int8($0) }, shape: [4, 3])
    static let filter = Tensor((0..<24).map { Int8($0) }, shape: [2, 3, 2, 2])

    static func floats(_ count: Int) -> Tensor {
        Tensor([Float](repeating: 0.1, count: count), shape: [count])
    }

    static let cases: [Case] =
        [
            Case(
                testDescription: "two scales for three channels", type: "QuantizeLinear", input: (.fp32, [2, 3]),
                constants: [floats(2), nil], says: "scale"),
            Case(
                testDescription: "a block of less than one element", type: "QuantizeLinear", input: (.fp32, [2, 3]),
                constants: [floats(3), nil], attributes: ["block_size": .int(-1)], says: "block_size"),
            Case(
                testDescription: "a zero point of another type", type: "DequantizeLinear", input: (.int8, [2, 3]),
                constants: [one, zero], says: "differ in datatype"),
            Case(
                testDescription: "an axis beyond the rank", type: "DequantizeLinear", input: (.int8, [2, 3]),
                constants: [floats(3), nil], attributes: ["axis": .int(2)], says: "axis 2"),
            Case(
                testDescription: "sides that do not fit", type: "MatMulInteger", input: (.uint8, [2, 5]),
                constants: [matrix, nil, nil], says: "rows of 5"),
            Case(
                testDescription: "a zero point for each row", type: "MatMulInteger", input: (.uint8, [2, 4]),
                constants: [matrix, Tensor([UInt8(1), 2], shape: [2]), nil], says: "input 2"),
            Case(
                testDescription: "scales that are no columns", type: "QLinearMatMul", input: (.uint8, [2, 4]),
                constants: [one, zero, matrix, floats(2), signedZero, one, zero], says: "input 4"),
            Case(
                testDescription: "a result of 16 bits", type: "QLinearMatMul", input: (.uint8, [2, 4]),
                constants: [one, zero, matrix, one, signedZero, one, Tensor([Int16(0)], shape: [])], says: "input 7"),
            Case(
                testDescription: "channels that do not fit", type: "QLinearConv", input: (.uint8, [1, 4, 5, 5]),
                constants: [one, zero, filter, one, signedZero, one, zero, nil], says: "4 input channels"),
            Case(
                testDescription: "a bias of one number", type: "QLinearConv", input: (.uint8, [1, 3, 5, 5]),
                constants: [one, zero, filter, one, signedZero, one, zero, Tensor([Int32(1)], shape: [1])],
                says: "a bias of 2 elements"),
            Case(
                testDescription: "no spatial axes", type: "ConvInteger", input: (.uint8, [1, 3]),
                constants: [Tensor([Int8](repeating: 1, count: 3), shape: [1, 3]), nil, nil], says: "rank 2"),
            Case(
                testDescription: "no groups", type: "ConvInteger", input: (.uint8, [1, 3, 5, 5]),
                constants: [filter, nil, nil], attributes: ["group": .int(0)], says: "'group' is 0"),
            Case(
                testDescription: "a kernel beyond the image", type: "ConvInteger", input: (.uint8, [1, 3, 1, 5]),
                constants: [filter, nil, nil], says: "does not fit"),
            Case(
                testDescription: "a sum of different types", type: "QLinearAdd", input: (.uint8, [2]),
                constants: [one, zero, Tensor([Int8(1), 2], shape: [2]), one, signedZero, one, zero],
                domain: "com.microsoft", says: "differ in datatype"),
            Case(
                testDescription: "a scale for each element", type: "QLinearMul", input: (.uint8, [2]),
                constants: [floats(2), zero, Tensor([UInt8(1), 2], shape: [2]), one, zero, one, zero],
                domain: "com.microsoft", says: "input 1"),
            Case(
                testDescription: "no scale of the result", type: "QLinearSigmoid", input: (.uint8, [2]),
                constants: [one, zero, nil, zero], domain: "com.microsoft", says: "input 3 is left out"),
            Case(
                testDescription: "a tensor without its zero point", type: "QLinearConcat", input: (.fp32, []),
                constants: [zero, Tensor([UInt8(1)], shape: [1]), one, zero, matrix], attributes: ["axis": .int(0)],
                domain: "com.microsoft", says: "expected 2 and 3 for each tensor"),
            Case(
                testDescription: "a scale without its zero point", type: "QGemm", input: (.uint8, [2, 4]),
                constants: [one, zero, matrix, one, signedZero, nil, one], domain: "com.microsoft",
                says: "a scale or a zero point"),
            Case(
                testDescription: "an average with the channels last", type: "QLinearAveragePool",
                input: (.uint8, [1, 4, 4, 2]), constants: [one, zero, one, zero],
                attributes: ["kernel_shape": .ints([2, 2]), "channels_last": .int(1)], domain: "com.microsoft",
                says: "channels_last"),
            Case(
                testDescription: "a softmax of no opset", type: "QLinearSoftmax", input: (.uint8, [2, 3]),
                constants: [one, zero, one, zero], domain: "com.microsoft", says: "'opset' is missing"),
            Case(
                testDescription: "a choice of different types", type: "QLinearWhere", input: (.bool, [2]),
                constants: [
                    Tensor([UInt8(1), 2], shape: [2]), one, zero, Tensor([Int8(1), 2], shape: [2]), one, signedZero,
                    one, zero,
                ], domain: "com.microsoft", says: "differ in datatype"),
            Case(
                testDescription: "scales of half the gates", type: "DynamicQuantizeLSTM", input: (.fp32, [2, 1, 1]),
                constants: [
                    Tensor([Int8](repeating: 1, count: 4), shape: [1, 1, 4]),
                    Tensor([Int8](repeating: 1, count: 4), shape: [1, 1, 4]), nil, nil, nil, nil, nil,
                    Tensor([Float(1), 1], shape: [1, 2]), Tensor([Int8(0)], shape: [1]), Tensor([Float(1)], shape: [1]),
                    Tensor([Int8(0)], shape: [1]),
                ], attributes: ["hidden_size": .int(1)], domain: "com.microsoft", says: "expected [1] or [1,4]"),
        ] + blockCases

    /// A matrix of 2 columns of 16 numbers of 4 bits.
    static let blocks: [Tensor?] = [Tensor([UInt8](repeating: 7, count: 16), shape: [2, 1, 8]), floats(2)]

    static let blockCases: [Case] = [
        Case(
            testDescription: "numbers of 3 bits", type: "MatMulNBits", input: (.fp32, [1, 16]), constants: blocks,
            attributes: ["K": .int(16), "N": .int(2), "block_size": .int(16), "bits": .int(3)],
            domain: "com.microsoft", says: "supported: 2, 4, 8"),
        Case(
            testDescription: "blocks of 24", type: "MatMulNBits", input: (.fp32, [1, 16]), constants: blocks,
            attributes: ["K": .int(16), "N": .int(2), "block_size": .int(24)], domain: "com.microsoft",
            says: "a power of two in 16...1048576"),
        Case(
            testDescription: "blocks of 8", type: "MatMulNBits", input: (.fp32, [1, 16]), constants: blocks,
            attributes: ["K": .int(16), "N": .int(2), "block_size": .int(8)], domain: "com.microsoft",
            says: "a power of two"),
        Case(
            testDescription: "blocks larger than any", type: "MatMulNBits", input: (.fp32, [1, 16]), constants: blocks,
            attributes: ["K": .int(16), "N": .int(2), "block_size": .int(1 << 21)], domain: "com.microsoft",
            says: "a power of two"),
        Case(
            testDescription: "more columns than memory", type: "MatMulNBits", input: (.fp32, [1, 16]),
            constants: blocks, attributes: ["K": .int(1 << 40), "N": .int(1 << 40), "block_size": .int(16)],
            domain: "com.microsoft", says: "attributes 'K' and 'N'"),
        Case(
            testDescription: "scales of one column", type: "MatMulNBits", input: (.fp32, [1, 16]),
            constants: [blocks[0], floats(1)], attributes: ["K": .int(16), "N": .int(2), "block_size": .int(16)],
            domain: "com.microsoft", says: "input 'scales'"),
        Case(
            testDescription: "rows of another length", type: "MatMulNBits", input: (.fp32, [1, 15]), constants: blocks,
            attributes: ["K": .int(16), "N": .int(2), "block_size": .int(16)], domain: "com.microsoft",
            says: "rows of 16 elements"),
        Case(
            testDescription: "columns of a table", type: "GatherBlockQuantized", input: (.uint8, [2, 8]),
            constants: [Tensor([Int64(0)], shape: [1]), Tensor([Float(1), 1], shape: [2, 1])],
            attributes: ["block_size": .int(16), "gather_axis": .int(1)], domain: "com.microsoft",
            says: "'gather_axis' is 1"),
        Case(
            testDescription: "a table without enough scales", type: "GatherBlockQuantized", input: (.uint8, [2, 9]),
            constants: [Tensor([Int64(0)], shape: [1]), Tensor([Float(1), 1], shape: [2, 1])],
            attributes: ["block_size": .int(16)], domain: "com.microsoft", says: "input 'scales'"),
    ]

    private func load(_ item: Case) throws {
        var writer = ModelWriter(opset: 21)
        writer.opsets.append(("com.microsoft", 1))
        writer.input("x", item.input.0, item.input.1.dimensions)
        var names = ["x"]
        for (index, constant) in item.constants.enumerated() {
            guard let constant else {
                names.append("")
                continue
            }
            writer.initializer("c\(index)", constant)
            names.append("c\(index)")
        }
        writer.node(item.type, names, ["y"], item.attributes, name: "node", domain: item.domain)
        writer.output("y", .uint8, [])
        _ = try NativeModel.load(writer.bytes(), directory: nil, options: EngineOptions())
    }

    @Test("a malformed node is refused at load with its place and reason", arguments: cases)
    func refuses(item: Case) throws {
        let error = #expect(throws: InferError.self) { try load(item) }
        let message = error?.message ?? ""
        #expect(message.contains("node"), "\(message)")
        #expect(message.contains(item.says), "\(message)")
    }

    @Test("a scalar has no columns, whatever stands on the other side", arguments: ["MatMulInteger", "QLinearMatMul"])
    func scalars(type: String) throws {
        let isLinear = type == "QLinearMatMul"
        let node = Node(type: type, opset: 10, givenInputs: [Bool](repeating: true, count: isLinear ? 8 : 2))
        let entry = try #require(Operators.entry(domain: "", name: type, opset: 10))
        let made = try entry.make(node)
        let scalar = TensorFact(constant: Tensor([3] as [UInt8], shape: []))
        let scale = TensorFact(constant: Tensor([1] as [Float], shape: []))
        for other in [TensorFact(.uint8, nil), TensorFact(.uint8, [2, 3])] {
            for (a, b) in [(other, scalar), (scalar, other)] {
                let facts = isLinear ? [a, scale, scalar, b, scale, scalar, scale, scalar] : [a, b]
                let error = #expect(throws: InferError.self) { try made.infer(InputFacts(facts)) }
                #expect(error?.message.contains("has rank 0") ?? false, "\(error?.message ?? "")")
            }
        }
    }
}
