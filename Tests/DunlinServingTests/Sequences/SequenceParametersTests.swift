import DunlinInference
import Testing

@testable import DunlinServing

@Suite struct SequenceParametersTests {
    @Test func readsNumbersAndText() throws {
        let number = try SequenceParameters(["sequence_id": .int(7), "sequence_start": .bool(true)], model: "m")
        #expect(number.id == .number(7))
        #expect(number.starts && !number.ends)
        let text = try SequenceParameters(["sequence_id": .string("a"), "sequence_end": .bool(true)], model: "m")
        #expect(text.id == .text("a"))
        #expect(!text.starts && text.ends)
        #expect("\(number.id) \(text.id)" == "7 a")
    }

    @Test(
        "refuses what is no id or flag",
        arguments: [
            ([:], "inference request to model 'm' must specify a non-zero or non-empty correlation ID"),
            (["sequence_id": .int(0)], "must specify a non-zero or non-empty correlation ID"),
            (["sequence_id": .string("")], "must specify a non-zero or non-empty correlation ID"),
            (["sequence_id": .int(-1)], "parameter 'sequence_id' must be text or a whole number in 1..."),
            (["sequence_id": .double(1.5)], "parameter 'sequence_id' must be text or a whole number in 1..."),
            (["sequence_id": .bool(true)], "parameter 'sequence_id' must be text or a whole number in 1..."),
            (["sequence_id": .int(1), "sequence_start": .int(1)], "parameter 'sequence_start' must be true or false"),
            (["sequence_id": .int(1), "sequence_end": .string("x")], "parameter 'sequence_end' must be true or false"),
        ] as [(Parameters, String)])
    func refusesWhatIsNoID(parameters: Parameters, message: String) {
        let error = #expect(throws: InferError.self) { try SequenceParameters(parameters, model: "m") }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(message) == true)
    }

    @Test func theLengthOfAnIDIsLimited() throws {
        let limit = SequenceParameters.maxByteCount
        let longest = String(repeating: "i", count: limit)
        #expect(try SequenceParameters(["sequence_id": .string(longest)], model: "m").id == .text(longest))
        #expect(
            throws: InferError(
                .invalidArgument, "parameter 'sequence_id' has \(limit + 1) bytes; the limit is \(limit)")
        ) {
            try SequenceParameters(["sequence_id": .string(longest + "i")], model: "m")
        }
    }
}
