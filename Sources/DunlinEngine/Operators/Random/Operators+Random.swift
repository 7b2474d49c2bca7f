extension Operators {
    // swift-format-ignore
    static let random: [OperatorEntry] = [
        //            domain name                since  inputs
        OperatorEntry("", "RandomUniform",      1,  inputs: 0...0, RandomTensor.uniform),
        OperatorEntry("", "RandomUniformLike",  1,  inputs: 1...1, RandomTensor.uniform),
        OperatorEntry("", "RandomNormal",       1,  inputs: 0...0, RandomTensor.normal),
        OperatorEntry("", "RandomNormalLike",   1,  inputs: 1...1, RandomTensor.normal),
        OperatorEntry("", "Bernoulli",          15, inputs: 1...1, Bernoulli.init),
        OperatorEntry("", "Multinomial",        7,  inputs: 1...1, Multinomial.init),
        OperatorEntry("", "Dropout",            6,  inputs: 1...3, Dropout.make),
    ]
}
