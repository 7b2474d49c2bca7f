import DunlinInference
import DunlinKernels

extension Operators {
    // swift-format-ignore
    static let arithmetic: [OperatorEntry] = [
        //            domain name       since  inputs
        OperatorEntry("", "Add",            7,  inputs: 2...2) { _ in Arithmetic(.add) },
        OperatorEntry("", "Sub",            7,  inputs: 2...2) { _ in Arithmetic(.subtract) },
        OperatorEntry("", "Mul",            7,  inputs: 2...2) { _ in Arithmetic(.multiply) },
        OperatorEntry("", "Div",            7,  inputs: 2...2) { _ in Arithmetic(.divide) },
        OperatorEntry("", "PRelu",          7,  inputs: 2...2) { _ in Arithmetic(.prelu) },
        OperatorEntry("", "Mod",            10, inputs: 2...2, mod),
        OperatorEntry("", "Pow",            7,  inputs: 2...2, Pow.init),
        OperatorEntry("", "BitShift",       11, inputs: 2...2, BitShift.init),
        OperatorEntry("", "Sum",            6,  inputs: 1...mostInputs) { _ in Variadic(.add) },
        OperatorEntry("", "Mean",           6,  inputs: 1...mostInputs) { _ in Variadic(.add, isMean: true) },
        OperatorEntry("", "Min",            6,  inputs: 1...mostInputs) { _ in Variadic(.minimum) },
        OperatorEntry("", "Max",            6,  inputs: 1...mostInputs) { _ in Variadic(.maximum) },
        OperatorEntry("", "Equal",          7,  inputs: 2...2) { _ in Comparison(relation: .equal) },
        OperatorEntry("", "Greater",        7,  inputs: 2...2) { _ in Comparison(relation: .greater) },
        OperatorEntry("", "GreaterOrEqual", 12, inputs: 2...2) { _ in Comparison(relation: .greaterOrEqual) },
        OperatorEntry("", "Less",           7,  inputs: 2...2) { _ in Comparison(relation: .less) },
        OperatorEntry("", "LessOrEqual",    12, inputs: 2...2) { _ in Comparison(relation: .lessOrEqual) },
        OperatorEntry("", "And",            7,  inputs: 2...2) { _ in Logic(connective: .and) },
        OperatorEntry("", "Or",             7,  inputs: 2...2) { _ in Logic(connective: .or) },
        OperatorEntry("", "Xor",            7,  inputs: 2...2) { _ in Logic(connective: .xor) },
    ]

    /// The most inputs of an operator that takes any number.
    static let mostInputs = 1 << 16

    private static func mod(_ node: Node) throws(InferError) -> any Operator {
        Arithmetic(try node.bool("fmod", default: false) ? .truncatedRemainder : .flooredRemainder)
    }
}
