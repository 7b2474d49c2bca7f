import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor
import Testing

/// Good requests with random damage: each is either refused or gives tensors that agree with themselves, and the
/// decoder never traps.
@Suite struct V2MutationTests {
    private static let seeds: [(body: String, headerLength: Int?)] = [
        (#"{"inputs":[{"name":"X","shape":[1,4],"datatype":"FP32","data":[[5.1,3.5,1.4,0.2]]}]}"#, nil),
        (
            #"{"id":"1","parameters":{"a":true,"b":1.5},"inputs":[{"data":[1,[2]],"name":"x","datatype":"INT8","shape":[2]}]}"#,
            nil
        ),
        (
            #"{"inputs":[{"name":"s","shape":[2],"datatype":"BYTES","data":["a\u00e9","\ud83d\ude00"]}],"outputs":[{"name":"y"}]}"#,
            nil
        ),
        (
            #"{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":5}}]}"#
                + "\u{1}\0\0\0a", 92
        ),
        (
            #"{"inputs":[{"name":"x","datatype":"UINT64","shape":[1],"parameters":{"binary_data_size":8}}]}"#
                + "abcdefgh", 93
        ),
    ]

    private static let fragments = [
        "", "{", "}", "[", "]", "\"", ",", ":", "0", "-", "9223372036854775807", "1e400", "NaN", "null", "true", "\\u",
        "\"data\":", "\"shape\":", "[0]", "[[[[", "\u{80}", "\0", "4611686018427387904,", "\"name\":\"x\",", "BYTES",
        "FP64",
    ]

    @Test(arguments: seeds.indices) func neverTraps(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed) &+ 11)
        let (body, headerLength) = Self.seeds[seed]
        _ = try V2InferCodec.decode(Bytes(body), headerLength: headerLength, model: "m", version: nil)
        var accepted = 0
        for _ in 0..<6_000 {
            var bytes = Array(body.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                let end = min(bytes.count, place + Int.random(in: 0...6, using: &generator))
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.replaceSubrange(place..<end, with: Self.fragments.randomElement(using: &generator)!.utf8)
                case 1: bytes.removeSubrange(place..<end)
                case 2:
                    bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
                default: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
                }
            }
            let length = headerLength.map {
                Bool.random(using: &generator) ? $0 : Int.random(in: 1...100, using: &generator)
            }
            do throws(InferError) {
                let request = try V2InferCodec.decode(Bytes(bytes), headerLength: length, model: "m", version: nil)
                accepted += 1
                for input in request.inputs { check(input.tensor) }
            } catch {
                #expect(error.code == .invalidArgument || error.code == .unsupported)
                #expect(!error.message.isEmpty)
            }
        }
        #expect(accepted > 0 && accepted < 6_000)
    }

    private func check(_ tensor: Tensor) {
        if tensor.dataType == .bytes {
            #expect(BytesElements.count(in: tensor.bytes) == tensor.elementCount)
        } else {
            #expect(tensor.bytes.count == tensor.elementCount * tensor.dataType.byteCount!)
        }
    }
}
