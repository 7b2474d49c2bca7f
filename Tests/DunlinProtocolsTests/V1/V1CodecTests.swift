import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct V1CodecTests {
    private static func profile(_ type: DataType, _ shape: [Int]) -> V1Profile {
        let tensor = TensorMetadata(name: "x", dataType: type, shape: shape)
        return V1Profile(ModelSignature(inputs: [tensor], outputs: [tensor]))
    }

    private static func decode(
        _ body: String, _ profile: V1Profile, limits: V2Limits = .init()
    ) throws(InferError) -> V1Codec.Request {
        try V1Codec.decode(Bytes(body), .predict, model: "m", version: nil, profile: profile, limits: limits)
    }

    @Test(arguments: DataType.allCases)
    func everyDatatypeTravelsBothWays(type: DataType) throws {
        let element =
            switch type {
            case .bool: "true"
            case .bytes: "\"text\""
            case let type where type.isFloatingPoint: "-2.5"
            default: "7"
            }
        let profile = Self.profile(type, [-1, 2])
        let request = try Self.decode(#"{"instances":[[\#(element),\#(element)]]}"#, profile)
        let tensor = request.infer.inputs[0].tensor
        #expect(tensor.dataType == type && tensor.shape == [1, 2])
        let answer = try V1Codec.encode(
            InferResponse(model: "m", version: "1", outputs: request.infer.inputs), as: request.answer,
            profile: profile)
        #expect(answer.string == #"{"predictions":[[\#(element),\#(element)]]}"#)
    }

    @Test("columns come in any order", arguments: [2, 16, 17, 40])
    func columnsComeInAnyOrder(count: Int) throws {
        let inputs = (0..<count).map { TensorMetadata(name: "c\($0)", dataType: .int32, shape: [-1]) }
        let profile = V1Profile(ModelSignature(inputs: inputs, outputs: inputs))
        let row = (0..<count).map { "\"c\($0)\":\($0)" }
        let shuffled = row.enumerated().sorted {
            ($0.offset * 7 % count, $0.offset) < ($1.offset * 7 % count, $1.offset)
        }
        let rows = [row, row.reversed(), shuffled.map(\.element)].map { "{" + $0.joined(separator: ",") + "}" }
        let request = try Self.decode("{\"instances\":[\(rows.joined(separator: ","))]}", profile)
        #expect(request.infer.inputs.map(\.name) == inputs.map(\.name))
        for (index, input) in request.infer.inputs.enumerated() {
            let values = input.tensor.bytes.withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
            #expect(values == [Int32](repeating: Int32(index), count: 3))
        }
        let error = #expect(throws: InferError.self) {
            try Self.decode("{\"instances\":[\(rows[0]),{\"other\":1}]}", profile)
        }
        #expect(error?.message.contains("'other' is no input of the model") == true)
    }

    @Test func halfPrecisionIsRoundedToNearestEven() throws {
        let half = try Self.decode(#"{"instances":[2049,2051,0.1,65519]}"#, Self.profile(.fp16, [-1]))
        #expect(
            half.infer.inputs[0].tensor.bytes.withUnsafeBytes { bytes in
                (0..<4).map { Float(Float16(bitPattern: bytes.load(fromByteOffset: $0 * 2, as: UInt16.self))) }
            } == [2048, 2052, Float(Float16(0.1)), 65504])
        let brain = try Self.decode(#"{"instances":[257,259,NaN]}"#, Self.profile(.bf16, [-1]))
        let bits = brain.infer.inputs[0].tensor.bytes.withUnsafeBytes { bytes in
            (0..<3).map { bytes.load(fromByteOffset: $0 * 2, as: UInt16.self) }
        }
        #expect(bits[0] == 0x4380 && bits[1] == 0x4382 && Float(bitPattern: UInt32(bits[2]) << 16).isNaN)
    }

    @Test(arguments: [(DataType.fp16, "65519", "65520"), (.bf16, "3.39e38", "3.4e38")])
    func numbersThatSixteenBitsDoNotHoldAreRefused(type: DataType, last: String, first: String) throws {
        for sign in ["", "-"] {
            _ = try Self.decode("{\"instances\":[\(sign)\(last)]}", Self.profile(type, [-1]))
            let error = #expect(throws: InferError.self) {
                try Self.decode("{\"instances\":[1,\(sign)\(first)]}", Self.profile(type, [-1]))
            }
            #expect(error?.message.contains("input 'x': expected numbers within") == true)
        }
    }

    @Test(
        "an answer without elements is not written as lists without number",
        arguments: [[1 << 20, 0], [0, 1 << 20], [1 << 10, 0, 1 << 10]])
    func emptyLists(extents: [Int]) throws {
        func encode(_ extents: [Int], _ type: DataType) throws(InferError) -> Bytes {
            let output = NamedTensor("y", Tensor(dataType: type, shape: Shape(extents), bytes: Bytes("")))
            return try V1Codec.encode(
                InferResponse(model: "m", version: "1", outputs: [output]), as: .tensors,
                profile: Self.profile(type, extents))
        }
        for type in [DataType.fp32, .bytes] {
            #expect(try encode(extents, type).count <= 4 << 20)
            for factor in [2, 1 << 40] {
                let larger = extents.map { $0 == 0 ? 0 : $0 * factor }
                let error = #expect(throws: InferError.self) { try encode(larger, type) }
                #expect(error?.code == .resourceExhausted)
            }
        }
    }

    @Test func theAnswerKeyFollowsTheForm() throws {
        let profile = Self.profile(.fp32, [-1])
        let rows: [(String, V1Codec.Answer)] = [
            (#"{"instances":[1]}"#, .predictions([])), (#"{"inputs":[1]}"#, .predictions([])),
            (#"{"inputs":[{"x":1}]}"#, .predictions([])), (#"{"inputs":{"x":[1]}}"#, .tensors),
            (#"{"inputs":[1],"signature_name":"serving_default"}"#, .tensors),
            (#"{"signature_name":"","instances":[1]}"#, .rows),
        ]
        for (body, answer) in rows { #expect(try Self.decode(body, profile).answer == answer, "\(body)") }
    }

    @Test func theLimitOfExpansionIsExact() throws {
        var limits = V2Limits()
        limits.maxExpandedByteCount = 16
        let profile = Self.profile(.fp32, [-1])
        #expect(try Self.decode(#"{"instances":[1,2,3,4]}"#, profile, limits: limits).infer.inputs.count == 1)
        #expect(throws: InferError.self) { try Self.decode(#"{"instances":[1,2,3,4,5]}"#, profile, limits: limits) }
        let named = #"{"instances":[{"x":1},{"x":2},{"x":3},{"x":4}"#
        #expect(try Self.decode(named + "]}", profile, limits: limits).infer.inputs.count == 1)
        #expect(throws: InferError.self) { try Self.decode(named + #",{"x":5}]}"#, profile, limits: limits) }
    }

    @Test func theLimitOfDimensionsIsExact() throws {
        var limits = V2Limits()
        limits.maxRank = 2
        let profile = Self.profile(.fp32, [-1, 1])
        #expect(try Self.decode(#"{"instances":[[1]]}"#, profile, limits: limits).infer.inputs.count == 1)
        #expect(throws: InferError.self) { try Self.decode(#"{"instances":[[[1]]]}"#, profile, limits: limits) }
    }

    @Test func aContextIsNotCopiedBeyondTheLimit() throws {
        var limits = V2Limits()
        limits.maxExpandedByteCount = 1000
        let signature = ModelSignature(
            inputs: [TensorMetadata(name: "x", dataType: .bytes, shape: [-1])],
            outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1])])
        func decode(_ count: Int) throws(InferError) {
            let text = String(repeating: "a", count: 96)
            let examples = Array(repeating: "{}", count: count).joined(separator: ",")
            _ = try V1Codec.decode(
                Bytes(#"{"context":{"x":"\#(text)"},"examples":[\#(examples)]}"#), .regress, model: "m", version: nil,
                profile: V1Profile(signature), limits: limits)
        }
        // The context itself counts once.
        try decode(9)
        #expect(throws: InferError.self) { try decode(10) }
    }

    @Test func aModelOfAnyInputsIsReferredToV2() {
        let profile = V1Profile(ModelSignature(inputs: [], outputs: [], isVariadic: true))
        let error = #expect(throws: InferError.self) { try Self.decode(#"{"instances":[1]}"#, profile) }
        #expect(error?.code == .unsupported && error?.message.contains("/v2/models/m/infer") == true)
    }

    @Test(
        "other members are passed, their JSON is checked",
        arguments: [
            (#"{"parameters":{"a":[1,{}]},"instances":[1],"x":null}"#, true),
            (#"{"instances":[1],"x":nul}"#, false), (#"{"instances":[1]} x"#, false),
            (#"{"instances":[1],"instances":[1]}"#, false), (#"{"signature_name":"a","signature_name":"a"}"#, false),
        ])
    func otherMembers(body: String, isGood: Bool) {
        #expect(((try? Self.decode(body, Self.profile(.fp32, [-1]))) != nil) == isGood)
    }

    @Test(
        "rows may be nested as is convenient where their size is known",
        arguments: [
            ([2, 4], [-1, 4], [2, 4]), ([2, 4], [-1, 2, 2], [2, 2, 2]), ([2, 2, 2], [-1, 4], [2, 4]),
            ([3], [-1, 1], [3, 1]), ([3, 1], [-1], [3]), ([], [], []), ([3], [3], [3]),
            ([1, 4], [1, 2, 2], [1, 2, 2]),
            ([0, 4], [-1, 4], [0, 4]), ([3], [-1, -1], nil), ([4], [-1, 4], nil), ([2, 4], [1, 4], nil), ([], [1], nil),
            ([2, 3], [-1, 4], nil), ([2, 2], [-1, 2, -1], nil), ([1, 1], [-1, Int.max, 4], nil),
        ] as [([Int], [Int], [Int]?)])
    func shapes(found: [Int], expected: [Int], fitted: [Int]?) {
        #expect(V1Shape.fit(found, to: expected) == fitted)
    }
}
