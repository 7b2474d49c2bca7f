import DunlinBytes
import DunlinInference
import DunlinProtocols
import Testing

@Suite struct SharedMemoryCodecTests {
    @Test func readsARegistration() throws {
        let region = try SharedMemoryCodec.decodeRegister(
            Bytes(#"{"key":"/k","offset":4,"byte_size":9223372036854775807}"#), name: "r")
        #expect(region == SharedMemoryRegistration(name: "r", key: "/k", offset: 4, byteCount: Int.max))
        #expect(try SharedMemoryCodec.decodeRegister(Bytes(#"{"key":"k","byte_size":1}"#), name: "r").offset == 0)
    }

    @Test(
        "refuses",
        arguments: [
            ("", "'key' is missing; expected the object's name, such as \"/name\""),
            ("{}", "'key' is missing; expected the object's name, such as \"/name\""),
            ("[]", "expected a JSON object, found an array"),
            (#"{"key":"k"}"#, "'byte_size' is missing; expected the region's bytes"),
            (#"{"key":7,"byte_size":1}"#, "'key': expected a string, found a number"),
            (#"{"key":"k","byte_size":0}"#, "'byte_size': expected an integer of at least 1, found 0"),
            (#"{"key":"k","byte_size":-1}"#, "'byte_size': expected an integer of at least 1, found -1"),
            (#"{"key":"k","byte_size":1.5}"#, "'byte_size': expected an integer, found a number"),
            (#"{"key":"k","byte_size":"1"}"#, "'byte_size': expected an integer, found a string"),
            (#"{"key":"k","byte_size":1,"offset":-1}"#, "'offset': expected an integer of at least 0, found -1"),
            (#"{"key":"k","byte_size":1,"offset":null}"#, "'offset': expected an integer, found null"),
        ])
    func refuses(body: String, message: String) {
        #expect(throws: InferError(.invalidArgument, "shared memory register request: " + message)) {
            try SharedMemoryCodec.decodeRegister(Bytes(body), name: "r")
        }
    }

    @Test func writesTheStatus() {
        let region = SharedMemoryRegistration(name: "a\"b", key: "/k", offset: 0, byteCount: 64)
        #expect(
            SharedMemoryCodec.encodeStatus([region]).string
                == #"[{"name":"a\"b","key":"/k","offset":0,"byte_size":64}]"#)
        #expect(SharedMemoryCodec.encodeStatus([]).string == "[]")
    }
}
