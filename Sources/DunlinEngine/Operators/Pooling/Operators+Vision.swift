import DunlinKernels

extension Operators {
    // swift-format-ignore
    static let vision: [OperatorEntry] = [
        //            domain name               since  inputs
        OperatorEntry("", "Conv",              1,  inputs: 2...3, Conv.init),
        OperatorEntry("", "MaxPool",           1,  inputs: 1...1, Pool.maximum),
        OperatorEntry("", "AveragePool",       1,  inputs: 1...1, Pool.average),
        OperatorEntry("", "GlobalAveragePool", 1,  inputs: 1...1) { _ in GlobalPool(reduction: .mean) },
        OperatorEntry("", "GlobalMaxPool",     1,  inputs: 1...1) { _ in GlobalPool(reduction: .maximum) },
        OperatorEntry("", "LpPool",            2,  inputs: 1...1, LpPool.init),
        OperatorEntry("", "GlobalLpPool",      2,  inputs: 1...1, LpPool.global),
        OperatorEntry("", "MaxUnpool",         9,  inputs: 2...3, MaxUnpool.init),
        OperatorEntry("", "Col2Im",            18, inputs: 3...3, Col2Im.init),
        OperatorEntry("", "DeformConv",        19, inputs: 3...5, DeformConv.init),
    ]
}
