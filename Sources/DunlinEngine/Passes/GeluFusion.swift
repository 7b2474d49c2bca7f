import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes one `Gelu` of its spellings: x · (1 + erf(x / √2)) / 2 and x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2, with
/// the factors in any order.
struct GeluFusion: Pass {
    let name = "gelu-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let pattern = try GraphPattern(graph)
        var graph = graph
        for (index, node) in graph.nodes.enumerated() {
            guard let output = node.outputs[0], node.body is Arithmetic, let found = Self.match(pattern, output) else {
                continue
            }
            graph.nodes[index].body = Elementwise(found.function)
            graph.nodes[index].type = "Gelu"
            graph.nodes[index].inputs = [found.input]
        }
        return graph.withoutUnusedNodes()
    }

    private static func match(_ pattern: GraphPattern, _ output: Int) -> (function: UnaryFunction, input: Int)? {
        let (factors, number) = pattern.product(output)
        guard factors.count == 2, let dataType = pattern.facts[output]?.dataType,
            pattern.isNear(number, 0.5, dataType)
        else { return nil }
        for (input, curve) in [(factors[0], factors[1]), (factors[1], factors[0])] {
            guard let (inner, one) = pattern.withNumber(pattern.soleNode(curve), .add), one == 1,
                let node = pattern.soleNode(inner), let body = node.body as? Elementwise, let argument = node.inputs[0]
            else { continue }
            switch body.function.code {
            case .erf where isHalfRoot(pattern, argument, input, dataType): return (.gelu, input)
            case .tanh where isCubic(pattern, argument, input, dataType): return (.geluTanh, input)
            default: continue
            }
        }
        return nil
    }

    /// Whether `argument` is input / √2.
    private static func isHalfRoot(
        _ pattern: GraphPattern, _ argument: Int, _ input: Int, _ dataType: DataType
    ) -> Bool {
        guard pattern.uses[argument] == 1 else { return false }
        let (factors, number) = pattern.product(argument)
        return factors == [input] && pattern.isNear(number, 0.5.squareRoot(), dataType)
    }

    /// Whether `argument` is √(2/π) · (input + 0.044715 · input³), or the same with input taken out.
    private static func isCubic(
        _ pattern: GraphPattern, _ argument: Int, _ input: Int, _ dataType: DataType
    ) -> Bool {
        guard pattern.uses[argument] == 1 else { return false }
        let (factors, number) = pattern.product(argument)
        guard pattern.isNear(number, 0.797_884_560_802_865_4, dataType) else { return false }
        if factors.count == 1, let (left, right) = pattern.operands(pattern.soleNode(factors[0]), .add) {
            let cube = left == input ? right : right == input ? left : nil
            return cube.map { isPower(pattern, $0, input, 3, dataType) } ?? false
        }
        if factors.count == 2, factors.contains(input), let sum = factors.first(where: { $0 != input }),
            let (square, one) = pattern.withNumber(pattern.soleNode(sum), .add), one == 1
        {
            return isPower(pattern, square, input, 2, dataType)
        }
        return false
    }

    /// Whether `value` is 0.044715 times a power of input.
    private static func isPower(
        _ pattern: GraphPattern, _ value: Int, _ input: Int, _ exponent: Int, _ dataType: DataType
    ) -> Bool {
        guard pattern.uses[value] == 1 else { return false }
        let (factors, number) = pattern.product(value)
        guard pattern.isNear(number, 0.044_715, dataType) else { return false }
        var left = exponent
        for factor in factors {
            if factor == input {
                left -= 1
            } else if let node = pattern.soleNode(factor), node.body is Pow, node.inputs[0] == input,
                let power = pattern.number(node.inputs[1], beside: input), power == 2 || power == 3
            {
                left -= Int(power)
            } else {
                return false
            }
        }
        return left == 0
    }
}
