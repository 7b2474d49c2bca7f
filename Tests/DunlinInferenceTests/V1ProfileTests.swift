import DunlinTensor
import Testing

@testable import DunlinInference

@Suite struct V1ProfileTests {
    private static func output(_ name: String, _ type: DataType, _ shape: [Int], _ labels: [String] = [])
        -> TensorMetadata
    { TensorMetadata(name: name, dataType: type, shape: shape, labels: labels) }

    private static let input = TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 3])
    private static let classifier = ModelSignature(
        inputs: [input],
        outputs: [output("output_label", .int64, [-1]), output("output_probability", .fp32, [-1, 3])])

    private static func profile(_ outputs: TensorMetadata...) -> V1Profile {
        V1Profile(ModelSignature(inputs: [input], outputs: outputs))
    }

    @Test func aClassifierAnswersItsLabels() {
        let profile = V1Profile(Self.classifier)
        #expect(profile.predicted == [0] && profile.labels == 0 && profile.probabilities == 1)
        #expect(profile.scores == 1 && profile.classes == nil && profile.regression == nil)
        let turned = Self.profile(
            Self.output("scores", .fp64, [-1, 3]), Self.output("classes", .bytes, [-1, 1]))
        #expect(turned.predicted == [1] && turned.scores == 0 && turned.isFlattened == [false, true])
    }

    @Test func otherPairsAreNoClassifiers() {
        for (label, scores) in [
            (Self.output("y", .int64, [-1]), Self.output("probabilities", .fp32, [-1, 3])),
            (Self.output("label", .fp32, [-1]), Self.output("probabilities", .fp32, [-1, 3])),
            (Self.output("label", .int64, [-1, 2]), Self.output("probabilities", .fp32, [-1, 3])),
            (Self.output("label", .int64, [-1]), Self.output("probabilities", .fp32, [-1])),
            (Self.output("label", .bool, [-1]), Self.output("probabilities", .fp32, [-1, 3])),
        ] {
            let profile = Self.profile(label, scores)
            #expect(profile.predicted == [] && profile.labels == nil, "\(label) \(scores)")
        }
    }

    @Test func scoresClassesAndRegressionAreFound() {
        #expect(Self.profile(Self.output("y", .fp32, [-1, 10])).scores == 0)
        #expect(Self.profile(Self.output("y", .fp32, [-1, 10])).regression == nil)
        #expect(Self.profile(Self.output("y", .fp32, [-1, 1])).regression == 0)
        #expect(Self.profile(Self.output("y", .fp64, [-1])).regression == 0)
        let two = Self.profile(Self.output("a", .fp32, [-1, 10]), Self.output("b", .fp32, [-1, 2], ["no", "yes"]))
        #expect(two.scores == 1)
        #expect(Self.profile(Self.output("a", .fp32, [-1, 3]), Self.output("b", .fp32, [-1, 2])).scores == nil)
        let named = Self.profile(Self.output("s", .fp32, [-1, 3]), Self.output("c", .bytes, [-1, 3]))
        #expect(named.scores == 0 && named.classes == 1)
        #expect(Self.profile(Self.output("a", .fp32, [-1]), Self.output("b", .fp32, [-1])).regression == nil)
    }

    @Test func aRegressorOfScikitLearnAnswersNumbers() {
        #expect(Self.profile(Self.output("variable", .fp32, [-1, 1])).isFlattened == [true])
        #expect(Self.profile(Self.output("y", .fp32, [-1, 1])).isFlattened == [false])
        #expect(Self.profile(Self.output("variable", .fp32, [-1, 2])).isFlattened == [false])
    }

    @Test func parametersDecide() throws {
        let profile = try V1Profile(
            Self.classifier,
            parameters: [
                "v1_style": "TensorFlow", "v1_outputs": "output_probability, output_label", "v1_scores": "output_label",
                "v1_columns": " a,b , c", "version_labels": "stable=3, canary = 4", "v1_regression": "output_label",
            ])
        #expect(profile.style == .tensorflow && profile.predicted == [1, 0] && profile.scores == 0)
        #expect(profile.columns == ["a", "b", "c"] && profile.regression == 0)
        #expect(profile.versionLabels == ["stable": "3", "canary": "4"])
        #expect(try V1Profile(Self.classifier, parameters: ["predict_proba": "true"]).predicted == [1])
        #expect(try V1Profile(Self.classifier, parameters: ["v1_outputs": "*"]).predicted == [])
        #expect(try V1Profile(Self.classifier, parameters: [:], prefersProbabilities: true).predicted == [1])
        let labels = ["predict_proba": "false"]
        #expect(try V1Profile(Self.classifier, parameters: labels, prefersProbabilities: true).predicted == [0])
    }

    @Test(
        "a parameter that makes no sense is named",
        arguments: [
            ("v1_style", "mlflow", "one of kserve, tensorflow"), ("predict_proba", "maybe", "true or false"),
            ("v1_outputs", "nothing", "an output of the model ('output_label', 'output_probability')"),
            ("v1_outputs", "output_label,output_label", "each output once"), ("v1_scores", "x", "an output"),
            ("v1_classes", "x", "an output"), ("v1_regression", "", "an output"),
            ("v1_columns", "a,b", "different names for the columns"), ("v1_columns", "a,b,b", "different names"),
            ("v1_columns", "a,b,", "different names"), ("version_labels", "stable", "labels with versions"),
            ("version_labels", "stable=x", "labels"), ("version_labels", "stable=0", "labels"),
            ("version_labels", "a=1,a=2", "labels"), ("version_labels", "=1", "labels"),
        ])
    func senseless(key: String, value: String, expected: String) {
        let error = #expect(throws: InferError.self) { try V1Profile(Self.classifier, parameters: [key: value]) }
        #expect(error?.message.contains("parameter '\(key)' is") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test func probabilitiesNeedAPair() {
        let signature = ModelSignature(inputs: [Self.input], outputs: [Self.output("y", .fp32, [-1, 3])])
        #expect(throws: InferError.self) { try V1Profile(signature, parameters: ["predict_proba": "true"]) }
        let strings = ModelSignature(
            inputs: [TensorMetadata(name: "x", dataType: .bytes, shape: [-1, 3])], outputs: [])
        #expect(throws: InferError.self) { try V1Profile(strings, parameters: ["v1_columns": "a,b,c"]) }
    }
}
