package import DunlinInference
package import DunlinTensor

/// A graph made ready for one set of input shapes: kernels in order, and where each value lies in memory.
/// Immutable, shared by all instances.
package final class Plan: Sendable {
    /// One thing a run does.
    enum Step: Sendable {
        /// Calls a kernel. `operands` is the position of its slot numbers in `Plan.operands`.
        case kernel(Kernel, operands: Int, inputCount: Int, outputCount: Int, node: Int)
        /// Evaluates an operator whose outputs' sizes only the run can tell.
        case evaluate(Evaluation, inputs: [EagerInput?], outputs: [EagerOutput], node: Int)
    }

    /// Where an evaluated operator finds an input.
    enum EagerInput: Sendable {
        case constant(Tensor)
        /// The request's input with this number, under a shape.
        case request(Int, Shape)
        /// What an earlier evaluation made.
        case evaluated(Int)
        /// Memory that a kernel filled.
        case slot(Int, DataType, Shape)
        /// A constant that the operator has packed.
        case packed
    }

    /// Where an evaluated output goes: its number among evaluated tensors, and the slot that kernels read it from.
    struct EagerOutput: Sendable {
        var number: Int
        var slot: Int
        /// What planning promised; a run that makes anything else is stopped.
        var promised: TensorFact
    }

    enum Output: Sendable {
        case constant(Tensor)
        case request(Int, Shape)
        case evaluated(Int)
        /// Memory allocated for each run: its number, and the tensor over it.
        case fresh(Int, DataType, Shape)
        /// Text that the INT32 numbers in a slot stand for.
        case labels(Int, TextLabels, Shape)
    }

    /// Where slots point before a run.
    enum Place: Sendable {
        case nothing
        case constant(Tensor)
        case request(Int)
        case arena(offset: Int, byteCount: Int)
        case fresh(Int)
        case evaluated
    }

    /// Memory that each run allocates, because an output keeps it.
    struct Fresh: Sendable {
        var slot: Int
        var byteCount: Int
    }

    /// What `dunlin profile` tells of a step besides its time.
    struct StepFacts: Sendable {
        /// The node's index in the graph.
        var node: Int
        var variant = ""
        var multiplyAdds = 0
        /// Bytes read and written; constants count too.
        var byteCount = 0
        var outputs: [TensorFact] = []
    }

    let inputShapes: [Shape]
    /// How often a run goes through the steps, each time with the next rows of inputs and outputs.
    package let repeats: Int
    let steps: [Step]
    let stepFacts: [StepFacts]
    let operands: [Int32]
    let places: [Place]
    let fresh: [Fresh]
    let requestSlots: [Int]
    let outputs: [Output]
    /// Output bytes that an execution keeps from one run to the next; larger outputs cost far more than allocating them.
    package static let mostReusedByteCount = 1 << 20

    /// Whether all outputs lie in memory that a run allocates, each in its own, or are labels: then a later run may use
    /// that memory again.
    let canReuseOutputs: Bool
    let outputNames: [String]
    let nodePlaces: [String]
    let evaluatedCount: Int
    package let arenaByteCount: Int
    /// Bytes of the constants that planning made, beyond those of the graph.
    let foldedByteCount: Int
    /// Bytes that a tensor may have whose size only the run can tell.
    let byteLimit: Int

    /// - Parameter repeats: With more than one, `planner` planned that fraction of the rows, and nothing but kernels.
    init(_ planner: Planner, inputShapes: [Shape], repeats: Int = 1) {
        self.inputShapes = inputShapes
        self.repeats = repeats
        steps = planner.steps
        stepFacts = planner.stepFacts
        operands = planner.operands
        places = planner.places
        fresh = planner.fresh.map { Fresh(slot: $0.slot, byteCount: $0.byteCount * repeats) }
        requestSlots = planner.requestSlots
        outputs = planner.outputs.map { output in
            guard repeats > 1, case .fresh(let number, let dataType, let shape) = output else { return output }
            return .fresh(number, dataType, Shape([shape[0] * repeats] + shape.dimensions.dropFirst()))
        }
        let numbers = planner.outputs.compactMap { output -> Int? in
            guard case .fresh(let number, _, _) = output else { return nil }
            return planner.fresh[number].byteCount > 0 ? number : nil
        }
        let labelled = planner.outputs.filter {
            guard case .labels(_, _, let shape) = $0 else { return false }
            return shape.elementCount > 0
        }
        let byteCount = fresh.reduce(0) { $0 + $1.byteCount }
        canReuseOutputs =
            byteCount <= Self.mostReusedByteCount && numbers.count + labelled.count == planner.outputs.count
            && Set(numbers).count == numbers.count
        outputNames = planner.graph.outputs.map(\.name)
        nodePlaces = planner.graph.nodes.map(\.place)
        evaluatedCount = planner.evaluatedCount
        arenaByteCount = planner.arenaByteCount
        byteLimit = planner.byteLimit
        foldedByteCount = planner.foldedByteCount
    }

    /// Plans `graph` for inputs of these shapes, whose datatypes are the declared ones.
    ///
    /// - Throws: `.resourceExhausted` when a run would need more than `byteLimit` bytes.
    package static func make(_ graph: Graph, inputShapes: [Shape], byteLimit: Int) throws(InferError) -> Plan {
        if let plan = try inParts(graph, inputShapes: inputShapes, byteLimit: byteLimit) { return plan }
        var planner = try Planner(graph, inputShapes: inputShapes, byteLimit: byteLimit)
        try planner.plan()
        return Plan(planner, inputShapes: inputShapes)
    }
}
