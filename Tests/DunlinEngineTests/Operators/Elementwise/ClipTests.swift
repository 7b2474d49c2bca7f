import DunlinEngine
import DunlinTensor
import Testing

@Suite struct ClipTests {
    /// - Parameter bounds: Attributes of a model before opset 11.
    private static func clip<Element: TensorElement>(_ x: [Element], _ bounds: (Float, Float)) throws -> [Element] {
        var writer = ModelWriter(opset: 10)
        writer.input("x", Element.dataType, [x.count])
        writer.node("Clip", ["x"], ["y"], ["min": .float(bounds.0), "max": .float(bounds.1)])
        writer.output("y", Element.dataType, [x.count])
        let result = try Model(data: writer.bytes()).run(["x": Tensor(x, shape: [x.count])])["y"]
        return result?.elements(as: Element.self) ?? []
    }

    @Test("bounds the wrong way round give the upper one")
    func swapped() throws {
        #expect(try Self.clip([-3, 0, 3] as [Double], (1, -1)) == [-1, -1, -1])
        #expect(try Self.clip([-3, 0, 3] as [Float], (1, -1)) == [-1, -1, -1])
        #expect(try Self.clip([-3, 0, 3] as [Double], (-1, 1)) == [-1, 0, 1])
    }

    @Test("bounds that are no numbers stop nothing")
    func noNumbers() throws {
        #expect(try Self.clip([0] as [Double], (.nan, 1)).count == 1)
        #expect(try Self.clip([0] as [Double], (-1, .nan)).count == 1)
        #expect(try Self.clip([0] as [Float], (.nan, .nan)).count == 1)
    }
}
