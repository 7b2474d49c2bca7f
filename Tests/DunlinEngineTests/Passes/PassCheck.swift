import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// Holds a graph that some passes rewrote against the same graph without any.
struct PassCheck {
    let passes: Set<String>
    let model: Bytes
    /// Tolerance: absolute, and relative to the expected element.
    var tolerance = 2e-6

    init(_ passes: Set<String>, _ writer: ModelWriter) {
        self.passes = passes
        model = writer.bytes()
    }

    /// The node types after the passes, sorted; constants are folded before.
    func types() throws -> [String] {
        var options = EngineOptions()
        options.passes = passes.union(["constant-folding"])
        return try NativeModel.load(model, directory: nil, options: options).graph.nodes.map(\.type).sorted()
    }

    /// Runs both and compares all outputs.
    func expectSame(_ inputs: [String: Tensor], sourceLocation: SourceLocation = #_sourceLocation) throws {
        var options = EngineOptions()
        options.passes = []
        let expected = try Model(data: model, options: options).run(inputs)
        for choice in [passes, passes.union(["constant-folding"]), EngineOptions.allPasses] {
            options.passes = choice
            let received = try Model(data: model, options: options).run(inputs)
            #expect(received.keys.sorted() == expected.keys.sorted())
            for (name, tensor) in expected {
                let difference = difference(received[name], tensor)
                #expect(difference == nil, "output \(name)", sourceLocation: sourceLocation)
            }
        }
    }

    private func difference(_ received: Tensor?, _ expected: Tensor) -> String? {
        guard let received, received.dataType == expected.dataType, received.shape == expected.shape else {
            return "\(String(describing: received?.shape)), expected \(expected.shape)"
        }
        guard expected.dataType == .fp32 || expected.dataType == .fp16 else {
            return received.bytes == expected.bytes ? nil : "elements differ"
        }
        for (index, (x, y)) in zip(Self.numbers(received), Self.numbers(expected)).enumerated() {
            if x == y || (x.isNaN && y.isNaN) { continue }
            if abs(x - y) <= tolerance * max(1, abs(y)) { continue }
            return "element \(index) is \(x), expected \(y)"
        }
        return nil
    }

    private static func numbers(_ tensor: Tensor) -> [Double] {
        tensor.dataType == .fp16
            ? tensor.elements(as: Float16.self).map(Double.init) : tensor.elements(as: Float.self).map(Double.init)
    }
}

extension Tensor {
    /// Repeatable numbers from -1 to 1.
    static func pattern(_ shape: Shape, seed: Int = 1) -> Tensor {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
        let elements = (0..<shape.elementCount).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / 8_388_608 - 1
        }
        return Tensor(elements, shape: shape)
    }
}

extension ModelWriter {
    /// A constant number without axes, or with `rank` axes of 1.
    mutating func number(_ name: String, _ value: Float, rank: Int = 0) {
        initializer(name, Tensor([value], shape: Shape([Int](repeating: 1, count: rank))))
    }

    /// A constant INT64 row.
    mutating func integers(_ name: String, _ values: [Int]) {
        initializer(name, Tensor(values.map(Int64.init), shape: [values.count]))
    }
}
