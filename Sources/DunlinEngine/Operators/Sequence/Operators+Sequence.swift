import DunlinInference

extension Operators {
    /// Sequences and optionals are rewritten when a graph is imported (`SequenceElimination`). One of these operators
    /// that is left could not be.
    // swift-format-ignore
    static let sequence: [OperatorEntry] = [
        //            domain name                  since  inputs
        OperatorEntry("", "SequenceEmpty",        11, inputs: 0...0, refused),
        OperatorEntry("", "SequenceConstruct",    11, inputs: 1...mostInputs, refused),
        OperatorEntry("", "SequenceInsert",       11, inputs: 2...3, refused),
        OperatorEntry("", "SequenceErase",        11, inputs: 1...2, refused),
        OperatorEntry("", "SequenceAt",           11, inputs: 2...2, refused),
        OperatorEntry("", "SequenceLength",       11, inputs: 1...1, refused),
        OperatorEntry("", "ConcatFromSequence",   11, inputs: 1...1, refused),
        OperatorEntry("", "SplitToSequence",      11, inputs: 1...2, refused),
        OperatorEntry("", "Optional",             15, inputs: 0...1, refused),
        OperatorEntry("", "OptionalHasElement",   15, inputs: 0...1, refused),
        OperatorEntry("", "OptionalGetElement",   15, inputs: 1...1, refused),
    ]

    private static func refused(_ node: Node) throws(InferError) -> any Operator {
        throw InferError(
            .unsupported, "a sequence or optional whose elements the file alone does not tell is not supported")
    }
}
