import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinServing

@Suite struct ModelConfigurationFileEnsembleTests {
    private static let expected: [ModelConfiguration.EnsembleStep] = {
        var first = ModelConfiguration.EnsembleStep()
        first.model = "a"
        first.inputs = [.init("x", "in"), .init("z", "in")]
        first.outputs = [.init("y", "middle")]
        var second = ModelConfiguration.EnsembleStep()
        second.model = "b"
        second.version = 3
        second.inputs = [.init("x", "middle")]
        second.outputs = [.init("y", "out")]
        return [first, second]
    }()

    @Test func readsConfigPbtxt() throws {
        let text = """
            platform: "ensemble"
            ensemble_scheduling {
              step [
                { model_name: "a" model_version: -1
                  input_map { key: "x" value: "in" } input_map { key: "z" value: "in" }
                  output_map { key: "y" value: "middle" } },
                { model_name: "b" model_version: 3
                  input_map { key: "x" value: "middle" } output_map { key: "y" value: "out" } }
              ]
            }
            """
        let file = try ModelConfigurationFile(parsing: Bytes(text), isTOML: false)
        #expect(file.configuration.ensembleSteps == Self.expected)
    }

    @Test func readsJSON() throws {
        let file = try ModelConfigurationFile(
            parsingJSON: """
                {"platform":"ensemble","ensemble_scheduling":{"step":[
                {"model_name":"a","input_map":{"x":"in","z":"in"},"output_map":{"y":"middle"}},
                {"model_name":"b","model_version":3,"input_map":{"x":"middle"},"output_map":{"y":"out"}}]}}
                """)
        #expect(file.configuration.ensembleSteps == Self.expected)
    }

    @Test func readsTOML() throws {
        let text = """
            platform = "ensemble"
            [[ensemble_scheduling.step]]
            model_name = "a"
            input_map = { x = "in", z = "in" }
            output_map = { y = "middle" }
            [[ensemble_scheduling.step]]
            model_name = "b"
            model_version = 3
            input_map = { x = "middle" }
            output_map = { y = "out" }
            """
        let file = try ModelConfigurationFile(parsing: Bytes(text), isTOML: true)
        #expect(file.configuration.ensembleSteps == Self.expected)
    }

    private static let maps = "input_map { key: \"x\" value: \"in\" } output_map { key: \"y\" value: \"out\" }"

    @Test(
        "refuses what makes no ensemble",
        arguments: [
            ("platform: \"ensemble\"", "line 1: platform 'ensemble' needs ensemble_scheduling"),
            (
                "platform: \"onnxruntime_onnx\"\nensemble_scheduling { }",
                "line 2: ensemble_scheduling needs platform 'ensemble', found 'onnxruntime_onnx'"
            ),
            ("ensemble_scheduling { }", "ensemble_scheduling has no step"),
            (
                "ensemble_scheduling { }\ninstance_group { }",
                "line 2: instance_group and ensemble_scheduling do not go together"
            ),
            (
                "ensemble_scheduling { }\ndynamic_batching { }",
                "line 2: dynamic_batching and ensemble_scheduling do not go together"
            ),
            (
                "ensemble_scheduling { }\nsequence_batching { }",
                "line 2: sequence_batching and ensemble_scheduling do not go together"
            ),
            ("ensemble_scheduling { step { \(maps) } }", "ensemble_scheduling.step 1 has no model_name"),
            (
                "ensemble_scheduling { step { model_name: \"..\" \(maps) } }",
                "ensemble_scheduling.step 1: model_name: "
            ),
            (
                "ensemble_scheduling { step { model_name: \"a\" \(maps) model_version: -2 } }",
                "ensemble_scheduling.step 1: model_version is -2; it must be -1 or above"
            ),
            (
                "ensemble_scheduling { step { model_name: \"a\" \(maps) model_namespace: \"n\" } }",
                "ensemble_scheduling.step 1: model_namespace is not supported"
            ),
            (
                "ensemble_scheduling { step { model_name: \"a\" output_map { key: \"y\" value: \"out\" } } }",
                "ensemble_scheduling.step 1 has no input_map"
            ),
            (
                "ensemble_scheduling { step { model_name: \"a\" input_map { key: \"x\" value: \"in\" } } }",
                "ensemble_scheduling.step 1 has no output_map"
            ),
            (
                "ensemble_scheduling { step { model_name: \"a\" \(maps) input_map { key: \"x\" value: \"z\" } } }",
                "ensemble_scheduling.step 1.input_map: 'x' is given more than once"
            ),
            (
                "ensemble_scheduling { step { model_name: \"a\" input_map { key: \"x\" } } }",
                "ensemble_scheduling.step 1.input_map needs key and value"
            ),
        ])
    func refusesWhatMakesNoEnsemble(text: String, message: String) {
        do {
            _ = try ModelConfigurationFile(parsing: Bytes(text), isTOML: false)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }
}
