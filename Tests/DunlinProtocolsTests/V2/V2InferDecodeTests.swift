import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor
import Testing

@Suite struct V2InferDecodeTests {
    private func decode(_ text: String) throws(InferError) -> InferRequest {
        try V2InferCodec.decode(Bytes(text), headerLength: nil, model: "m", version: nil)
    }

    /// A request with one input `x`.
    private func tensor(_ type: String, _ shape: String, _ data: String) throws(InferError) -> Tensor {
        let text = #"{"inputs":[{"name":"x","datatype":"\#(type)","shape":\#(shape),"data":\#(data)}]}"#
        return try decode(text).inputs[0].tensor
    }

    /// As MLServer's clients write a request.
    @Test func nullStandsForWhatIsLeftOut() throws {
        let request = try decode(
            #"""
            {"id":null,"parameters":null,"inputs":[{"name":"x","shape":[1],"datatype":"INT32","parameters":null,"data":[1]}],
             "outputs":null}
            """#)
        #expect(request.id == nil && request.parameters.isEmpty && request.outputs.isEmpty)
        #expect(request.inputs[0].tensor.elements() == [1] as [Int32])
        let output = #"{"inputs":[],"outputs":[{"name":"y","parameters":null}]}"#
        #expect(try decode(output).outputs == [RequestedOutput("y")])
    }

    @Test func readsEverythingARequestHas() throws {
        let request = try V2InferCodec.decode(
            Bytes(
                #"""
                {"id":"r1","parameters":{"timeout":1000,"sequence_start":true,"scale":0.5,"note":"é"},
                 "inputs":[{"name":"a","shape":[2],"datatype":"INT64","parameters":{"content_type":"np"},"data":[1,2]},
                           {"name":"b","shape":[1],"datatype":"BYTES","data":["x"]}],
                 "outputs":[{"name":"y","parameters":{"binary_data":false}},{"name":"z"}],"unknown":{"is":["ignored"]}}
                """#), headerLength: nil, model: "m", version: "3")
        #expect(request.model == "m" && request.version == "3" && request.id == "r1")
        #expect(
            request.parameters == [
                "timeout": .int(1000), "sequence_start": .bool(true), "scale": .double(0.5), "note": .string("é"),
            ])
        #expect(request.inputs.map(\.name) == ["a", "b"])
        #expect(request.inputs[0].tensor.elements(as: Int64.self) == [1, 2])
        #expect(request.inputs[1].tensor.strings == ["x"])
        #expect(
            request.outputs == [RequestedOutput("y", parameters: ["binary_data": .bool(false)]), RequestedOutput("z")])
    }

    @Test func leavesOutWhatWasNotGiven() throws {
        let request = try decode(#"{"inputs":[]}"#)
        #expect(request.id == nil && request.version == nil && request.parameters.isEmpty)
        #expect(request.inputs.isEmpty && request.outputs.isEmpty)
        #expect(try decode(#"{"id":"","inputs":[],"outputs":[]}"#).id == "")
    }

    @Test func readsEveryDatatype() throws {
        #expect(try tensor("BOOL", "[3]", "[true,false,true]").elements() == [true, false, true])
        #expect(try tensor("UINT8", "[2]", "[0,255]").elements() == [0, 255] as [UInt8])
        #expect(try tensor("UINT16", "[2]", "[0,65535]").elements() == [0, .max] as [UInt16])
        #expect(try tensor("UINT32", "[2]", "[0,4294967295]").elements() == [0, .max] as [UInt32])
        #expect(try tensor("UINT64", "[2]", "[0,18446744073709551615]").elements() == [0, .max] as [UInt64])
        #expect(try tensor("INT8", "[2]", "[-128,127]").elements() == [.min, .max] as [Int8])
        #expect(try tensor("INT16", "[2]", "[-32768,32767]").elements() == [.min, .max] as [Int16])
        #expect(try tensor("INT32", "[1,2]", "[[-2147483648,2147483647]]").elements() == [.min, .max] as [Int32])
        #expect(
            try tensor("INT64", "[2]", "[-9223372036854775808,9223372036854775807]").elements()
                == [.min, .max] as [Int64])
        #expect(try tensor("FP32", "[2,2]", "[[5.1,3.5],[1.4,0.2]]").elements() == [5.1, 3.5, 1.4, 0.2] as [Float])
        #expect(try tensor("FP64", "[2]", "[0.1,-1e-300]").elements() == [0.1, -1e-300] as [Double])
        #expect(try tensor("BYTES", "[2,1]", #"[["ab"],["\u0000é"]]"#).strings == ["ab", "\0é"])
        #expect(try tensor("FP32", "[3]", "[NaN,Infinity,-Infinity]").elements(as: Float.self)[0].isNaN)
    }

    @Test func knowsEveryDatatypeByItsName() throws {
        for type in DataType.allCases {
            let data = type == .bytes ? "[\"a\"]" : type == .bool ? "[true]" : "[1]"
            if type == .fp16 || type == .bf16 {
                #expect(throws: InferError.self) { try tensor(type.name, "[1]", data) }
            } else {
                #expect(try tensor(type.name, "[1]", data).dataType == type)
            }
        }
    }

    @Test("takes the Pascal spelling of datatypes", arguments: ["Fp32", "fp32", "FP32"])
    func takesThePascalSpelling(name: String) throws {
        #expect(try tensor(name, "[1]", "[1]").dataType == .fp32)
    }

    @Test(
        "takes flat data, nested data and data nested otherwise",
        arguments: [
            "[1,2,3,4]", "[[1,2],[3,4]]", "[[1,2,3,4]]", "[[[1],[2]],[[3],[4]]]", "[[1],2,[[3,4]]]",
        ])
    func takesAnyNesting(data: String) throws {
        let tensor = try tensor("INT32", "[2,2]", data)
        #expect(tensor.elements() == [1, 2, 3, 4] as [Int32])
        #expect(tensor.shape == [2, 2])
    }

    @Test func takesTheKeysOfAnInputInAnyOrder() throws {
        let members = [#""name":"x""#, #""shape":[2]"#, #""datatype":"INT32""#, #""data":[7,8]"#, #""parameters":{}"#]
        func orders(_ rest: [String]) -> [[String]] {
            rest.isEmpty
                ? [[]]
                : rest.indices.flatMap { index in
                    var others = rest
                    let first = others.remove(at: index)
                    return orders(others).map { [first] + $0 }
                }
        }
        let all = orders(members)
        #expect(all.count == 120)
        for order in all {
            let text = #"{"inputs":[{\#(order.joined(separator: ","))}],"id":"i"}"#
            let request = try decode(text)
            #expect(request.inputs[0].name == "x" && request.inputs[0].tensor.elements() == [7, 8] as [Int32])
            #expect(request.id == "i")
        }
    }

    @Test func takesTensorsWithoutElementsAndScalars() throws {
        #expect(try tensor("FP32", "[0]", "[]").elementCount == 0)
        #expect(try tensor("FP32", "[2,0]", "[[],[]]").shape == [2, 0])
        #expect(try tensor("BYTES", "[0,3]", "[]").strings == [])
        #expect(try tensor("INT32", "[]", "[5]").elements() == [5] as [Int32])
        #expect(try tensor("BYTES", "[]", #"["s"]"#).strings == ["s"])
    }

    @Test func unescapesNamesAndIDs() throws {
        let request = try decode(
            #"{"\u0069d":"a\"b","inputs":[{"name":"\u0078","shape":[1],"datatype":"FP\u00332","data":[1]}]}"#)
        #expect(request.id == "a\"b" && request.inputs[0].name == "x")
    }

    @Test func keepsManyInputsInOrder() throws {
        let inputs = (0..<100).map { #"{"name":"x\#($0)","shape":[1],"datatype":"INT32","data":[\#($0)]}"# }
        let request = try decode(#"{"inputs":[\#(inputs.joined(separator: ","))]}"#)
        #expect(request.inputs.map(\.name) == (0..<100).map { "x\($0)" })
        #expect(throws: InferError.self) {
            try decode(#"{"inputs":[\#((inputs + [inputs[3]]).joined(separator: ","))]}"#)
        }
    }
}
