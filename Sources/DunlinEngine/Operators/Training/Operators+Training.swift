extension Operators {
    // swift-format-ignore
    static let training: [OperatorEntry] = [
        //            domain                       name        since  inputs
        OperatorEntry("ai.onnx.preview.training", "Momentum",  1,     inputs: 5...mostInputs, OptimizerStep.momentum),
        OperatorEntry("ai.onnx.preview.training", "Adagrad",   1,     inputs: 5...mostInputs, OptimizerStep.adagrad),
        OperatorEntry("ai.onnx.preview.training", "Adam",      1,     inputs: 6...mostInputs, OptimizerStep.adam),
    ]
}
