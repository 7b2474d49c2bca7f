import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor
import Testing

@Suite struct V2InferBinaryTests {
    private func metadata(_ type: DataType, _ shape: [Int]) -> TensorMetadata {
        TensorMetadata(name: "x", dataType: type, shape: shape)
    }

    private func signature(_ inputs: TensorMetadata...) -> ModelSignature {
        ModelSignature(inputs: inputs, outputs: [])
    }

    @Test func readsTheReferenceRequest() throws {
        let json =
            #"{"inputs":[{"name":"x","datatype":"INT32","shape":[1,4],"parameters":{"binary_data_size":16}}],"#
            + #""outputs":[{"name":"y","parameters":{"binary_data":true}}]}"#
        let body = Bytes(Array(json.utf8) + [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])
        #expect(json.utf8.count == 154 && body.count == 170)
        let length = try V2InferCodec.parseHeaderLength("154", bodyByteCount: body.count)
        let request = try V2InferCodec.decode(body, headerLength: length, model: "m", version: nil)
        #expect(request.inputs[0].tensor.elements() == [1, 2, 3, 4] as [Int32])
        #expect(request.outputs == [RequestedOutput("y", parameters: ["binary_data": .bool(true)])])
    }

    @Test func writesTheReferenceReply() throws {
        var request = InferRequest(model: "m", inputs: [])
        request.outputs = [RequestedOutput("y", parameters: ["binary_data": .bool(true)])]
        let output = NamedTensor("y", Tensor([2, 3, 4, 5] as [Int32], shape: [1, 4]))
        let encoded = try V2InferCodec.encode(InferResponse(model: "m", version: "1", outputs: [output]), for: request)
        #expect(
            encoded.segments[0].string
                == #"{"model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"INT32","shape":[1,4],"#
                + #""parameters":{"binary_data_size":16}}]}"#)
        #expect(encoded.headerLength == 133 && encoded.byteCount == 149)
        #expect(encoded.segments[1].base == output.tensor.bytes.base)
    }

    @Test("slices aligned tensors out of the body and copies the others", arguments: 0..<8)
    func slicesAlignedTensors(padding: Int) throws {
        let json = #"{"inputs":[{"name":"x","datatype":"FP32","shape":[2],"parameters":{"binary_data_size":8}}]}"#
        let head = Array(json.utf8) + [UInt8](repeating: 0x20, count: padding)
        let body = Bytes(head + [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0])
        let tensor = try V2InferCodec.decode(body, headerLength: head.count, model: "m", version: nil).inputs[0].tensor
        #expect(tensor.elements() == [1, -2.5] as [Float])
        #expect((tensor.bytes.base == body.base! + head.count) == (Int(bitPattern: body.base! + head.count) % 4 == 0))
    }

