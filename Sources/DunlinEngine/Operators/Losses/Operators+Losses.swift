extension Operators {
    // swift-format-ignore
    static let losses: [OperatorEntry] = [
        //            domain name                         since  inputs
        OperatorEntry("", "NegativeLogLikelihoodLoss",   12, inputs: 2...3) { node throws(Failure) in
            try LogLikelihoodLoss(node, takesScores: false)
        },
        OperatorEntry("", "SoftmaxCrossEntropyLoss",     12, inputs: 2...3) { node throws(Failure) in
            try LogLikelihoodLoss(node, takesScores: true)
        },
    ]

    private typealias Failure = OperatorEntry.Failure
}
