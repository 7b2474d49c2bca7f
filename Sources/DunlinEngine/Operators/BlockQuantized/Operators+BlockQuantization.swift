extension Operators {
    // swift-format-ignore
    static let blockQuantization: [OperatorEntry] = [
        //            domain           name                    since  inputs
        OperatorEntry("com.microsoft", "MatMulNBits",          1,  inputs: 3...6, MatMulNBits.init),
        OperatorEntry("com.microsoft", "GatherBlockQuantized", 1,  inputs: 3...4, GatherBlockQuantized.init),
    ]
}
