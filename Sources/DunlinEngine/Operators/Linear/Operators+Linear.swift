import DunlinInference

extension Operators {
    // swift-format-ignore
    static let linear: [OperatorEntry] = [
        //            domain name    since  inputs
        OperatorEntry("", "MatMul",   1,  inputs: 2...2, MatMul.init),
        OperatorEntry("", "Gemm",     7,  inputs: 2...3, Gemm.init),
        OperatorEntry("", "Gemm",     1,  inputs: 3...3, legacyGemm),
        OperatorEntry("", "Det",      11, inputs: 1...1, Det.init),
    ]

    /// Input 2 may be broadcast only where `broadcast` says so; a file that is right computes the same without it.
    private static func legacyGemm(_ node: Node) throws(InferError) -> any Operator {
        node.ignore("broadcast")
        return try Gemm(node)
    }
}
