import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

/// Messages as other implementations of protobuf write them, read by our reader and written by our writer, byte for byte.
///
/// What the server writes is written by the code that answers; requests, which it only reads, by the `ProtobufWriter` under
/// it. `Tests/python/test_grpc_vectors.py` has the same vectors for Google's protobuf and the published `.proto`.
@Suite struct GRPCByteVectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        /// What is read from them, in words.
        let value: String
        let read: @Sendable (Bytes) throws -> String
        let write: @Sendable () throws -> Bytes

        init(
            _ name: String, _ bytes: String, _ value: String, read: @escaping @Sendable (Bytes) throws -> String,
            write: @escaping @Sendable () throws -> Bytes
        ) {
            (testDescription, self.bytes, self.value) = (name, bytes, value)
            (self.read, self.write) = (read, write)
        }
    }

    @Test("vectors are read", arguments: vectors)
    func vectorsAreRead(vector: Vector) throws {
        #expect(try vector.read(Piece.hex(vector.bytes)) == vector.value)
    }

    @Test("vectors are written", arguments: vectors)
    func vectorsAreWritten(vector: Vector) throws {
        #expect(Piece.hex(try vector.write()) == Piece.hex(Piece.hex(vector.bytes)))
    }

    private static let vectors: [Vector] = [
        Vector(
            #"ModelReadyRequest{name:"echo"}"#, "00 00 00 00 06 | 0a 04 65 63 68 6f", "echo",
            read: { try GRPCRequests.model(unframed($0)).name },
            write: { FramedMessage.framed { $0.string(1, "echo") } }),
        Vector(
            "ModelReadyResponse{ready:true}", "00 00 00 00 02 | 08 01", "1: 1",
            read: { try fields(unframed($0)) }, write: { GRPCResponses.flag(true) }),
        Vector(
            "ModelReadyResponse{ready:false}", "00 00 00 00 00", "",
            read: { try fields(unframed($0)) }, write: { GRPCResponses.flag(false) }),
        Vector(
            "HealthCheckResponse{SERVING}", "00 00 00 00 02 | 08 01", "1: 1",
            read: { try fields(unframed($0)) }, write: { GRPCResponses.health(.serving) }),
        Vector(
            #"ModelInferRequest{model_name "echo", id "r1", parameters{timeout:int64 1000}, inputs[{x,UINT32,[1],uint_contents[3]}], outputs[{y}]}"#,
            """
            0a 04 65 63 68 6f 1a 02 72 31 22 0e 0a 07 74 69 6d 65 6f 75 74 12 03 10 e8 07
            2a 13 0a 01 78 12 06 55 49 4e 54 33 32 1a 01 01 2a 03 22 01 03 32 03 0a 01 79
            """, "echo id r1 timeout 1000 x UINT32 [1] typed 03 00 00 00 to y",
            read: { try request($0) },
            write: {
                message { writer in
                    writer.string(1, "echo")
                    writer.string(3, "r1")
                    writer.entry(4, key: "timeout") { $0.message(2) { $0.int(2, 1000) } }
                    write("x", Tensor([UInt32(3)], shape: [1]), isTyped: true, to: &writer)
                    writer.message(6) { $0.string(1, "y") }
                }
            }),
        Vector(
            #"ModelInferRequest{model_name "echo", inputs[{x,UINT32,[1,2]}], raw_input_contents[LE 3,4]}"#,
            "0a 04 65 63 68 6f 2a 0f 0a 01 78 12 06 55 49 4e 54 33 32 1a 02 01 02 3a 08 03 00 00 00 04 00 00 00",
            "echo x UINT32 [1,2] raw 03 00 00 00 04 00 00 00",
            read: { try request($0) },
            write: {
                let tensor = Tensor([UInt32(3), 4], shape: [1, 2])
                return message { writer in
                    writer.string(1, "echo")
                    write("x", tensor, isTyped: false, to: &writer)
                    writer.bytes(7, tensor.bytes)
                }
            }),
        Vector(
            #"ModelInferResponse{model_name "echo", model_version "1", outputs[{y,UINT32,[1,2]}], raw_output_contents[LE 4,5]}"#,
            """
            0a 04 65 63 68 6f 12 01 31 2a 0f 0a 01 79 12 06 55 49 4e 54 33 32 1a 02 01 02
            32 08 04 00 00 00 05 00 00 00
            """,
            "1: 65 63 68 6f, 2: 31, 5: 0a 01 79 12 06 55 49 4e 54 33 32 1a 02 01 02, 6: 04 00 00 00 05 00 00 00",
            read: { try fields($0) },
            write: {
                try unframed(answer(NamedTensor("y", Tensor([UInt32(4), 5], shape: [1, 2])), model: "echo"))
            }),
        Vector(
            #"ModelInferRequest{model_name "t", inputs[{s,BYTES,[2],bytes_contents["ab","é"]}]}"#,
            "0a 01 74 2a 17 0a 01 73 12 05 42 59 54 45 53 1a 01 02 2a 08 42 02 61 62 42 02 c3 a9",
            "t s BYTES [2] typed 02 00 00 00 61 62 02 00 00 00 c3 a9",
            read: { try request($0) },
            write: {
                message { writer in
                    writer.string(1, "t")
                    write("s", Tensor(strings: ["ab", "é"], shape: [2]), isTyped: true, to: &writer)
                }
            }),
        Vector(
            #"BYTES raw form of ["ab","é"]"#, "02 00 00 00 61 62 02 00 00 00 c3 a9", "ab é",
            read: { raw in
                let input = Piece.text(1, "s") + Piece.text(2, "BYTES") + Piece.bytes(3, [2])
                var reader = try GRPCInferReader(
                    Bytes(Piece.text(1, "t") + Piece.bytes(5, input) + Piece.bytes(7, raw.array)))
                return try reader.readRequest().inputs[0].tensor.strings.joined(separator: " ")
            },
            write: {
                // The last field of an answer is the raw form.
                let strings = NamedTensor("s", Tensor(strings: ["ab", "é"], shape: [2]))
                return try field(6, of: unframed(answer(strings, model: "t")))
            }),
        Vector(
            "InferParameter{double 0.5}", "21 00 00 00 00 00 00 e0 3f", "double(0.5)",
            read: { parameter in
                let message = Piece.text(1, "t") + Piece.entry(4, "p", parameter.array)
                var reader = try GRPCInferReader(Bytes(message + Piece.bytes(5, Piece.text(1, "x") + scalar)))
                return "\(try reader.readRequest().parameters["p"]!)"
            },
            write: {
                var response = InferResponse(model: "t", version: "1", outputs: [])
                response.parameters = ["p": .double(0.5)]
                let entry = try field(4, of: unframed(encoded(response, isTyped: false)))
                return try field(2, of: entry)
            }),
        contents(
            "InferTensorContents int_contents[-1,2]", "12 0b ff ff ff ff ff ff ff ff ff 01 02",
            Tensor([Int32(-1), 2], shape: [2]), "INT32 [2] typed ff ff ff ff 02 00 00 00"),
        contents(
            "InferTensorContents bool [t,f,t]", "0a 03 01 00 01",
            Tensor(dataType: .bool, shape: [3], bytes: Bytes([1, 0, 1])), "BOOL [3] typed 01 00 01"),
        contents(
            "InferTensorContents fp32 [1,-2.5]", "32 08 00 00 80 3f 00 00 20 c0", Tensor([Float(1), -2.5], shape: [2]),
            "FP32 [2] typed 00 00 80 3f 00 00 20 c0"),
    ]

    /// Elements in a request, and in an answer of typed contents.
    private static func contents(_ name: String, _ bytes: String, _ tensor: Tensor, _ value: String) -> Vector {
        Vector(
            name, bytes, "t x \(value)",
            read: { contents in
                let input =
                    Piece.text(1, "x") + Piece.text(2, tensor.dataType.name)
                    + Piece.bytes(3, [UInt8(tensor.shape[0])]) + Piece.bytes(5, contents.array)
                return try request(Bytes(Piece.text(1, "t") + Piece.bytes(5, input)))
            },
            write: {
                let output = try field(5, of: unframed(answer(NamedTensor("x", tensor), model: "t", isTyped: true)))
                return try field(5, of: output)
            })
    }

    /// The rest of an input of one byte.
    private static let scalar = Piece.text(2, "UINT8") + Piece.bytes(3, [1]) + Piece.bytes(5, Piece.number(4, 1))

    // MARK: Reading

    private static func unframed(_ frame: Bytes) throws -> Bytes {
        try GRPCFrame.only(in: frame, maxByteCount: .max).message
    }

    private static func request(_ bytes: Bytes) throws -> String {
        var reader = try GRPCInferReader(bytes)
        let request = try reader.readRequest()
        var words = [request.model] + (request.id.map { ["id", $0] } ?? [])
        for entry in request.parameters.entries {
            guard case .int(let value) = entry.value else { continue }
            words += [entry.key, "\(value)"]
        }
        for input in request.inputs {
            let tensor = input.tensor
            words += [input.name, tensor.dataType.name, "\(tensor.shape)"]
            words += [reader.usesTypedContents ? "typed" : "raw", Piece.hex(tensor.bytes)]
        }
        return (words + request.outputs.flatMap { ["to", $0.name] }).joined(separator: " ")
    }

    /// What our cursor finds in a message that only clients read.
    private static func fields(_ bytes: Bytes) throws -> String {
        try bytes.withUnsafeBytes { buffer in
            var cursor = ProtobufCursor(buffer)
            var words: [String] = []
            while try cursor.next() {
                let value =
                    cursor.wire == .varint
                    ? "\(try cursor.number())" : Piece.hex(Bytes(Array(try cursor.payload())))
                words.append("\(cursor.field): \(value)")
            }
            return words.joined(separator: ", ")
        }
    }

    /// The payload of the first field of this number.
    private static func field(_ number: Int, of bytes: Bytes) throws -> Bytes {
        try bytes.withUnsafeBytes { buffer in
            var cursor = ProtobufCursor(buffer)
            while try cursor.next() {
                if cursor.field == number { return Bytes(Array(try cursor.payload())) }
                try cursor.skip()
            }
            return Bytes()
        }
    }

    // MARK: Writing

    private static func message(_ body: (inout ProtobufWriter) -> Void) -> Bytes {
        var writer = ProtobufWriter()
        body(&writer)
        return writer.finish()
    }

    private static func write(_ name: String, _ tensor: Tensor, isTyped: Bool, to writer: inout ProtobufWriter) {
        writer.message(5) { writer in
            writer.string(1, name)
            writer.string(2, tensor.dataType.name)
            writer.ints(3, tensor.shape.dimensions)
            if isTyped { writer.message(5) { tensor.writeContents(to: &$0) } }
        }
    }

    private static func answer(_ output: NamedTensor, model: String, isTyped: Bool = false) throws -> Bytes {
        try encoded(InferResponse(model: model, version: "1", outputs: [output]), isTyped: isTyped)
    }

    private static func encoded(_ response: InferResponse, isTyped: Bool) throws -> Bytes {
        try GRPCInferWriter.encode(response, for: InferRequest(model: "m", inputs: []), isTyped: isTyped).joined
    }
}
