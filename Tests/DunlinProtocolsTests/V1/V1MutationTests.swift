import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

/// Good requests with random damage: each is either refused or gives tensors that the model takes and an answer that is
/// JSON, and the decoder never traps.
@Suite struct V1MutationTests {
    private struct Seed {
        var verb: V1Codec.Verb
        var body: String
        var inputs: [TensorMetadata]
        var parameters: [String: String] = [:]
    }

    private static func tensor(_ name: String, _ type: DataType, _ shape: [Int]) -> TensorMetadata {
        TensorMetadata(name: name, dataType: type, shape: shape)
    }

    private static let several = [
        tensor("a", .int8, [-1, 1]), tensor("b_bytes", .bytes, [-1]), tensor("c", .fp64, [-1, 2]),
    ]

    private static let seeds = [
        Seed(
            verb: .predict, body: #"{"instances":[[5.1,3.5,1.4,0.2],[1,NaN,-3e2,4]]}"#,
            inputs: [tensor("x", .fp32, [-1, 4])]),
        Seed(
            verb: .predict, body: #"{"instances":[{"a":1,"b":2},{"b":4,"a":3}],"x":[{}]}"#,
            inputs: [tensor("x", .fp16, [-1, 2])]),
        Seed(
            verb: .predict, body: #"{"instances":[{"a":1,"b":2},{"b":4,"a":3}]}"#,
            inputs: [tensor("x", .int32, [-1, 2])], parameters: ["v1_columns": "a,b"]),
        Seed(
            verb: .predict, body: #"{"inputs":["a",{"b64":"aGk="},"\u00e9"],"signature_name":""}"#,
            inputs: [tensor("x", .bytes, [-1])]),
        Seed(
            verb: .predict,
            body: #"{"instances":[{"a":[1],"b_bytes":"x","c":[1,2]},{"c":[3,4],"b_bytes":"","a":[2]}]}"#,
            inputs: several),
        Seed(verb: .predict, body: #"{"inputs":{"a":[1,2],"b_bytes":["x","y"],"c":[[1,2],[3,4]]}}"#, inputs: several),
        Seed(
            verb: .regress,
            body: #"{"context":{"c":[1,2]},"examples":[{"a":true,"b_bytes":"x"},{"a":5,"b_bytes":"y"}]}"#,
            inputs: several, parameters: ["v1_regression": "a"]),
        Seed(
            verb: .classify, body: #"{"examples":[{"x":[0.25,0.75]},{"x":[1,0]}]}"#,
            inputs: [tensor("x", .fp32, [-1, 2])]),
    ]

    private static let fragments = [
        "", "{", "}", "[", "]", "\"", ",", ":", "0", "-", "9223372036854775807", "1e400", "NaN", "null", "true", "\\u",
        "\"instances\":", "\"inputs\":", "[]", "[[[[", "\u{80}", "\0", "{}", "{\"b64\":\"aGk=\"}", "\"a\":1,", "[1,2]",
        "\"x\":", "\"context\":{},", "\"signature_name\":\"predict\",",
    ]

    @Test(arguments: seeds.indices) func neverTraps(index: Int) throws {
        var generator = SeededGenerator(seed: UInt64(index) &+ 5)
        let seed = Self.seeds[index]
        // The second seed's rows are columns of nothing: good JSON that is always refused.
        let isGood = index != 1
        let profile = try V1Profile(
            ModelSignature(inputs: seed.inputs, outputs: seed.inputs), parameters: seed.parameters)
        var limits = V2Limits()
        limits.maxExpandedByteCount = 4096
        var accepted = 0
        let count = 6_000
        for turn in 0..<count {
            let bytes = turn == 0 ? Array(seed.body.utf8) : Self.damaged(seed.body, &generator)
            do throws(InferError) {
                let request = try V1Codec.decode(
                    Bytes(bytes), seed.verb, model: "m", version: nil, profile: profile, limits: limits)
                accepted += 1
                _ = try request.infer.inputs(checkedAgainst: profile.signature)
                for input in request.infer.inputs { Self.check(input.tensor) }
                let answer = try V1Codec.encode(
                    InferResponse(model: "m", version: "1", outputs: request.infer.inputs), as: request.answer,
                    profile: profile)
                var scanner = JSONScanner(answer)
                let isJSON = (try? scanner.skipValue()) != nil && (try? scanner.expectEnd()) != nil
                #expect(isJSON, "\(answer.string)")
            } catch {
                #expect(error.code == .invalidArgument)
                #expect(!error.message.isEmpty)
                if turn == 0 { #expect(!isGood, "\(error)") }
            }
        }
        #expect((accepted > 0) == isGood && accepted < count)
    }

    private static func damaged(_ body: String, _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(body.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 0...6, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes.replaceSubrange(place..<end, with: fragments.randomElement(using: &generator)!.utf8)
            case 1: bytes.removeSubrange(place..<end)
            case 2:
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            default: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
            }
        }
        return bytes
    }

    private static func check(_ tensor: Tensor) {
        if tensor.dataType == .bytes {
            #expect(BytesElements.count(in: tensor.bytes) == tensor.elementCount)
        } else {
            #expect(tensor.bytes.count == tensor.elementCount * tensor.dataType.byteCount!)
        }
    }
}
