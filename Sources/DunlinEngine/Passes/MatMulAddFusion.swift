import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes `MatMul` with a constant matrix and a following `Add` of a constant row one packed `MatMul`.
struct MatMulAddFusion: Pass {
    let name = "matmul-add-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let makers = graph.makers()
        let uses = graph.useCounts()
        let facts = try graph.facts(given: graph.inputFacts())
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard let add = node.body as? Arithmetic, add.function == .add else { continue }
            for (product, row) in [(0, 1), (1, 0)] {
                guard let maker = graph.soleMaker(node.inputs[product], makers, uses), !removed.contains(maker),
                    graph.nodes[maker].body is MatMul, let matrix = graph.nodes[maker].inputs[1],
                    let weights = graph.values[matrix].constant, weights.dataType == .fp32, weights.shape.rank == 2,
                    let bias = node.inputs[row].flatMap({ facts[$0]?.constant }),
                    bias.elementCount == weights.shape[1], bias.shape.dimensions.last == weights.shape[1],
                    // The sum must not have more axes than the product.
                    let rank = graph.nodes[maker].inputs[0].flatMap({ facts[$0]?.rank }), rank >= 2,
                    bias.shape.rank <= rank
                else { continue }
                graph.nodes[index].body = LinearLayer()
                graph.nodes[index].type = "MatMul+Add"
                graph.nodes[index].inputs = [graph.nodes[maker].inputs[0], matrix, node.inputs[row]]
                removed.insert(maker)
                break
            }
        }
        return graph.removing(removed)
    }
}

/// A packed matrix product of any number of rows with bias and activation; only passes make it.
struct LinearLayer: Operator {
    var activation = UnaryFunction.identity
    private var packed: PackedMatrix?
    private var bias: [Float] = []

    init() {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32])
        return [TensorFact(.fp32, try MatMulShape.output(inputs[0].extents, inputs[1].extents))]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard let weights = inputs[1].constant, let row = inputs[2].constant else {
            throw InferError(.internal, "a linear layer without constant weights")
        }
        var prepared = self
        prepared.bias = row.elements(as: Float.self)
        prepared.packed = weights.withElements(as: Float.self) {
            PackedMatrix(rows: weights.shape[0], columns: weights.shape[1], elements: $0, bf16: inputs.bf16)
        }
        return prepared
    }

    var packedInputs: [Int] { packed == nil ? [] : [1, 2] }

    var memoryByteCount: Int { (packed?.byteCount ?? 0) + bias.count * 4 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        var layer = self
        if layer.packed == nil, let prepared = try prepare(inputs) as? LinearLayer { layer = prepared }
        guard let packed = layer.packed else { preconditionFailure("a linear layer that is not packed") }
        let rows = inputs[0].shape.dimensions.dropLast().reduce(1, *)
        let (bias, activation) = (layer.bias, activation)
        return Kernel(variant: packed.variant, multiplyAdds: rows * packed.rows * packed.columns) { buffers in
            bias.withUnsafeBufferPointer {
                gemm(
                    m: rows, a: buffers.input(0), b: packed, bias: $0, activation: activation, c: buffers.output(0),
                    threads: buffers.threads)
            }
        }
    }
}
