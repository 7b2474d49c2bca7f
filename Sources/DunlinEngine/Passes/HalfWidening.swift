import DunlinInference
import DunlinKernels
import DunlinTensor

/// Computes what a graph has in FP16 or BF16 in FP32, from the first operator to the last: constants are widened once,
/// at load, and what the fusions know of FP32 holds for such models too. The graph's inputs and outputs keep their
/// types; nothing in between is rounded, as in ONNX Runtime on CPUs.
struct HalfWidening: Pass {
    let name = "half-widening"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let facts = try graph.facts(given: graph.inputFacts())
        guard graph.nodes.contains(where: { Self.computes($0) && Self.touchesHalf($0, facts) }) else { return graph }
        var widening = Widening(graph, facts)
        for node in graph.nodes { widening.add(node) }
        return widening.finish()
    }

    /// Operators that give the same on FP32 tensors, but for rounding.
    private static let computing: Set<String> = [
        "Abs", "Acos", "Acosh", "Add", "ArgMax", "ArgMin", "Asin", "Asinh", "Atan", "Atanh", "AveragePool",
        "BatchNormalization", "Ceil", "Celu", "Clip", "Conv", "ConvTranspose", "Cos", "Cosh", "CumSum", "Div", "Einsum",
        "Elu", "Equal", "Erf", "Exp", "Floor", "GRU", "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "Greater",
        "GreaterOrEqual", "GridSample", "HardSigmoid", "HardSwish", "Hardmax", "InstanceNormalization", "IsNaN", "LRN",
        "LSTM", "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax", "LpNormalization",
        "MatMul", "Max", "MaxPool", "Mean", "MeanVarianceNormalization", "Min", "Mish", "Mul", "Neg", "PRelu", "Pow",
        "RNN", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
        "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Resize", "Round", "Selu", "Shrink",
        "Sigmoid", "Sign", "Sin", "Sinh", "Softmax", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Tan", "Tanh",
        "ThresholdedRelu", "TopK", "Upsample",
    ]

    /// Operators that move elements: they follow their neighbours, but are no reason to widen anything.
    private static let moving: Set<String> = [
        "Compress", "Concat", "DepthToSpace", "Dropout", "Expand", "Flatten", "Gather", "GatherElements", "GatherND",
        "Identity", "NonZero", "Pad", "Reshape", "ReverseSequence", "ScatterElements", "ScatterND", "Shape", "Size",
        "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze", "Where",
    ]

    static func computes(_ node: GraphNode) -> Bool {
        (node.domain.isEmpty && computing.contains(node.type))
            || (node.domain == "com.microsoft" && ["Gelu", "MatMulNBits"].contains(node.type))
    }

    static func moves(_ node: GraphNode) -> Bool { node.domain.isEmpty && moving.contains(node.type) }

    static func touchesHalf(_ node: GraphNode, _ facts: [TensorFact?]) -> Bool {
        (node.inputs + node.outputs).contains { $0.flatMap { facts[$0] }?.dataType.isHalf ?? false }
    }
}

/// The graph as it is rewritten.
private struct Widening {
    private var graph: Graph
    private let facts: [TensorFact?]
    /// The FP32 value of each half-precision one that has been made.
    private var wide: [Int: Int] = [:]
    /// Half-precision values that the new graph has.
    private var halves: Set<Int>
    private var nodes: [GraphNode] = []

    init(_ graph: Graph, _ facts: [TensorFact?]) {
        self.graph = graph
        self.facts = facts
        halves = Set(graph.inputs)
        for value in graph.values.indices where graph.values[value].constant != nil { halves.insert(value) }
    }

    private func isHalf(_ value: Int) -> Bool { facts[value]?.dataType.isHalf ?? false }

    mutating func add(_ original: GraphNode) {
        var node = original
        // A cast reads what is there in FP32; what it makes is rounded as the model says.
        let isCast = node.domain.isEmpty && node.type == "Cast"
        let isWide = HalfWidening.computes(node) || (HalfWidening.moves(node) && !isTable(node))
        if isWide || isCast {
            for (index, input) in node.inputs.enumerated() {
                if let input, isHalf(input) { node.inputs[index] = widened(input) }
            }
        } else {
            for case let input? in node.inputs where isHalf(input) { narrow(input) }
        }
        for (index, output) in node.outputs.enumerated() {
            guard let output, isHalf(output) else { continue }
            if isWide { node.outputs[index] = newWide(output) } else { halves.insert(output) }
        }
        nodes.append(node)
    }

    mutating func finish() -> Graph {
        for output in graph.outputs where isHalf(output.value) { narrow(output.value) }
        graph.nodes = nodes
        return graph
    }

    /// Rows that are taken from a constant stay as they are in the file: only those taken are widened.
    private func isTable(_ node: GraphNode) -> Bool {
        guard node.type == "Gather", let data = node.inputs[0] else { return false }
        return graph.values[data].constant != nil
    }

    private mutating func newWide(_ value: Int) -> Int {
        let index = graph.add(Graph.Value(name: graph.values[value].name))
        wide[value] = index
        return index
    }

    private mutating func widened(_ value: Int) -> Int {
        if let known = wide[value] { return known }
        let index = newWide(value)
        if let constant = graph.values[value].constant {
            graph.values[index].declared = TensorFact(constant: constant.widened)
        } else {
            cast(value, to: .fp32, index)
        }
        return index
    }

    private mutating func narrow(_ value: Int) {
        guard halves.insert(value).inserted, let source = wide[value], let type = facts[value]?.dataType else { return }
        cast(source, to: type, value)
    }

    private mutating func cast(_ source: Int, to type: DataType, _ target: Int) {
        nodes.append(
            GraphNode(
                name: graph.values[target].name, domain: "", type: "Cast", body: Cast(to: type), inputs: [source],
                outputs: [target]))
    }
}
