import DunlinInference

extension Operators {
    // swift-format-ignore
    static let reduction: [OperatorEntry] = [
        //            domain name             since  inputs
        OperatorEntry("", "ReduceSum",         1,  inputs: 1...2, reduce(.sum)),
        OperatorEntry("", "ReduceMean",        1,  inputs: 1...2, reduce(.mean)),
        OperatorEntry("", "ReduceMax",         1,  inputs: 1...2, reduce(.maximum)),
        OperatorEntry("", "ReduceMin",         1,  inputs: 1...2, reduce(.minimum)),
        OperatorEntry("", "ReduceProd",        1,  inputs: 1...2, reduce(.product)),
        OperatorEntry("", "ReduceL1",          1,  inputs: 1...2, reduce(.l1)),
        OperatorEntry("", "ReduceL2",          1,  inputs: 1...2, reduce(.l2)),
        OperatorEntry("", "ReduceSumSquare",   1,  inputs: 1...2, reduce(.sumOfSquares)),
        OperatorEntry("", "ReduceLogSum",      1,  inputs: 1...2, reduce(.logSum)),
        OperatorEntry("", "ReduceLogSumExp",   1,  inputs: 1...2, reduce(.logSumOfExponentials)),
        OperatorEntry("", "ArgMax",            1,  inputs: 1...1, ArgExtreme.maximum),
        OperatorEntry("", "ArgMin",            1,  inputs: 1...1, ArgExtreme.minimum),
    ]

    private static func reduce(_ reduction: Reduction) -> OperatorEntry.Maker {
        { (node) throws(InferError) in try Reduce(node, reduction) }
    }
}
