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
        OperatorEntry("", "Pow",            7,  inputs: 2...2) { _ in Pow() },
        OperatorEntry("", "BitShift",       11, inputs: 2...2, BitShift.init),
        OperatorEntry("", "BitwiseAnd",     18, inputs: 2...2) { _ in Bitwise(connective: .and) },
        OperatorEntry("", "BitwiseOr",      18, inputs: 2...2) { _ in Bitwise(connective: .or) },
        OperatorEntry("", "BitwiseXor",     18, inputs: 2...2) { _ in Bitwise(connective: .xor) },
        OperatorEntry("", "BitwiseNot",     18, inputs: 1...1, BitwiseNot.init),
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

    // swift-format-ignore
    static let legacyArithmetic: [OperatorEntry] = [
        //            domain name       since  inputs
        OperatorEntry("", "Add",            1,  inputs: 2...2, legacy { Arithmetic(.add) }),
        OperatorEntry("", "Sub",            1,  inputs: 2...2, legacy { Arithmetic(.subtract) }),
        OperatorEntry("", "Mul",            1,  inputs: 2...2, legacy { Arithmetic(.multiply) }),
        OperatorEntry("", "Div",            1,  inputs: 2...2, legacy { Arithmetic(.divide) }),
        OperatorEntry("", "Pow",            1,  inputs: 2...2, legacy { Pow() }),
        OperatorEntry("", "PRelu",          1,  inputs: 2...2) { LegacyBroadcast(prelu: $0, Arithmetic(.prelu)) },
        OperatorEntry("", "Equal",          1,  inputs: 2...2, legacy { Comparison(relation: .equal) }),
        OperatorEntry("", "Greater",        1,  inputs: 2...2, legacy { Comparison(relation: .greater) }),
        OperatorEntry("", "Less",           1,  inputs: 2...2, legacy { Comparison(relation: .less) }),
        OperatorEntry("", "And",            1,  inputs: 2...2, legacy { Logic(connective: .and) }),
        OperatorEntry("", "Or",             1,  inputs: 2...2, legacy { Logic(connective: .or) }),
        OperatorEntry("", "Xor",            1,  inputs: 2...2, legacy { Logic(connective: .xor) }),
    ]

    private static func legacy(_ modern: @escaping @Sendable () -> any Operator) -> OperatorEntry.Maker {
        { (node) throws(InferError) in try LegacyBroadcast(node, modern()) }
    }

    /// The most inputs of an operator that takes any number.
    static let mostInputs = 1 << 16

    private static func mod(_ node: Node) throws(InferError) -> any Operator {
        Arithmetic(try node.bool("fmod", default: false) ? .truncatedRemainder : .flooredRemainder)
    }
}