    @Test func takesWhatTheShapeNeedsWhereTheSizeIsNotSaid() throws {
        func decode(_ inputs: String, _ tail: [UInt8]) throws -> [NamedTensor] {
            let head = Array(#"{"inputs":[\#(inputs)]}"#.utf8)
            return try V2InferCodec.decode(Bytes(head + tail), headerLength: head.count, model: "m", version: nil)
                .inputs
        }
        let number = #"{"name":"a","datatype":"INT16","shape":[2]}"#
        let text = #"{"name":"b","datatype":"BYTES","shape":[1]}"#
        let both = try decode("\(number),\(text)", [1, 0, 2, 0, 1, 0, 0, 0, 0x61])
        #expect(both[0].tensor.elements() == [1, 2] as [Int16] && both[1].tensor.strings == ["a"])
        for (inputs, tail, message) in [
            (number, [1, 0, 2], "input 'a': expected 4 bytes of binary data, found 3 after the JSON part"),
            (
                number, [1, 0, 2, 0, 3],
                "expected 4 bytes of binary tensors after the JSON part, found 1 additional bytes"
            ),
            ("\(text),\(number)", [1, 0, 0, 0, 0x61, 1, 0, 2, 0], "input 'b'"),
        ] as [(String, [UInt8], String)] {
            do {
                _ = try decode(inputs, tail)
                Issue.record("taken: \(inputs)")
            } catch { #expect((error as? InferError)?.message.contains(message) == true, "\(error)") }
        }
    }

    @Test func mixesBinaryAndJSONInputsInTheirOrder() throws {
        let json = #"""
            {"inputs":[{"parameters":{"binary_data_size":6},"name":"a","datatype":"FP16","shape":[3]},
            {"name":"b","datatype":"INT8","shape":[2],"data":[1,-1]},
            {"name":"c","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":12}},
            {"name":"d","datatype":"BF16","shape":[0],"parameters":{"binary_data_size":0}},
            {"name":"e","datatype":"BOOL","shape":[1],"parameters":{"binary_data_size":1}}]}
            """#
        let tail: [UInt8] = [1, 2, 3, 4, 5, 6, 2, 0, 0, 0, 0x61, 0x62, 2, 0, 0, 0, 0xC3, 0xA9, 1]
        let request = try V2InferCodec.decode(
            Bytes(Array(json.utf8) + tail), headerLength: json.utf8.count, model: "m", version: nil)
        #expect(request.inputs.map(\.name) == ["a", "b", "c", "d", "e"])
        #expect(request.inputs[0].tensor.bytes.array == [1, 2, 3, 4, 5, 6])
        #expect(request.inputs[1].tensor.elements() == [1, -1] as [Int8])
        #expect(request.inputs[2].tensor.strings == ["ab", "é"])
        #expect(request.inputs[3].tensor.elementCount == 0)
        #expect(request.inputs[4].tensor.elements() == [true])
    }

    @Test func readsRawRequests() throws {
        let floats = Tensor([1, 2, 3, 4, 5, 6, 7, 8] as [Float], shape: [8]).bytes
        func shape(_ signature: ModelSignature) throws(InferError) -> Shape {
            let request = try V2InferCodec.decodeRaw(floats, model: "m", version: "2", signature: signature)
            #expect(request.inputs[0].name == "x" && request.version == "2")
            #expect(request.parameters.bool("binary_data_output") == true)
            #expect(request.inputs[0].tensor.elements() == [1, 2, 3, 4, 5, 6, 7, 8] as [Float])
            return request.inputs[0].tensor.shape
        }
        #expect(try shape(signature(metadata(.fp32, [-1, 4]))) == [2, 4])
        #expect(try shape(signature(metadata(.fp32, [1, -1]))) == [1, 8])
        #expect(try shape(signature(metadata(.fp32, [2, 4]))) == [2, 4])
    }

    @Test func takesARawBytesBodyAsOneElement() throws {
        let request = try V2InferCodec.decodeRaw(
            Bytes("427"), model: "m", version: nil, signature: signature(metadata(.bytes, [-1, 1])))
        #expect(request.inputs[0].tensor.strings == ["427"] && request.inputs[0].tensor.shape == [1, 1])
    }

    @Test(
        "refuses raw requests that cannot be deduced",
        arguments: [
            ([-1, -1], DataType.fp32, 16, "more than one variable-sized dimension"),
            ([-1, 4], .fp32, 15, "input 'x': expected a multiple of 16 bytes for FP32 of shape [-1, 4], received 15"),
            ([2, 2], .fp32, 15, "input 'x': expected 16 bytes for FP32 of shape [2, 2], received 15"),
            ([-1, 0], .fp32, 16, "input 'x': expected a multiple of 0 bytes"),
            ([2], .bytes, 15, "a raw BYTES request needs a model input of one element"),
            ([3], .bool, 3, "input 'x': expected BOOL bytes of 0 or 1, found 7 in element 0"),
            ([Int.max, 2], .fp32, 4, "byte size overflow"),
        ])
    func refusesRawRequests(shape: [Int], type: DataType, count: Int, message: String) {
        do throws(InferError) {
            _ = try V2InferCodec.decodeRaw(
                Bytes([UInt8](repeating: 7, count: count)), model: "m", version: nil,
                signature: signature(metadata(type, shape)))
            Issue.record("accepted")
        } catch {
            #expect(error.code == .invalidArgument && error.message.contains(message), "\(error)")
        }
    }

    @Test func refusesRawRequestsForOtherThanOneInput() {
        let two = signature(metadata(.fp32, [1]), metadata(.fp32, [1]))
        for signature in [two, signature(), ModelSignature(inputs: [], outputs: [], isVariadic: true)] {
            #expect(throws: InferError.self) {
                try V2InferCodec.decodeRaw(Bytes([0, 0, 0, 0]), model: "m", version: nil, signature: signature)
            }
        }
    }
}
