import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// Nodes whose attributes or inputs are not what the operator allows: each is refused at load, and named.
@Suite struct MalformedNodesTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var type: String
        var opset = 20
        var inputs: [Input]
        var attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:]
        var outputs = 1
        var message: String
        var code = InferError.Code.invalidArgument

        init(
            _ testDescription: String, _ type: String, opset: Int = 20, _ inputs: [Input],
            _ attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:], outputs: Int = 1, message: String,
            code: InferError.Code = .invalidArgument
        ) {
            (self.testDescription, self.type, self.opset, self.inputs) = (testDescription, type, opset, inputs)
            (self.attributes, self.outputs, self.message, self.code) = (attributes, outputs, message, code)
        }
    }

    enum Input: Sendable {
        case given(DataType, [Int])
        case constant(Tensor)
        case none
    }

    private static func floats(_ shape: Int...) -> Input { .given(.fp32, shape) }
    private static func integers(_ shape: Int...) -> Input { .given(.int64, shape) }
    private static func constant(_ values: Int64...) -> Input { .constant(Tensor(values, shape: [values.count])) }
    private static func scalar(_ value: Int64) -> Input { .constant(Tensor([value], shape: [])) }

    private static func model(_ row: Row) -> Bytes {
        var model = ModelWriter(opset: row.opset)
        var names: [String] = []
        for (index, input) in row.inputs.enumerated() {
            names.append("i\(index)")
            switch input {
            case .given(let type, let shape): model.input("i\(index)", type, shape)
            case .constant(let tensor): model.initializer("i\(index)", tensor)
            case .none: names[index] = ""
            }
        }
        let outputs = (0..<row.outputs).map { "o\($0)" }
        model.node(row.type, names, outputs, row.attributes, name: "culprit")
        for output in outputs { model.output(output, .fp32, [-1]) }
        return model.bytes()
    }

    private static func check(_ row: Row) {
        let error = #expect(throws: InferError.self) { try Model(data: model(row)) }
        #expect(error?.code == row.code, "\(error?.message ?? "")")
        #expect(error?.message.contains("culprit") ?? false, "\(error?.message ?? "")")
        #expect(error?.message.contains(row.message) ?? false, "\(error?.message ?? "")")
    }

    @Test(
        "losses",
        arguments: [
            Row(
                "an unknown reduction", "SoftmaxCrossEntropyLoss", [floats(2, 3), integers(2)],
                ["reduction": .text("most")], message: "'reduction'"),
            Row(
                "targets of another batch", "NegativeLogLikelihoodLoss", [floats(2, 3), integers(4)],
                message: "expected [2]"),
            Row(
                "weights for other classes", "NegativeLogLikelihoodLoss", [floats(2, 3), integers(2), floats(5)],
                message: "5 weights for 3 classes"),
            Row("scores without classes", "SoftmaxCrossEntropyLoss", [floats(2), integers(2)], message: "rank"),
        ])
    func losses(row: Row) { Self.check(row) }

    @Test(
        "detection",
        arguments: [
            Row(
                "boxes of three numbers", "NonMaxSuppression", [floats(1, 5, 3), floats(1, 1, 5)],
                message: "boxes have shape [1, 5, 3]"),
            Row(
                "scores of other boxes", "NonMaxSuppression", [floats(1, 5, 4), floats(1, 1, 6)],
                message: "scores [1, 1, 6]"),
            Row(
                "an unknown form of boxes", "NonMaxSuppression", [floats(1, 5, 4), floats(1, 1, 5)],
                ["center_point_box": .int(7)], message: "center_point_box"),
            Row(
                "an unknown mode", "GridSample", [floats(1, 1, 2, 2), floats(1, 2, 2, 2)], ["mode": .text("best")],
                message: "'mode'"),
            Row(
                "an unknown padding", "GridSample", [floats(1, 1, 2, 2), floats(1, 2, 2, 2)],
                ["padding_mode": .text("foam")], message: "'padding_mode'"),
            Row(
                "a grid of three coordinates", "GridSample", [floats(1, 1, 2, 2), floats(1, 2, 2, 3)], message: "grid"),
            Row(
                "cubic sampling of a volume", "GridSample", [floats(1, 1, 2, 2, 2), floats(1, 2, 2, 2, 3)],
                ["mode": .text("cubic")], message: "cubic", code: .unsupported),
            Row(
                "regions of five numbers", "RoiAlign", [floats(1, 1, 4, 4), floats(2, 5), integers(2)],
                message: "5 numbers"),
            Row(
                "too many samples", "RoiAlign", [floats(1, 1, 4, 4), floats(2, 4), integers(2)],
                ["sampling_ratio": .int(65537)], message: "65537 samples"),
            Row(
                "a map of another size", "AffineGrid", [floats(1, 3, 4), constant(1, 1, 2, 2)], message: "does not fit"),
        ])
    func detection(row: Row) { Self.check(row) }

    @Test(
        "selection and equations",
        arguments: [
            Row("a rank beyond the limit", "Reshape", [floats(2), integers(1 << 30)], message: "rank 17"),
            Row("an axis beyond the rank", "Unique", [floats(2, 3)], ["axis": .int(2)], message: "axis 2"),
            Row("no equation", "Einsum", [floats(2, 3)], message: "'equation'"),
            Row("an odd sign", "Einsum", [floats(2, 3)], ["equation": .text("i+j")], message: "'equation'"),
            Row("two arrows", "Einsum", [floats(2, 3)], ["equation": .text("ij->i->j")], message: "'equation'"),
            Row(
                "a result of nowhere", "Einsum", [floats(2, 3)], ["equation": .text("ij->k")], message: "'equation'"),
            Row("a term too few", "Einsum", [floats(2), floats(2)], ["equation": .text("i")], message: "1 terms"),
            Row("a rank too many", "Einsum", [floats(2, 3)], ["equation": .text("i")], message: "rank 2"),
            Row(
                "extents that differ", "Einsum", [floats(2, 3), floats(4, 5)], ["equation": .text("ij,jk->ik")],
                message: "4 elements, expected 3"),
            Row(
                "a cache that is too small", "TensorScatter", opset: 24, [floats(1, 2, 3), floats(1, 4, 3)],
                message: "does not fit the cache"),
            Row(
                "two extents for three axes", "CenterCropPad", [floats(1, 2, 3), constant(1, 2)],
                message: "2 extents for 3 axes"),
        ])
    func selection(row: Row) { Self.check(row) }

    @Test(
        "a place left out among any number of inputs",
        arguments: [
            ("Concat", ["axis": .int(0)]), ("Sum", [:]), ("Mean", [:]), ("Min", [:]), ("Max", [:]),
            ("Einsum", ["equation": .text("ij,ij->ij")]),
        ] as [(String, KeyValuePairs<String, ModelWriter.Attribute>)])
    func placesLeftOut(type: String, attributes: KeyValuePairs<String, ModelWriter.Attribute>) {
        for inputs in [[Self.floats(2, 3), .none], [Self.floats(2, 3), .none, Self.floats(2, 3)]] {
            Self.check(Row(type, type, inputs, attributes, message: "input 1 is left out"))
        }
    }

    @Test(
        "signals, texts, random numbers and others",
        arguments: [
            Row("a transform of length 0", "DFT", [floats(1, 4, 1), scalar(0)], message: "length 0"),
            Row(
                "a transform beyond the limit", "DFT", [floats(1, 4, 1), scalar(1 << 20 + 1)], message: "length 1048577"
            ),
            Row("the axis of the parts", "DFT", [floats(1, 4, 1), .none, scalar(2)], message: "axis 2"),
            Row("half of a complex signal", "DFT", [floats(1, 4, 2)], ["onesided": .int(1)], message: "'onesided'"),
            Row("steps of nothing", "STFT", [floats(1, 8, 1), scalar(0), .none, scalar(4)], message: "steps of 0"),
            Row(
                "frames longer than the signal", "STFT", [floats(1, 8, 1), scalar(1), .none, scalar(9)],
                message: "frames of 9"),
            Row("a window of minus one", "HannWindow", [scalar(-1)], message: "-1 elements"),
            Row(
                "an open pattern", "RegexFullMatch", [.given(.bytes, [1])], ["pattern": .text("(a")], message: "(a",
                code: .unsupported),
            Row(
                "a pattern that closes what is around it", "RegexFullMatch", [.given(.bytes, [1])],
                ["pattern": .text("a)(b")], message: "a)(b", code: .unsupported),
            Row("no shape", "RandomUniform", [], message: "'shape'"),
            Row(
                "whole random numbers", "RandomNormal", [], ["shape": .ints([2]), "dtype": .int(6)],
                message: "INT32", code: .unsupported),
            Row("no samples", "Multinomial", [floats(1, 3)], ["sample_size": .int(0)], message: "'sample_size'"),
            Row(
                "a kernel of nothing", "MaxUnpool", [floats(1, 1, 2, 2), integers(1, 1, 2, 2)],
                ["kernel_shape": .ints([0, 2])], message: "'kernel_shape'"),
            Row(
                "blocks that do not fit", "Col2Im", [floats(1, 4, 4), constant(2, 2), constant(3, 3)],
                message: "do not fit"),
            Row(
                "offsets of another kernel", "DeformConv",
                [floats(1, 1, 4, 4), floats(1, 1, 2, 2), floats(1, 4, 3, 3)], message: "input 2"),
            Row("a matrix that is not square", "Det", [floats(2, 3)], message: "not square"),
            Row(
                "bits of another size", "BitCast", opset: 26, [floats(2)], ["to": .int(11)], message: "differ in size"
            ),
        ])
    func others(row: Row) { Self.check(row) }
}
