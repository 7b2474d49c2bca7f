extension Operators {
    // swift-format-ignore
    static let activation: [OperatorEntry] = [
        //            domain  name         since  inputs
        OperatorEntry("",     "LeakyRelu", 6,     inputs: 1...1, LeakyRelu.init),
    ]
}
