import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinServing
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import Dunlin

/// Rows of the shipped models, computed together and apart: what a request is batched with must not show.
@Suite struct BatchedRowsTests {
    /// Whether rows must agree to the last bit, or up to rounding: products of different heights may add up their
    /// elements in another order.
    private static let models: [(name: String, isExact: Bool)] = [
        ("iris", true), ("breast_cancer", true), ("digits_mlp", false), ("digits_cnn", false),
    ]

    private static let tolerance = 1e-5
    private static let mostRows = 40

    @Test("rows do not depend on each other", arguments: models.map(\.name))
    func rowsDoNotDependOnEachOther(name: String) throws {
        let golden = try GoldenCase(shipped: name)
        let isExact = try #require(Self.models.first { $0.name == name }).isExact
        let model = try NativeBackend().load(
            ModelSource(model: name, version: "1", directory: golden.folder, path: golden.folder + "/model.onnx"))
        let instance = try model.makeInstance()
        let count = min(Self.mostRows, golden.inputs[0].tensor.shape[0])
        for height in [2, 3, 8, count] {
            let together = try instance.execute(golden.inputs.map { Self.rows($0, 0..<height) })
            for row in 0..<height {
                let apart = try instance.execute(golden.inputs.map { Self.rows($0, row..<(row + 1)) })
                for (one, all) in zip(apart, together) {
                    let part = Self.rows(all, row..<(row + 1)).tensor
                    if isExact {
                        #expect(part.bytes == one.tensor.bytes, "\(one.name), row \(row) of \(height)")
                    } else {
                        let difference = difference(part, from: one.tensor, tolerance: Self.tolerance)
                        #expect(difference == nil, "\(one.name), row \(row) of \(height)")
                    }
                }
            }
        }
    }

    @Test("shipped models are batched without configuration", arguments: models.map(\.name))
    func shippedModelsAreBatched(name: String) throws {
        var configuration = ServerConfiguration()
        configuration.modelRepository = GoldenCase.directory + "/../../../model-repository"
        configuration.modelControlMode = .explicit
        configuration.loadModels = [name]
        configuration.httpAddress = nil
        configuration.backends = [NativeBackend()]
        let server = try Server(configuration)
        try server.start()
        let batching = try server.registry.metadata(model: name).properties["batching"]
        #expect(batching?.hasPrefix("up to ") == true, "\(batching ?? "")")
        server.stopAndWait(grace: .zero)
    }

    private static func rows(_ tensor: NamedTensor, _ range: Range<Int>) -> NamedTensor {
        let shape = tensor.tensor.shape.dimensions
        if tensor.tensor.dataType == .bytes {
            let width = shape.dropFirst().reduce(1, *)
            let strings = Array(tensor.tensor.strings[(range.lowerBound * width)..<(range.upperBound * width)])
            return NamedTensor(tensor.name, Tensor(strings: strings, shape: Shape([range.count] + shape.dropFirst())))
        }
        let width = tensor.tensor.bytes.count / max(shape[0], 1)
        return NamedTensor(
            tensor.name,
            Tensor(
                dataType: tensor.tensor.dataType, shape: Shape([range.count] + shape.dropFirst()),
                bytes: tensor.tensor.bytes[(range.lowerBound * width)..<(range.upperBound * width)]))
    }
}
