import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct CDistTests {
    @Test(
        "is the distance of each row of A from each row of B", arguments: [1, 3, 8, 9, 20],
        ["euclidean", "sqeuclidean"])
    func distances(columns: Int, metric: String) throws {
        let a = (0..<3 * columns).map { Float($0 * 7 % 11) / 2 - 2 },
            b = (0..<4 * columns).map { Float($0 * 5 % 13) / 3 }
        let inputs = ["a": Tensor(a, shape: [3, columns]), "b": Tensor(b, shape: [4, columns])]
        let output = try #require(try model(metric).run(inputs)["distances"])
        #expect(output.shape == [3, 4])
        let doubles = try #require(
            try model(metric, .fp64).run([
                "a": Tensor(a.map(Double.init), shape: [3, columns]),
                "b": Tensor(b.map(Double.init), shape: [4, columns]),
            ])["distances"]
        ).elements(as: Double.self)
        for (index, received) in output.elements(as: Float.self).enumerated() {
            var sum = 0.0
            for column in 0..<columns {
                let difference = Double(a[index / 4 * columns + column]) - Double(b[index % 4 * columns + column])
                sum += difference * difference
            }
            let expected = metric == "euclidean" ? sum.squareRoot() : sum
            #expect(abs(Double(received) - expected) <= 1e-5 * max(1, expected))
            #expect(abs(doubles[index] - expected) <= 1e-12 * max(1, expected))
        }
    }

    @Test("no rows make no distances") func empty() throws {
        let inputs = ["a": Tensor([] as [Float], shape: [0, 2]), "b": Tensor([1, 2] as [Float], shape: [1, 2])]
        #expect(try model("euclidean").run(inputs)["distances"]?.shape == [0, 1])
    }

    @Test("rows of different lengths are refused") func lengths() throws {
        let inputs = ["a": Tensor([1, 2] as [Float], shape: [1, 2]), "b": Tensor([1] as [Float], shape: [1, 1])]
        #expect(throws: InferError.self) { try model("euclidean").run(inputs) }
    }

    @Test("another metric is refused by name") func metrics() {
        let error = #expect(throws: InferError.self) { try model("cosine") }
        #expect(error?.message.contains("'metric' is 'cosine'") ?? false)
    }

    private func model(_ metric: String, _ type: DataType = .fp32) throws -> Model {
        var writer = ModelWriter(opset: 17)
        writer.opsets.append(("com.microsoft", 1))
        writer.input("a", type, [-1, -1])
        writer.input("b", type, [-1, -1])
        writer.output("distances", type, [-1, -1])
        writer.node("CDist", ["a", "b"], ["distances"], ["metric": .text(metric)], domain: "com.microsoft")
        return try Model(data: writer.bytes())
    }
}
