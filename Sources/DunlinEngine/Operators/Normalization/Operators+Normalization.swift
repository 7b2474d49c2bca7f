extension Operators {
    // swift-format-ignore
    static let normalization: [OperatorEntry] = [
        //            domain name                   since  inputs
        OperatorEntry("", "Softmax",               1,  inputs: 1...1, Softmax.probabilities),
        OperatorEntry("", "LogSoftmax",            1,  inputs: 1...1, Softmax.logarithms),
        OperatorEntry("", "Hardmax",               1,  inputs: 1...1, Softmax.hard),
        OperatorEntry("", "LayerNormalization",    17, inputs: 2...3, LayerNormalization.init),
        OperatorEntry("", "BatchNormalization",    6,  inputs: 5...5, BatchNormalization.make),
        OperatorEntry("", "InstanceNormalization", 6,  inputs: 3...3, InstanceNormalization.init),
        OperatorEntry("", "LRN",                   1,  inputs: 1...1, LRN.init),
        OperatorEntry("", "LpNormalization",       1,  inputs: 1...1, LpNormalization.init),
    ]
}
