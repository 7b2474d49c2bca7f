import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor
import Testing

@Suite struct V2InferEncodeTests {
    private func text(_ response: InferResponse, for request: InferRequest = InferRequest(model: "m", inputs: []))
        throws(InferError) -> String
    {
        let encoded = try V2InferCodec.encode(response, for: request)
        #expect(encoded.headerLength == nil && encoded.segments.count == 1)
        return encoded.segments[0].string
    }

    private func data(_ tensor: Tensor) throws(InferError) -> String {
        let text = try text(InferResponse(model: "m", version: "1", outputs: [NamedTensor("y", tensor)]))
        return String(
            text.dropFirst(text.utf8.count - (text.split(separator: "\"data\":").last!.utf8.count)).dropLast(3))
    }

    @Test func writesKeysInTheProtocolsOrder() throws {
        var response = InferResponse(
            model: "iris", version: "1", id: "r1",
            outputs: [
                NamedTensor("label", Tensor([2] as [Int64], shape: [1])),
                NamedTensor("probabilities", Tensor([0.1, 0.9] as [Float], shape: [1, 2])),
            ])
        response.parameters = ["a": .bool(true), "b": .int(-1), "c": .double(0.5), "d": .string("x\"")]
        #expect(
            try text(response)
                == #"{"id":"r1","model_name":"iris","model_version":"1","#
                + #""parameters":{"a":true,"b":-1,"c":0.5,"d":"x\""},"#
                + #""outputs":[{"name":"label","datatype":"INT64","shape":[1],"data":[2]},"#
                + #"{"name":"probabilities","datatype":"FP32","shape":[1,2],"data":[0.1,0.9]}]}"#)
        #expect(
            try text(InferResponse(model: "m", version: "1", outputs: []))
                == #"{"model_name":"m","model_version":"1","outputs":[]}"#)
    }

    @Test func writesEveryDatatype() throws {
        #expect(try data(Tensor([true, false], shape: [2])) == "[true,false]")
        #expect(try data(Tensor([0, 255] as [UInt8], shape: [2])) == "[0,255]")
        #expect(try data(Tensor([0, UInt16.max], shape: [2])) == "[0,65535]")
        #expect(try data(Tensor([0, UInt32.max], shape: [2])) == "[0,4294967295]")
        #expect(try data(Tensor([0, UInt64.max], shape: [2])) == "[0,18446744073709551615]")
        #expect(try data(Tensor([Int8.min, Int8.max], shape: [2])) == "[-128,127]")
        #expect(try data(Tensor([Int16.min, Int16.max], shape: [2])) == "[-32768,32767]")
        #expect(try data(Tensor([Int32.min, Int32.max], shape: [2])) == "[-2147483648,2147483647]")
        #expect(try data(Tensor([Int64.min, Int64.max], shape: [2])) == "[-9223372036854775808,9223372036854775807]")
        #expect(try data(Tensor([0.1, .nan, -.infinity] as [Float], shape: [3])) == "[0.1,NaN,-Infinity]")
        #expect(try data(Tensor([0.1, 1e300] as [Double], shape: [1, 2])) == "[0.1,1e+300]")
        #expect(try data(Tensor(strings: ["a\0", "é"], shape: [2])) == "[\"a\\u0000\",\"é\"]")
        #expect(try data(Tensor([] as [Float], shape: [0, 3])) == "[]")
        #expect(try data(Tensor(strings: [], shape: [0])) == "[]")
    }

    @Test(
        "refuses outputs that have no JSON form",
        arguments: [
            (Tensor([1] as [Float16], shape: [1]), "sending FP16 data via JSON is not supported"),
            (Tensor([BFloat16(1)], shape: [1]), "sending BF16 data via JSON is not supported"),
            (
                Tensor(dataType: .bytes, shape: [2], bytes: Bytes([0, 0, 0, 0, 1, 0, 0, 0, 0xFF])),
                "element 1 is not UTF-8"
            ),
        ])
    func refusesOutputsWithoutJSON(tensor: Tensor, message: String) throws {
        let response = InferResponse(model: "m", version: "1", outputs: [NamedTensor("y", tensor)])
        do throws(InferError) {
            _ = try V2InferCodec.encode(response, for: InferRequest(model: "m", inputs: []))
            Issue.record("accepted")
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(error.message.hasPrefix("output 'y': " + message) && error.message.contains("'binary_data'"))
        }
        var request = InferRequest(model: "m", inputs: [])
        request.parameters = ["binary_data_output": .bool(true)]
        #expect(try V2InferCodec.encode(response, for: request).segments.last == tensor.bytes)
    }

    @Test(
        "sends the outputs in binary that were asked for so",
        arguments: [
            (nil, nil, nil, []), (true, nil, nil, ["a", "b"]), (true, false, nil, ["b"]), (nil, true, nil, ["a"]),
            (false, nil, true, ["b"]), (true, false, false, []),
        ] as [(Bool?, Bool?, Bool?, [String])])
    func sendsBinary(all: Bool?, first: Bool?, second: Bool?, expected: [String]) throws {
        var request = InferRequest(model: "m", inputs: [])
        if let all { request.parameters["binary_data_output"] = .bool(all) }
        for (name, isBinary) in [("b", second), ("a", first)] {
            request.outputs.append(
                RequestedOutput(name, parameters: isBinary.map { ["binary_data": .bool($0)] } ?? [:]))
        }
        let tensors = ["a": Tensor([1] as [UInt8], shape: [1]), "b": Tensor([2, 3] as [UInt8], shape: [2])]
        let encoded = try V2InferCodec.encode(
            InferResponse(
                model: "m", version: "1", outputs: [NamedTensor("a", tensors["a"]!), NamedTensor("b", tensors["b"]!)]),
            for: request)
        #expect(encoded.segments.dropFirst().map(\.array) == expected.map { tensors[$0]!.bytes.array })
        #expect(encoded.headerLength == (expected.isEmpty ? nil : encoded.segments[0].count))
        let head = try JSONValue(parsing: encoded.segments[0])
        guard case .array(let outputs)? = head["outputs"] else {
            Issue.record("no outputs")
            return
        }
        for output in outputs {
            guard case .string(let name)? = output["name"] else { continue }
            let size = output["parameters"]?["binary_data_size"]
            #expect(size == (expected.contains(name) ? .int(Int64(tensors[name]!.bytes.count)) : nil))
            #expect((output["data"] != nil) == !expected.contains(name))
        }
    }

    @Test func givesABinaryOutputWithoutElementsTheSizeZero() throws {
        var request = InferRequest(model: "m", inputs: [])
        request.parameters = ["binary_data_output": .bool(true)]
        let output = NamedTensor("y", Tensor([] as [Float], shape: [0]))
        let encoded = try V2InferCodec.encode(InferResponse(model: "m", version: "1", outputs: [output]), for: request)
        #expect(encoded.segments[0].string.contains(#""parameters":{"binary_data_size":0}"#))
        #expect(encoded.headerLength == encoded.byteCount)
    }
}
