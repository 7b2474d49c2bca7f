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
    ]
}
