import DunlinInference
import DunlinTensor

/// Finds out which extents of which tensors a computed shape consists of, although the extents are not known yet.
///
/// An unknown extent is given a number of its own, and what moves numbers about (`Slice`, `Concat`, …) is evaluated.
struct ShapeTrace {
    private let pattern: GraphPattern

    /// Numbers from here on stand for extents; larger than any extent can be.
    private static let firstNumber = 1 << 40
    /// Nodes in a row that are followed.
    private static let longestChain = 16
    /// Elements that a shape has at most.
    private static let mostElements = 64

    init(_ pattern: GraphPattern) { self.pattern = pattern }

    /// The extents of `value`, numbers for those that are not known; `nil` when the rank is not known.
    func extents(of value: Int) -> [Int]? {
        pattern.facts[value]?.extents?.enumerated().map { axis, extent in
            extent >= 0 ? extent : Self.firstNumber + value * TensorFact.mostAxes + axis
        }
    }

    /// The elements of an INT64 tensor, numbers for extents that are not known; `nil` where anything else is in it.
    func elements(of value: Int?) -> [Int]? { value.flatMap { tensor($0, Self.longestChain) }?.map(Int.init) }

    private func tensor(_ value: Int, _ left: Int) -> [Int64]? {
        evaluated(value, left).flatMap { $0.dataType == .int64 ? $0.elements(as: Int64.self) : nil }
    }

    private func evaluated(_ value: Int, _ left: Int) -> Tensor? {
        if let constant = pattern.facts[value]?.constant {
            return constant.elementCount <= Self.mostElements ? constant : nil
        }
        guard left > 0, let node = pattern.node(value), node.outputs.count == 1 else { return nil }
        if let body = node.body as? ShapeOf, let input = node.inputs[0], let extents = extents(of: input) {
            return (try? body.infer(InputFacts([TensorFact(.fp32, extents)])))?.first?.constant
        }
        guard node.body is any MovementOperator || node.body.isView else { return nil }
        var inputs: [Tensor?] = []
        for input in node.inputs {
            guard let input else {
                inputs.append(nil)
                continue
            }
            guard let tensor = evaluated(input, left - 1) else { return nil }
            inputs.append(tensor)
        }
        // An extent's number that is used as a count or an index is refused here.
        return (try? evaluate(node.body, inputs, byteLimit: Self.mostElements * 8))?.first
    }
}
