import DunlinBytes
import DunlinInference
import DunlinProtocols
import Testing

/// What is wrong with a request, in the words its sender reads.
@Suite struct V2InferBadRequestTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let body: String
        let message: String

        init(_ body: String, _ message: String) {
            self.body = body
            self.message = message
        }

        var testDescription: String { body }
    }

    private static func input(_ members: String) -> String { #"{"inputs":[{"name":"x",\#(members)}]}"# }

    private static let types =
        "BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES"

    private static let bodies: [Row] = [
        Row("", "request: expected a JSON object with 'inputs', found no body"),
        Row(" ", "request: expected an object, found the end of the text (byte 0)"),
        Row("x", "request: expected an object, found 'x' (byte 0)"),
        Row("null", "request: expected an object, found 'null' (byte 0)"),
        Row("[]", "request: expected an object, found an array (byte 0)"),
        Row("{}", "request: 'inputs' is missing; expected an array of tensors (byte 2)"),
        Row("{\"inputs\":[]", "request: expected ',' or '}', found the end of the text (byte 12)"),
        Row("{\"inputs\":[]}}", "request: expected the end of the JSON text, found '}' (byte 13)"),
        Row("{\"inputs\":[],}", "request: expected another value after ',', found '}' (byte 13)"),
        Row("{\"inputs\":{}}", "'inputs': expected an array, found an object (byte 10)"),
        Row("{\"inputs\":null}", "'inputs': expected an array, found 'null' (byte 10)"),
        Row("{\"inputs\":[],\"inputs\":[]}", "'inputs': expected this key once, found it again (byte 22)"),
        Row("{\"inputs\":[5]}", "inputs[0]: expected an object, found '5' (byte 11)"),
        Row("{\"inputs\":[{}]}", "inputs[0]: 'name' is missing; expected the input's name (byte 13)"),
        Row("{\"inputs\":[{\"name\":1}]}", "inputs[0]: 'name': expected a string, found '1' (byte 19)"),
        Row("{\"id\":5,\"inputs\":[]}", "'id': expected a string, found '5' (byte 6)"),
        Row(
            "{\"id\":null,\"parameters\":[],\"inputs\":[]}",
            "'parameters': expected an object, found an array (byte 24)"),
        Row("{\"id\":\"a\",\"id\":\"a\",\"inputs\":[]}", "'id': expected this key once, found it again (byte 15)"),
        Row("{\"id\":\"\\ud800\",\"inputs\":[]}", "'id': expected a pair of surrogates, found a lone one (byte 7)"),
        Row("{\"parameters\":[],\"inputs\":[]}", "'parameters': expected an object, found an array (byte 14)"),
        Row(
            "{\"parameters\":{\"a\":null}}",
            "'parameters': parameter 'a': expected a string, number or boolean, found 'null' (byte 19)"),
        Row(
            "{\"parameters\":{\"a\":{}}}",
            "'parameters': parameter 'a': expected a string, number or boolean, found an object (byte 19)"),
        Row(
            "{\"parameters\":{\"a\":[1]}}",
            "'parameters': parameter 'a': expected a string, number or boolean, found an array (byte 19)"),
        Row(
            "{\"parameters\":{\"a\":NaN}}",
            "'parameters': parameter 'a': expected a string, number or boolean, found 'NaN' (byte 19)"),
        Row(
            "{\"parameters\":{\"a\":1e999}}",
            "'parameters': parameter 'a': expected a number within ±1.7976931348623157e308 (FP64), found '1e999' (byte 19)"
        ),
        Row(
            "{\"parameters\":{\"a\":18446744073709551615}}",
            "'parameters': parameter 'a': expected an integer in -9223372036854775808...9223372036854775807, found '18446744073709551615' (byte 19)"
        ),
        Row("{\"parameters\":{\"a\":1,\"a\":2}}", "'parameters': parameter 'a': expected once, found again (byte 25)"),
        Row(
            "{\"parameters\":{\"triton_x\":1}}",
            "'parameters': parameter 'triton_x': names that begin with 'triton_' are reserved (byte 26)"),
        Row(
            "{\"parameters\":{\"binary_data_output\":1}}",
            "'parameters': parameter 'binary_data_output': expected true or false, found 1 (byte 38)"),
        Row("{\"outputs\":{}}", "'outputs': expected an array, found an object (byte 11)"),
        Row("{\"outputs\":[\"y\"]}", "outputs[0]: expected an object, found a string (byte 12)"),
        Row("{\"outputs\":[{}]}", "outputs[0]: 'name' is missing; expected the output's name (byte 14)"),
        Row(
            "{\"outputs\":[{\"name\":\"y\"},{\"name\":\"y\"}]}",
            "output 'y': the output is requested more than once (byte 37)"),
        Row(
            "{\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":\"yes\"}}]}",
            "output 'y': 'parameters': parameter 'binary_data': expected true or false, found a string (byte 58)"),
        Row(
            "{\"outputs\":[{\"name\":\"y\",\"name\":\"z\"}]}",
            "output 'y': 'name': expected this key once, found it again (byte 31)"),
        Row(
            input("\"shape\":[1],\"data\":[1]"),
            "input 'x': 'datatype' is missing; expected a name such as FP32 (byte 46)"),
        Row(
            input("\"datatype\":\"FP32\",\"data\":[1]"),
            "input 'x': 'shape' is missing; expected an array of extents (byte 52)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1]"),
            "input 'x': expected 'data' or the parameter 'binary_data_size', found neither (byte 53)"),
        Row(
            input("\"datatype\":\"FLOAT\",\"shape\":[1],\"data\":[1]"),
            "input 'x': 'datatype': expected one of \(types), found 'FLOAT' (byte 41)"),
        Row(
            input("\"datatype\":\"\",\"shape\":[1],\"data\":[1]"),
            "input 'x': 'datatype': expected one of \(types), found '' (byte 36)"),
        Row(
            input("\"datatype\":1,\"shape\":[1],\"data\":[1]"),
            "input 'x': 'datatype': expected a string, found '1' (byte 34)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":1,\"data\":[1]"),
            "input 'x': 'shape': expected an array, found '1' (byte 49)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[\"1\"],\"data\":[1]"),
            "input 'x': 'shape': expected an integer, found a string (byte 50)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1.0],\"data\":[1]"),
            "input 'x': 'shape': expected an integer, found '1.0' (byte 50)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[[1]],\"data\":[1]"),
            "input 'x': 'shape': expected an integer, found an array (byte 50)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[null],\"data\":[1]"),
            "input 'x': 'shape': expected an integer, found 'null' (byte 50)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[-1],\"data\":[1]"),
            "input 'x': 'shape': expected extents of at least 0, found -1 (byte 52)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[4294967296,4294967296],\"data\":[1]"),
            "input 'x': 'shape': expected at most 9223372036854775807 elements, found [4294967296, 4294967296] and more (byte 71)"
        ),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[4294967296,4294967296,0],\"data\":[]"),
            "input 'x': 'shape': expected at most 9223372036854775807 elements, found [4294967296, 4294967296] and more (byte 71)"
        ),
        Row(
            input("\"datatype\":\"FP64\",\"shape\":[4611686018427387904],\"data\":[1]"),
            "input 'x': 'data': byte size overflow for shape [4611686018427387904] of FP64 (byte 78)"),
        Row(
            input("\"datatype\":\"FP64\",\"shape\":[99999999999999999999],\"data\":[1]"),
            "input 'x': 'shape': expected an integer in -9223372036854775808...9223372036854775807, found '99999999999999999999' (byte 50)"
        ),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[2,2],\"data\":[1,2,3]"),
            "input 'x': 'data': expected 4 elements for shape [2,2], found 3 (byte 69)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[2,2],\"data\":[1,2,3,4,5]"),
            "input 'x': 'data': expected 4 elements for shape [2,2], found 5 (byte 73)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1000000000],\"data\":[1,2]"),
            "input 'x': 'data': expected 1000000000 elements for shape [1000000000], found 2 (byte 74)"),
        Row(
            input("\"datatype\":\"BYTES\",\"shape\":[2],\"data\":[\"a\"]"),
            "input 'x': 'data': expected 2 elements for shape [2], found 1 (byte 66)"),
        Row(
            input("\"datatype\":\"BYTES\",\"shape\":[9223372036854775807],\"data\":[\"a\"]"),
            "input 'x': 'data': expected 9223372036854775807 elements for shape [9223372036854775807], found 1 (byte 84)"
        ),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[0],\"data\":[1]"),
            "input 'x': 'data': expected 0 elements for shape [0], found 1 (byte 63)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[],\"data\":5"),
            "input 'x': 'data': expected an array, found '5' (byte 59)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"data\":null"),
            "input 'x': 'data': expected an array, found 'null' (byte 60)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"data\":[null]"),
            "input 'x': 'data': expected a number within ±3.4028235e38 (FP32), found 'null' (byte 61)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"data\":[\"1\"]"),
            "input 'x': 'data': expected a number within ±3.4028235e38 (FP32), found a string (byte 61)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1e39]"),
            "input 'x': 'data': expected a number within ±3.4028235e38 (FP32), found '1e39' (byte 61)"),
        Row(
            input("\"datatype\":\"UINT8\",\"shape\":[1],\"data\":[256]"),
            "input 'x': 'data': expected an integer in 0...255, found '256' (byte 62)"),
        Row(
            input("\"datatype\":\"INT32\",\"shape\":[1],\"data\":[1.5]"),
            "input 'x': 'data': expected an integer in -2147483648...2147483647, found '1.5' (byte 62)"),
        Row(
            input("\"datatype\":\"BOOL\",\"shape\":[1],\"data\":[1]"),
            "input 'x': 'data': expected true or false, found '1' (byte 61)"),
        Row(
            input("\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[1]"),
            "input 'x': 'data': expected a string, found '1' (byte 62)"),
        Row(
            input("\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"\\x\"]"),
            "input 'x': 'data': expected one of \"\\/bfnrtu after a backslash (byte 63)"),
        Row(
            input("\"data\":[256],\"datatype\":\"UINT8\",\"shape\":[1]"),
            "input 'x': 'data': expected an integer in 0...255, found '256' (byte 31)"),
        Row(
            input("\"datatype\":\"FP16\",\"shape\":[1],\"data\":[1]"),
            "input 'x': 'data': receiving FP16 data via JSON is not supported; expected binary data ('binary_data_size' and the header Inference-Header-Content-Length) (byte 60)"
        ),
        Row(
            input("\"datatype\":\"BF16\",\"shape\":[1],\"data\":[1]"),
            "input 'x': 'data': receiving BF16 data via JSON is not supported; expected binary data ('binary_data_size' and the header Inference-Header-Content-Length) (byte 60)"
        ),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"parameters\":{\"binary_data_size\":4}"),
            "input 'x': 'binary_data_size' is given without the header Inference-Header-Content-Length (byte 89)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1],\"parameters\":{\"binary_data_size\":4}"),
            "input 'x': expected either 'data' or 'binary_data_size', found both (byte 100)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"parameters\":{\"binary_data_size\":-4}"),
            "input 'x': 'parameters': parameter 'binary_data_size': expected an integer of at least 0, found -4 (byte 89)"
        ),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"parameters\":{\"binary_data_size\":\"4\"}"),
            "input 'x': 'parameters': parameter 'binary_data_size': expected an integer of at least 0, found a string (byte 90)"
        ),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"parameters\":{\"p\":null},\"data\":[1]"),
            "input 'x': 'parameters': parameter 'p': expected a string, number or boolean, found 'null' (byte 71)"),
        Row(
            input("\"datatype\":\"FP32\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]"),
            "input 'x': 'datatype': expected this key once, found it again (byte 52)"),
        Row(
            input("\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1],\"data\":[1]"),
            "input 'x': 'data': expected this key once, found it again (byte 71)"),
        Row(
            "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]},{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]}]}",
            "input 'x': the input is given more than once (byte 118)"),
        Row(
            "{\"inputs\":[{\"name\":\"a\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]},{\"name\":\"b\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1,2]}]}",
            "input 'b': 'data': expected 1 elements for shape [1], found 2 (byte 119)"),
    ]

    @Test("refuses", arguments: bodies)
    func refuses(row: Row) {
        #expect(throws: InferError(.invalidArgument, row.message)) {
            try V2InferCodec.decode(Bytes(row.body), headerLength: nil, model: "m", version: nil)
        }
    }

    @Test(
        "refuses shared memory where it is not allowed",
        arguments: [
            input(
                #""datatype":"FP32","shape":[1],"parameters":{"shared_memory_region":"r","shared_memory_byte_size":4}"#),
            #"{"outputs":[{"name":"y","parameters":{"shared_memory_region":"r","shared_memory_byte_size":4}}]}"#,
        ])
    func refusesSharedMemory(body: String) {
        do throws(InferError) {
            _ = try V2InferCodec.decode(Bytes(body), headerLength: nil, model: "m", version: nil)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .unsupported && error.message.contains("Client shared memory is disabled"))
        }
    }

    /// JSON, raw bytes behind it, and the sentence.
    @Test(
        "refuses binary data that does not agree",
        arguments: [
            ("INT32", "[1,4]", 16, 15, "input 'x': expected 16 bytes of binary data, found 15 after the JSON part"),
            ("INT32", "[1,4]", 16, 0, "input 'x': expected 16 bytes of binary data, found 0 after the JSON part"),
            ("INT32", "[1,4]", 12, 12, "input 'x': expected 16 bytes for INT32 of shape [1,4], found 12"),
            ("INT32", "[1,4]", 20, 20, "input 'x': expected 16 bytes for INT32 of shape [1,4], found 20"),
            (
                "INT32", "[1,4]", 16, 17,
                "request: expected 16 bytes of binary tensors after the JSON part, found 1 additional bytes"
            ),
            ("FP16", "[3]", 5, 5, "input 'x': expected 6 bytes for FP16 of shape [3], found 5"),
            ("BOOL", "[9]", 9, 9, "input 'x': expected BOOL bytes of 0 or 1, found 8 in element 8"),
            ("BYTES", "[1]", 3, 3, "input 'x': expected BYTES elements that add up to 3 bytes, found one cut short"),
            ("BYTES", "[2]", 4, 4, "input 'x': expected 2 BYTES elements for shape [2], found 1"),
            ("BYTES", "[0]", 4, 4, "input 'x': expected 0 BYTES elements for shape [0], found 1"),
            ("INT32", "[0]", 4, 4, "input 'x': expected 0 bytes for INT32 of shape [0], found 4"),
            (
                "INT32", "[4611686018427387904]", 4, 4,
                "input 'x': byte size overflow for shape [4611686018427387904] of INT32"
            ),
        ])
    func refusesBinary(type: String, shape: String, size: Int, given: Int, message: String) {
        let json =
            #"{"inputs":[{"name":"x","datatype":"\#(type)","shape":\#(shape),"parameters":{"binary_data_size":\#(size)}}]}"#
        var tail = [UInt8](repeating: 0, count: given)
        if type == "BOOL" { tail[8] = 8 }
        do throws(InferError) {
            _ = try V2InferCodec.decode(
                Bytes(Array(json.utf8) + tail), headerLength: json.utf8.count, model: "m", version: nil)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(error.message.hasPrefix(message + " (byte"))
        }
    }

    @Test("refuses header lengths", arguments: ["", "-1", "+1", "a", "1.0", " 1", "11", "99999999999999999999", "0x1"])
    func refusesHeaderLengths(text: String) {
        #expect(
            throws: InferError(
                .invalidArgument,
                "header 'Inference-Header-Content-Length': expected an integer in 0...10 (the body's bytes), received '\(text)'"
            )
        ) { try V2InferCodec.parseHeaderLength(text, bodyByteCount: 10) }
    }

    @Test func takesHeaderLengthsUpToTheBody() throws {
        #expect(try V2InferCodec.parseHeaderLength("0", bodyByteCount: 10) == 0)
        #expect(try V2InferCodec.parseHeaderLength("10", bodyByteCount: 10) == 10)
        #expect(throws: InferError.self) {
            try V2InferCodec.decode(Bytes("{}"), headerLength: 3, model: "m", version: nil)
        }
    }
}
