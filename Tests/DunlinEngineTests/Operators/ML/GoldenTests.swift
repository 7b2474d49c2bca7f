import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

/// Every case of `Tests/Fixtures/ml` on the native engine, compared with ONNX Runtime 1.31.1.
@Suite struct GoldenTests {
    /// How far floats may be off where more than the order of a few sums differs; 1e-5 elsewhere.
    static func tolerance(_ name: String) -> Double {
        // The approximation of the probit loses three digits near zero.
        if name.contains("probit") { return 2e-3 }
        // Sums of products in the hundreds that nearly cancel.
        if name.hasPrefix("svc_") || name.hasPrefix("svm_") { return 1e-4 }
        return 1e-5
    }

    @Test("answers as ONNX Runtime does", arguments: GoldenCase.names)
    func answersAsOnnxRuntimeDoes(name: String) throws {
        try expectSameAnswers(GoldenCase(named: name), tolerance: Self.tolerance(name))
    }

    @Test(
        "answers the shipped models' whole test split as ONNX Runtime does",
        arguments: ["iris", "breast_cancer", "digits_mlp", "digits_cnn", "language"])
    func answersTheTestSplits(name: String) throws {
        try expectSameAnswers(GoldenCase(shipped: name), tolerance: 1e-5)
    }

    @Test("one row's answer does not depend on its company", arguments: ["breast_cancer", "iris", "language"])
    func oneRowIsTheSame(name: String) throws {
        let golden = try GoldenCase(shipped: name)
        let model = try Model(data: golden.model)
        let input = golden.inputs[0]
        let all = try model.run([input.name: input.tensor])
        for row in 0..<20 {
            let alone = try model.run([input.name: Self.row(row, of: input.tensor)])
            for (output, tensor) in all {
                #expect(alone[output]?.bytes == Self.row(row, of: tensor).bytes, "row \(row) of \(output)")
            }
        }
    }

    @Test("names the classes of its scores") func namesTheClasses() throws {
        let model = try Model(data: GoldenCase(shipped: "iris").model)
        let scores = try #require(model.signature.outputs.first { $0.name == "output_probability" })
        #expect(scores.dataType == .fp32 && scores.shape == [-1, 3])
        #expect(scores.labels == ["setosa", "versicolor", "virginica"])
    }

    @Test("has its cases") func hasItsCases() { #expect(GoldenCase.names.count >= 300) }

    private func expectSameAnswers(_ golden: GoldenCase, tolerance: Double) throws {
        let model = try Model(data: golden.model)
        let outputs = try model.run(Dictionary(uniqueKeysWithValues: golden.inputs.map { ($0.name, $0.tensor) }))
        for expected in golden.outputs {
            let received = try #require(outputs[expected.name], "output \(expected.name) is missing")
            let found = difference(received, from: expected.tensor, tolerance: tolerance)
            #expect(found == nil, "\(golden.name), output \(expected.name)")
        }
    }

    private static func row(_ index: Int, of tensor: Tensor) -> Tensor {
        let shape = Shape([1] + tensor.shape.dimensions.dropFirst())
        guard let size = tensor.dataType.byteCount else {
            return Tensor(strings: [tensor.strings[index]], shape: shape)
        }
        let byteCount = shape.elementCount * size
        return Tensor(
            dataType: tensor.dataType, shape: shape,
            bytes: Bytes(Array(tensor.bytes[index * byteCount..<(index + 1) * byteCount].array)))
    }
}
