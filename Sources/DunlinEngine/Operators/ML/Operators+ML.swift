extension Operators {
    // swift-format-ignore
    static let ml: [OperatorEntry] = [
        //            domain        name                      since  inputs
        OperatorEntry("ai.onnx.ml", "TreeEnsemble",           5,     inputs: 1...1, TreeEnsembleRegressor.init(ensemble:)),
        OperatorEntry("ai.onnx.ml", "TreeEnsembleClassifier", 1,     inputs: 1...1, TreeEnsembleClassifier.make),
        OperatorEntry("ai.onnx.ml", "TreeEnsembleRegressor",  1,     inputs: 1...1, TreeEnsembleRegressor.init(_:)),
    ]
}
