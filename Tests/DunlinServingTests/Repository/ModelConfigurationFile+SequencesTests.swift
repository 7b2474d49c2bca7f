import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct ModelConfigurationFileSequencesTests {
    private func read(_ text: String) throws -> ModelConfiguration.SequenceBatching {
        try #require(try ModelConfigurationFile(parsing: Bytes(text), isTOML: false).configuration.sequenceBatching)
    }

    @Test func readsControlsAndState() throws {
        let batching = try read(
            """
            max_batch_size: 8
            sequence_batching {
              max_sequence_idle_microseconds: 5000000
              oldest { max_candidate_sequences: 4 preferred_batch_size: [ 4, 2 ] max_queue_delay_microseconds: 100 }
              control_input [
                { name: "START" control [ { kind: CONTROL_SEQUENCE_START int32_false_true: [ -1, 2 ] } ] },
                { name: "END" control [ { kind: CONTROL_SEQUENCE_END bool_false_true: [ false, true ] } ] },
                { name: "READY" control [ { kind: CONTROL_SEQUENCE_READY fp32_false_true: [ 0, 1.5 ] } ] },
                { name: "ID" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_STRING } ] }
              ]
              state [
                { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [ -1, 3 ] },
                { input_name: "j" output_name: "p" data_type: TYPE_INT64 dims: [ -1 ]
                  initial_state { data_type: TYPE_INT64 dims: [ 2 ] data_file: "two" name: "n" } }
              ]
            }
            """)
        #expect(batching.maxSequenceIdleMicroseconds == 5_000_000)
        #expect(batching.maxQueueDelayMicroseconds == 100)
        #expect(batching.strategy == .oldest(maxCandidateSequences: 4, preferredBatchSizes: [2, 4]))
        #expect(batching.controls.map(\.name) == ["START", "END", "READY", "ID"])
        #expect(batching.controls.map(\.kind) == [.start, .end, .ready, .correlationID])
        #expect(batching.controls.map(\.dataType) == [.int32, .bool, .fp32, .bytes])
        #expect(batching.controls.prefix(3).map(\.falseValue) == [-1, 0, 0])
        #expect(batching.controls.prefix(3).map(\.trueValue) == [2, 1, 1.5])
        #expect(batching.states.map(\.initialDimensions) == [[1, 3], [2]])
        #expect(batching.states.map(\.initial) == [.zeros, .file("two")])
    }

    @Test func whatIsLeftOutHasTritonsDefaults() throws {
        let batching = try read("sequence_batching { }")
        #expect(batching.strategy == .direct(minimumSlotUtilization: 0))
        #expect(batching.maxSequenceIdleMicroseconds == 1_000_000)
        #expect(
            try read("sequence_batching { direct { minimum_slot_utilization: 0.5 max_queue_delay_microseconds: 7 } }")
                .strategy == .direct(minimumSlotUtilization: 0.5))
    }

    @Test func jsonAndTOMLSayTheSame() throws {
        let json = try ModelConfigurationFile(
            parsingJSON: """
                {"sequence_batching":{"oldest":{"max_candidate_sequences":3},"control_input":[{"name":"S","control":[
                {"kind":"CONTROL_SEQUENCE_START","fp32_false_true":[0,1]}]}]}}
                """)
        let toml = try ModelConfigurationFile(
            parsing: Bytes(
                """
                [sequence_batching]
                oldest = { max_candidate_sequences = 3 }
                [[sequence_batching.control_input]]
                name = "S"
                control = [ { kind = "CONTROL_SEQUENCE_START", fp32_false_true = [0, 1] } ]
                """), isTOML: true)
        #expect(json.configuration.sequenceBatching?.controls.first?.name == "S")
        #expect(json.configuration.sequenceBatching == toml.configuration.sequenceBatching)
    }

    private static func control(_ text: String) -> String { "control_input { name: \"S\" control { \(text) } }" }
    private static func state(_ text: String) -> String {
        "state { input_name: \"i\" output_name: \"o\" data_type: TYPE_FP32 dims: 2 \(text) }"
    }

    @Test(
        "refuses what makes no sense",
        arguments: [
            ("iterative_sequence: true", "sequence_batching.iterative_sequence is not supported"),
            ("generative_sequence: true", "sequence_batching.generative_sequence is not supported"),
            (
                "max_sequence_idle_microseconds: 3600000001",
                "max_sequence_idle_microseconds is 3600000001; it must be in 0...3600000000 (an hour)"
            ),
            ("direct { } oldest { max_candidate_sequences: 1 }", "sequence_batching has both direct and oldest"),
            ("oldest { }", "max_candidate_sequences is 0; it must be in 1...65536"),
            ("oldest { max_candidate_sequences: 65537 }", "max_candidate_sequences is 65537; it must be in 1...65536"),
            (
                "oldest { max_candidate_sequences: 1 preferred_batch_size: 5 }",
                "preferred_batch_size is 5; it must be in 1...4 (max_batch_size)"
            ),
            ("direct { minimum_slot_utilization: 1.5 }", "minimum_slot_utilization is 1.5; it must be in 0...1"),
            ("control_input { }", "sequence_batching.control_input has no name"),
            ("control_input { name: \"S\" }", "control_input 'S' must have one control, found 0"),
            (
                control("kind: CONTROL_SEQUENCE_START"),
                "CONTROL_SEQUENCE_START needs one of int32_false_true, fp32_false_true, bool_false_true; found 0"
            ),
            (
                control("int32_false_true: [0, 1] fp32_false_true: [0, 1]"),
                "CONTROL_SEQUENCE_START needs one of int32_false_true, fp32_false_true, bool_false_true; found 2"
            ),
            (control("int32_false_true: [0, 1, 2]"), "int32_false_true must have exactly 2 entries, found 3"),
            (control("int32_false_true: [0, 2147483648]"), "int32_false_true is out of range"),
            (
                control("int32_false_true: [0, 1]")
                    + control("kind: CONTROL_SEQUENCE_END bool_false_true: [false, true]"),
                "control_input 'S' is given more than once"
            ),
            (
                control("int32_false_true: [0, 1]")
                    + control("int32_false_true: [0, 1]").replacing("\"S\"", with: "\"T\""),
                "control_input 'T': there is another CONTROL_SEQUENCE_START"
            ),
            (
                control("kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_FP32"),
                "data_type of CONTROL_SEQUENCE_CORRID must be TYPE_UINT64"
            ),
            (
                control("kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_INT64 int32_false_true: [0, 1]"),
                "int32_false_true makes no sense for CONTROL_SEQUENCE_CORRID"
            ),
            ("state { input_name: \"i\" }", "state 'i' needs input_name and output_name"),
            ("state { input_name: \"i\" output_name: \"o\" dims: 1 }", "state 'i' needs data_type"),
            (state("dims: 0"), "each of dims must be above 0, or -1 for any"),
            (state("") + state(""), "input 'i' is given more than once"),
            (state("initial_state { dims: 3 zero_data: true }"), "dims of initial_state are [3], the state's [2]"),
            (state("initial_state { dims: 2 }"), "initial_state needs one of zero_data and data_file"),
            (
                state("initial_state { dims: 2 zero_data: true data_file: \"f\" }"),
                "initial_state needs one of zero_data and data_file"
            ),
            (
                state("initial_state { data_type: TYPE_INT32 dims: 2 zero_data: true }"),
                "initial_state is INT32, the state FP32"
            ),
        ])
    func refusesWhatMakesNoSense(text: String, message: String) {
        let error = #expect(throws: TextFormatError.self) {
            try read("max_batch_size: 4 sequence_batching { \(text) }")
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains(message), "\(error.map { "\($0)" } ?? "")")
    }

    @Test func onlyOneKindOfBatchingIsTold() {
        #expect(throws: TextFormatError.self) { try read("sequence_batching { } dynamic_batching { }") }
    }
}
