import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinONNX
import DunlinTensor
import Testing

@Suite struct ResizingRefusalTests {
    private func run(
        _ type: String, _ attributes: [String: ONNXAttribute.Value], _ inputs: [Tensor?]
    ) throws -> [Tensor] {
        let node = Node(type: type, opset: 19, givenInputs: inputs.map { $0 != nil }, attributes: attributes)
        let entry = try #require(Operators.entry(domain: "", name: type, opset: 19))
        return try evaluate(try entry.make(node), inputs)
    }

    private let image = Tensor((0..<16).map(Float.init), shape: [1, 1, 4, 4])

    @Test(
        "Scales that make no sense or no tensor are refused",
        arguments: [
            [1, 1, 1e30, 1e30], [1, 1, .nan, 1], [1, 1, 0, 1], [1, 1, -2, 1], [1, 1, .infinity, 1], [1, 1],
        ])
    func scales(_ scales: [Float]) {
        #expect(throws: InferError.self) {
            try run("Resize", [:], [image, nil, Tensor(scales, shape: [scales.count])])
        }
    }

    @Test("Sizes that make no sense or no tensor are refused", arguments: [[1, 1, -1, 4], [1, 1, 1 << 40, 4], [4]])
    func sizes(_ sizes: [Int64]) {
        #expect(throws: InferError.self) {
            try run("Resize", [:], [image, nil, nil, Tensor(sizes, shape: [sizes.count])])
        }
    }

    @Test("A size of zero makes an empty tensor")
    func emptyResult() throws {
        let sizes = Tensor([1, 1, 0, 4] as [Int64], shape: [4])
        #expect(try run("Resize", [:], [image, nil, nil, sizes])[0].shape == [1, 1, 0, 4])
    }

    @Test("Shrinking with a filter takes the neighbours in")
    func antialias() throws {
        let scales = Tensor([1, 1, 0.6, 0.6] as [Float], shape: [4])
        let values = (1...16).map(Float.init)
        let attributes: [String: ONNXAttribute.Value] = ["mode": .string(Bytes("linear")), "antialias": .int(1)]
        let result = try run("Resize", attributes, [Tensor(values, shape: [1, 1, 4, 4]), nil, scales])[0]
        // From the ONNX specification's example of the same name.
        let expected: [Float] = [2.875, 4.5, 9.375, 11]
        for (received, wanted) in zip(result.elements(as: Float.self), expected) {
            #expect(abs(received - wanted) < 1e-4)
        }
    }

    @Test("The smaller ratio keeps the aspect ratio")
    func aspectRatio() throws {
        let attributes: [String: ONNXAttribute.Value] = [
            "keep_aspect_ratio_policy": .string(Bytes("not_larger")), "axes": .ints([2, 3]),
        ]
        let sizes = Tensor([7, 8] as [Int64], shape: [2])
        let input = Tensor([1, 2, 3, 4, 5, 6, 7, 8] as [Float], shape: [1, 1, 2, 4])
        #expect(try run("Resize", attributes, [input, nil, nil, sizes])[0].shape == [1, 1, 4, 8])
    }

    @Test(
        "Equations that are none are refused",
        arguments: ["", "->", "i->j", "ij,jk", "i.j->i", "i->ii", "i-", "ij->i->j", "....->", "é", "i,->", "i"])
    func equations(_ equation: String) {
        #expect(throws: InferError.self) {
            try run("Einsum", ["equation": .string(Bytes(equation))], [image])
        }
    }

    @Test("An equation whose sums never end is refused")
    func endlessSums() throws {
        let long = Tensor([Float](repeating: 1, count: 1 << 16), shape: [1 << 16])
        let attributes: [String: ONNXAttribute.Value] = ["equation": .string(Bytes("a,b,c,d->"))]
        #expect(throws: InferError.self) { try run("Einsum", attributes, [long, long, long, long]) }
        let short = Tensor([1, 2] as [Float], shape: [2])
        #expect(try run("Einsum", attributes, [short, short, short, short])[0].elements(as: Float.self)[0] == 81)
    }

    @Test(
        "Windows of a transposed convolution that make no sense are refused",
        arguments: [
            ("pads", [-1, 0, 0, 0]), ("pads", [9, 9, 9, 9]), ("strides", [0, 1]), ("dilations", [1 << 40, 1]),
            ("output_shape", [4]), ("kernel_shape", [3, 3]), ("output_padding", [-1, 0]),
        ] as [(String, [Int64])])
    func windows(_ key: String, _ values: [Int64]) {
        let weights = Tensor([1, 1, 1, 1] as [Float], shape: [1, 1, 2, 2])
        #expect(throws: InferError.self) { try run("ConvTranspose", [key: .ints(values)], [image, weights]) }
    }
}
