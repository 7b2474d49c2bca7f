extension Operators {
    // swift-format-ignore
    static let detection: [OperatorEntry] = [
        //            domain name                       since  inputs
        OperatorEntry("", "NonMaxSuppression",         10, inputs: 2...5, NonMaxSuppression.init),
        OperatorEntry("", "GridSample",                16, inputs: 2...2, GridSample.init),
        OperatorEntry("", "AffineGrid",                20, inputs: 2...2, AffineGrid.init),
        OperatorEntry("", "RoiAlign",                  10, inputs: 3...3, RoiAlign.init),
        OperatorEntry("", "Shrink",                    9,  inputs: 1...1, Shrink.init),
        OperatorEntry("", "MeanVarianceNormalization", 9,  inputs: 1...1, MeanVarianceNormalization.init),
    ]
}
