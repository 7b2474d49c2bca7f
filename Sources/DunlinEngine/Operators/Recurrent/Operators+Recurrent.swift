extension Operators {
    // swift-format-ignore
    static let recurrent: [OperatorEntry] = [
        //            domain name               since  inputs
        OperatorEntry("", "RNN",                7,  inputs: 3...6, Recurrent.rnn),
        OperatorEntry("", "GRU",                7,  inputs: 3...6, Recurrent.gru),
        OperatorEntry("", "LSTM",               7,  inputs: 3...8, Recurrent.lstm),
        OperatorEntry("", "ReverseSequence",    10, inputs: 2...2, ReverseSequence.init),
    ]
}
