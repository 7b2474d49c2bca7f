extension Operators {
    // swift-format-ignore
    static let control: [OperatorEntry] = [
        //            domain name    since  inputs
        OperatorEntry("", "If",       1,  inputs: 1...1, If.init),
        OperatorEntry("", "Loop",     1,  inputs: 0...mostInputs, Loop.init),
        OperatorEntry("", "Scan",     8,  inputs: 0...mostInputs, Scan.withBatch),
        OperatorEntry("", "Scan",     9,  inputs: 1...mostInputs, Scan.init),
    ]
}
