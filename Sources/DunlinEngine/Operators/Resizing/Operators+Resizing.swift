extension Operators {
    // swift-format-ignore
    static let resizing: [OperatorEntry] = [
        //            domain name       since  inputs
        OperatorEntry("", "Resize",        10, inputs: 1...4, Resize.make),
        OperatorEntry("", "Upsample",      7,  inputs: 1...2, Resize.upsample),
        OperatorEntry("", "ConvTranspose", 1,  inputs: 2...3, ConvTranspose.init),
        OperatorEntry("", "Einsum",        12, inputs: 1...mostInputs, Einsum.init),
    ]
}
