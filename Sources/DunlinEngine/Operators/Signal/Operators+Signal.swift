extension Operators {
    // swift-format-ignore
    static let signal: [OperatorEntry] = [
        //            domain name              since  inputs
        OperatorEntry("", "DFT",              17, inputs: 1...2, DFT.init),
        OperatorEntry("", "DFT",              20, inputs: 1...3, DFT.init),
        OperatorEntry("", "STFT",             17, inputs: 2...4, STFT.init),
        OperatorEntry("", "HannWindow",       17, inputs: 1...1, WindowFunction.hann),
        OperatorEntry("", "HammingWindow",    17, inputs: 1...1, WindowFunction.hamming),
        OperatorEntry("", "BlackmanWindow",   17, inputs: 1...1, WindowFunction.blackman),
        OperatorEntry("", "MelWeightMatrix",  17, inputs: 5...5, MelWeightMatrix.init),
    ]
}
