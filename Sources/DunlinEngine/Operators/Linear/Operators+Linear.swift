extension Operators {
    // swift-format-ignore
    static let linear: [OperatorEntry] = [
        //            domain name    since  inputs
        OperatorEntry("", "MatMul",   1,  inputs: 2...2, MatMul.init),
        OperatorEntry("", "Gemm",     7,  inputs: 2...3, Gemm.init),
    ]
}
