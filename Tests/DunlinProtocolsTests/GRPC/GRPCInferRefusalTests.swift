import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinProtocols

/// What is wrong with a request, in the words its sender reads.
@Suite struct GRPCInferRefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let message: [UInt8]
        let error: String
        var code = InferError.Code.invalidArgument

        init(_ message: [UInt8], _ error: String, _ code: InferError.Code = .invalidArgument) {
            (self.message, self.error, self.code) = (message, error, code)
            testDescription = error
        }
    }

    private static let model = Piece.text(1, "m")

    private static func input(_ parts: [UInt8]...) -> [UInt8] {
        model + Piece.bytes(5, Piece.text(1, "x") + parts.flatMap { $0 })
    }

    private static func typed(_ type: String, _ count: UInt64, _ contents: [UInt8]) -> [UInt8] {
        input(Piece.text(2, type), Piece.number(3, count), Piece.bytes(5, contents))
    }

    private static func raw(_ type: String, _ shape: [UInt8], _ raw: [UInt8]...) -> [UInt8] {
        input(Piece.text(2, type), Piece.bytes(3, shape)) + raw.flatMap { Piece.bytes(7, $0) }
    }

    private static let shared = Piece.entry(4, "shared_memory_region", Piece.text(3, "r"))

    private static let rows: [Row] = [
        Row([], "request: 'model_name': expected the model's name, found none"),
        Row([0x0A], "request: 'model_name': a number is cut short"),
        Row([0x08, 1], "request: 'model_name': field 1 must be a length and bytes, it is a number"),
        Row(model + [0x1A, 1, 0xFF], "request: 'id': field 3 must be UTF-8"),
        Row(model + Piece.number(5, 1), "inputs[0]: field 5 must be a length and bytes, it is a number"),
        Row(model + Piece.bytes(5, []), "inputs[0]: 'name' is missing; expected the input's name"),
        Row(input(), "input 'x': 'datatype' is missing; expected a name such as FP32"),
        Row(
            input(Piece.text(2, "FP31")),
            "input 'x': 'datatype': expected one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, "
                + "BF16, FP32, FP64, BYTES, found 'FP31'"),
        Row(
            input(Piece.text(2, "FP32"), Piece.number(3, UInt64(bitPattern: -1))),
            "input 'x': 'shape': expected extents of at least 0, found -1"),
        Row(
            input(Piece.text(2, "FP32"), Piece.bytes(3, Array(repeating: 1, count: 33))),
            "input 'x': 'shape': expected at most 32 dimensions"),
        Row(
            input(Piece.text(2, "FP32"), Piece.number(3, 1 << 62), Piece.number(3, 4)),
            "input 'x': 'shape': expected at most 9223372036854775807 elements, found [4611686018427387904, 4] and more"
        ),
        Row(
            input(Piece.text(2, "FP32"), Piece.number(3, 1 << 62)),
            "input 'x': 'fp32_contents': byte size overflow for shape [4611686018427387904] of FP32"),
        Row(
            input(Piece.text(2, "FP32"), Piece.number(3, 0), Piece.number(3, 1 << 40)),
            "input 'x': 'shape': expected extents besides 0 whose product is at most 67108864, found [0, 1099511627776]"
        ),
        Row(
            typed("FP32", 2, Piece.fixed32(6, 1)),
            "input 'x': 'fp32_contents': expected 2 elements for shape [2], found 1"),
        Row(
            typed("FP32", 1, Piece.fixed32(6, 1) + Piece.fixed32(6, 1)),
            "input 'x': 'fp32_contents': expected 1 elements for shape [1], found 2"),
        Row(
            input(Piece.text(2, "FP32"), Piece.number(3, 1)),
            "input 'x': 'fp32_contents': expected 1 elements for shape [1], found 0"),
        Row(
            typed("FP32", 1, Piece.number(3, 1)),
            "input 'x': 'fp32_contents': expected the elements here, found them in 'int64_contents'"),
        Row(
            typed("FP32", 1, Piece.bytes(6, [1, 2, 3])),
            "input 'x': 'fp32_contents': 3 bytes of packed numbers is no multiple of 4"),
        Row(
            typed("INT8", 1, Piece.number(2, 128)),
            "input 'x': 'int_contents': expected INT8 numbers in -128...127, found 128 in element 0"),
        Row(
            typed("UINT16", 2, Piece.bytes(4, [1, 0x80, 0x80, 4])),
            "input 'x': 'uint_contents': expected UINT16 numbers in 0...65535, found 65536 in element 1"),
        Row(
            typed("FP16", 1, Piece.fixed32(6, 1)),
            "input 'x': 'contents': FP16 data has no typed form; expected it in 'raw_input_contents'"),
        Row(
            typed("BYTES", 2, Piece.text(8, "a")),
            "input 'x': 'bytes_contents': expected 2 elements for shape [2], found 1"),
        Row(
            raw("UINT8", [2], [1]), "input 'x': 'raw_input_contents': expected 2 bytes for UINT8 of shape [2], found 1"),
        Row(
            raw("BOOL", [1], [2]),
            "input 'x': 'raw_input_contents': expected BOOL bytes of 0 or 1, found 2 in element 0"),
        Row(
            raw("BYTES", [1], [2, 0, 0, 0, 97]),
            "input 'x': 'raw_input_contents': expected BYTES elements that add up to 5 bytes, found one cut short"),
        Row(
            raw("UINT8", [1], [1], [2]),
            "request: 'raw_input_contents': expected one entry for each input that is not in shared memory, found 1 more"
        ),
        Row(
            raw("UINT8", [1], [1]) + Piece.bytes(5, Piece.text(1, "y") + Piece.text(2, "UINT8") + Piece.bytes(3, [1])),
            "input 'y': 'raw_input_contents': expected an entry for each input, found none for this one"),
        Row(
            input(Piece.text(2, "UINT8"), Piece.bytes(3, [1]), Piece.bytes(5, Piece.number(4, 1)))
                + Piece.bytes(7, [1]),
            "input 'x': expected either 'contents' or 'raw_input_contents', found both"),
        Row(
            typed("UINT8", 0, []) + Piece.bytes(5, Piece.text(1, "x") + Piece.text(2, "UINT8") + Piece.number(3, 0)),
            "input 'x': the input is given more than once"),
        Row(model + Piece.bytes(6, []), "outputs[0]: 'name' is missing; expected the output's name"),
        Row(
            model + Piece.bytes(6, Piece.text(1, "y")) + Piece.bytes(6, Piece.text(1, "y")),
            "output 'y': the output is requested more than once"),
        Row(
            model + Piece.entry(4, "triton_x", Piece.number(1, 1)),
            "request: 'parameters': parameter 'triton_x': names that begin with 'triton_' are reserved"),
        Row(
            model + Piece.entry(4, "a", []),
            "request: 'parameters': parameter 'a': expected a string, number or boolean, found none"),
        Row(
            model + Piece.entry(4, "a", Piece.number(5, 1 << 63)),
            "request: 'parameters': parameter 'a': expected a whole number in 0...9223372036854775807, found "
                + "9223372036854775808"),
        Row(
            input(Piece.text(2, "UINT8"), Piece.number(3, 1), shared),
            "input 'x': 'parameters': parameter 'shared_memory_region' is given without 'shared_memory_byte_size'"),
        Row(
            input(
                Piece.text(2, "UINT8"), Piece.number(3, 1), shared,
                Piece.entry(4, "shared_memory_byte_size", Piece.number(2, 1))),
            "input 'x': 'parameters': Client shared memory is disabled. Start the server with '--allow-client-shm=true' to "
                + "enable.", .unsupported),
    ]

    @Test("says what is wrong", arguments: rows)
    func saysWhatIsWrong(row: Row) {
        #expect(throws: InferError(row.code, row.error)) {
            var reader = try GRPCInferReader(Bytes(row.message))
            _ = try reader.readRequest()
        }
    }

    /// A limit, and a request that has as much as it allows where `count` is 2, and one more where it is 3.
    struct Limit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout V2Limits) -> Void
        let make: @Sendable (Int) -> [UInt8]
        let error: String
    }

    private static let limits: [Limit] = [
        Limit(
            testDescription: "inputs", change: { $0.maxInputCount = 2 },
            make: { count in
                model
                    + (0..<count).flatMap {
                        Piece.bytes(5, Piece.text(1, "\($0)") + Piece.text(2, "UINT8") + Piece.number(3, 0))
                    }
            }, error: "request: expected at most 2 inputs"),
        Limit(
            testDescription: "outputs", change: { $0.maxOutputCount = 2 },
            make: { count in model + (0..<count).flatMap { Piece.bytes(6, Piece.text(1, "\($0)")) } },
            error: "request: expected at most 2 outputs"),
        Limit(
            testDescription: "dimensions", change: { $0.maxRank = 2 },
            make: { input(Piece.text(2, "UINT8"), Piece.bytes(3, Array(repeating: 0, count: $0))) },
            error: "input 'x': 'shape': expected at most 2 dimensions"),
        Limit(
            testDescription: "parameters", change: { $0.maxParameterCount = 2 },
            make: { count in model + (0..<count).flatMap { Piece.entry(4, "\($0)", Piece.number(1, 1)) } },
            error: "request: 'parameters': expected at most 2 parameters"),
        Limit(
            testDescription: "repeated parameters", change: { $0.maxParameterCount = 2 },
            make: { count in model + (0...count).flatMap { _ in Piece.entry(4, "a", Piece.number(1, 1)) } },
            error: "request: 'parameters': expected at most 2 parameters"),
        Limit(
            testDescription: "bytes of a name", change: { $0.maxNameByteCount = 2 },
            make: { model + Piece.bytes(6, Piece.text(1, String(repeating: "a", count: $0))) },
            error: "outputs[0]: 'name': expected at most 2 bytes, found 3"),
        Limit(
            testDescription: "bytes of the id", change: { $0.maxNameByteCount = 2 },
            make: { model + Piece.text(3, String(repeating: "a", count: $0)) },
            error: "request: expected names and an id of at most 2 bytes, found 3"),
        Limit(
            testDescription: "bytes of a parameter", change: { $0.maxParameterByteCount = 2 },
            make: { model + Piece.entry(4, "a", Piece.text(3, String(repeating: "a", count: $0))) },
            error: "request: 'parameters': parameter 'a': expected at most 2 bytes, found 3"),
        Limit(
            testDescription: "expanded bytes", change: { $0.maxExpandedByteCount = 16 },
            make: { typed("INT64", UInt64($0), Piece.bytes(3, Array(repeating: 1, count: $0))) },
            error:
                "input 'x': 'int64_contents': data expands to 24 bytes, which exceeds the maximum allowed input size of 16 "
                + "bytes"),
        Limit(
            testDescription: "expanded text", change: { $0.maxExpandedByteCount = 8 },
            make: { count in typed("BYTES", UInt64(count), (0..<count).flatMap { _ in Piece.text(8, "") }) },
            error: "input 'x': 'bytes_contents': data expands to more than the maximum allowed input size of 8 bytes"),
    ]

    @Test("holds every limit on both sides", arguments: limits)
    func holdsEveryLimitOnBothSides(limit: Limit) throws {
        var limits = V2Limits()
        limit.change(&limits)
        var reader = try GRPCInferReader(Bytes(limit.make(2)), limits: limits)
        _ = try reader.readRequest()
        #expect(throws: InferError(.invalidArgument, limit.error)) {
            var reader = try GRPCInferReader(Bytes(limit.make(3)), limits: limits)
            _ = try reader.readRequest()
        }
    }

    @Test func shapesThatNoMemoryHoldsCostNothing() {
        #expect(throws: InferError.self) {
            var reader = try GRPCInferReader(Bytes(Self.typed("FP64", 1 << 59, Piece.number(7, 1))))
            _ = try reader.readRequest()
        }
    }
}
