import DunlinInference

/// A node that the engine cannot run, and why.
package struct LackingOperator: Sendable, Hashable {
    package var domain: String
    package var type: String
    package var opset: Int
    package var node: String
    package var reason: String

    /// The most nodes that one error message spells out.
    static let mostListed = 20

    /// One error that lists them all.
    static func error(_ lacking: [LackingOperator]) -> InferError {
        var lines = lacking.prefix(mostListed).map {
            "\($0.domain.isEmpty ? $0.type : "\($0.domain).\($0.type)") (opset \($0.opset), node '\($0.node)': "
                + "\($0.reason))"
        }
        if lacking.count > mostListed { lines.append("and \(lacking.count - mostListed) more nodes") }
        return InferError(.unsupported, "the native engine lacks: " + lines.joined(separator: "; "))
    }
}
