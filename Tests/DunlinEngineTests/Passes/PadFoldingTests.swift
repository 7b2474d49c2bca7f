import DunlinTensor
import Testing

@testable import DunlinEngine

@Suite struct PadFoldingTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var isFolded = true
        var opset = 18
        var write: @Sendable (inout ModelWriter) -> Void
    }

    private static func pads(_ values: [Int], value: Float? = nil) -> @Sendable (inout ModelWriter) -> Void {
        {
            $0.integers("pads", values)
            if let value { $0.number("value", value) }
            $0.node("Pad", value == nil ? ["x", "pads"] : ["x", "pads", "value"], ["p"])
        }
    }

    private static func convolution(
        _ attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:]
    ) -> @Sendable (inout ModelWriter) -> Void {
        {
            $0.initializer("w", .pattern([4, 3, 3, 3], seed: 2))
            $0.node("Conv", ["p", "w"], ["y"], attributes)
        }
    }

    private static func both(
        _ first: @escaping @Sendable (inout ModelWriter) -> Void,
        _ second: @escaping @Sendable (inout ModelWriter) -> Void
    ) -> @Sendable (inout ModelWriter) -> Void {
        {
            first(&$0)
            second(&$0)
        }
    }

    private static let around = [0, 0, 1, 2, 0, 0, 2, 1]

    @Test(
        "zeros round an image become the window's own",
        arguments: [
            Row(testDescription: "a convolution without pads", write: both(pads(around), convolution())),
            Row(
                testDescription: "a convolution with pads of its own and a stride",
                write: both(pads(around), convolution(["pads": .ints([1, 0, 2, 3]), "strides": .ints([2, 1])]))),
            Row(
                testDescription: "a valid convolution, a stated zero",
                write: both(pads(around, value: 0), convolution(["auto_pad": .text("VALID")]))),
            Row(testDescription: "pads as an attribute", opset: 10) {
                $0.node("Pad", ["x"], ["p"], ["pads": .ints(around)])
                convolution()(&$0)
            },
            Row(
                testDescription: "an average that counts what is padded",
                write: both(pads(around)) {
                    $0.node(
                        "AveragePool", ["p"], ["y"],
                        ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1]), "count_include_pad": .int(1)])
                }),
            Row(
                testDescription: "an average without pads",
                write: both(pads(around)) {
                    $0.node("AveragePool", ["p"], ["y"], ["kernel_shape": .ints([2, 3]), "strides": .ints([2, 2])])
                }),
            Row(
                testDescription: "two users",
                write: both(pads(around)) {
                    $0.initializer("w", .pattern([4, 3, 3, 3], seed: 2))
                    $0.node("Conv", ["p", "w"], ["a"])
                    $0.node("Conv", ["p", "w"], ["b"], ["dilations": .ints([1, 1])])
                    $0.node("Sub", ["a", "b"], ["y"])
                }),
            Row(
                testDescription: "near miss: another number", isFolded: false,
                write: both(pads(around, value: 0.5), convolution())),
            Row(
                testDescription: "near miss: channels are added", isFolded: false,
                write: both(pads([0, 1, 0, 0, 0, 0, 0, 0])) {
                    $0.initializer("w", .pattern([4, 4, 3, 3], seed: 2))
                    $0.node("Conv", ["p", "w"], ["y"])
                }),
            Row(
                testDescription: "near miss: rows are cut off", isFolded: false,
                write: both(pads([0, 0, -1, 0, 0, 0, 0, 1]), convolution())),
            Row(
                testDescription: "near miss: pads that depend on the image", isFolded: false,
                write: both(pads(around), convolution(["auto_pad": .text("SAME_UPPER")]))),
            Row(testDescription: "near miss: a mirrored edge", isFolded: false) {
                $0.integers("pads", around)
                $0.node("Pad", ["x", "pads"], ["p"], ["mode": .text("reflect")])
                convolution()(&$0)
            },
            Row(
                testDescription: "near miss: an average that leaves out its own pads", isFolded: false,
                write: both(pads(around)) {
                    $0.node(
                        "AveragePool", ["p"], ["y"], ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])])
                }),
            Row(
                testDescription: "near miss: windows that may begin beyond the image", isFolded: false,
                write: both(pads(around)) {
                    $0.node(
                        "AveragePool", ["p"], ["y"],
                        ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "ceil_mode": .int(1)])
                }),
            Row(
                testDescription: "near miss: a maximum, for which a zero is a number", isFolded: false,
                write: both(pads(around)) { $0.node("MaxPool", ["p"], ["y"], ["kernel_shape": .ints([3, 3])]) }),
        ])
    func folds(row: Row) throws {
        var writer = ModelWriter(opset: row.opset)
        writer.input("x", .fp32, [2, 3, 6, 7])
        row.write(&writer)
        writer.output("y", .fp32, [-1, -1, -1, -1])
        let check = PassCheck(["pad-folding"], writer)
        #expect(try check.types().contains("Pad") == !row.isFolded)
        try check.expectSame(["x": .pattern([2, 3, 6, 7])])
    }
}
