import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct V2InferCodecRequestTests {
    private static let inputs = [
        NamedTensor("x", Tensor([1.5, -2] as [Float], shape: [1, 2])),
        NamedTensor("ids", Tensor([3, 4, 5] as [Int64], shape: [3])),
    ]

    @Test func aJSONRequestIsText() throws {
        let (body, headerLength) = try V2InferCodec.encodeRequest(Self.inputs, id: "7", isBinary: false)
        #expect(headerLength == nil)
        #expect(
            body.string
                == #"{"id":"7","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1.5,-2.0]},"#
                + #"{"name":"ids","datatype":"INT64","shape":[3],"data":[3,4,5]}]}"#)
    }

    @Test(arguments: [false, true]) func whatIsWrittenIsReadBack(isBinary: Bool) throws {
        let strings = Tensor(dataType: .bytes, shape: [2], bytes: Bytes([1, 0, 0, 0, 0x61, 0, 0, 0, 0]))
        let inputs = Self.inputs + [NamedTensor("s", strings)]
        let (body, headerLength) = try V2InferCodec.encodeRequest(inputs, isBinary: isBinary)
        #expect((headerLength != nil) == isBinary)
        let request = try V2InferCodec.decode(body, headerLength: headerLength, model: "m", version: nil)
        #expect(request.parameters.bool("binary_data_output") == (isBinary ? true : nil))
        #expect(request.inputs.map(\.name) == ["x", "ids", "s"])
        for (read, written) in zip(request.inputs, inputs) {
            #expect(read.tensor.dataType == written.tensor.dataType && read.tensor.shape == written.tensor.shape)
            #expect(
                read.tensor.bytes.withUnsafeBytes { Array($0) } == written.tensor.bytes.withUnsafeBytes { Array($0) })
        }
    }

    @Test func whatHasNoJSONFormSaysSo() throws {
        let half = NamedTensor("h", Tensor(dataType: .fp16, shape: [1], bytes: Bytes([0, 0])))
        let text = NamedTensor("t", Tensor(dataType: .bytes, shape: [1], bytes: Bytes([1, 0, 0, 0, 0xFF])))
        for input in [half, text] {
            #expect { try V2InferCodec.encodeRequest([input], isBinary: false) } throws: {
                ($0 as? InferError)?.message.contains("input '\(input.name)'") == true
            }
            #expect(try V2InferCodec.encodeRequest([input], isBinary: true).headerLength != nil)
        }
    }
}
