import DunlinBytes
import DunlinInference
import DunlinTensor

/// Works out a `Plan`.
struct Planner {
    let graph: Graph
    let facts: [TensorFact?]
    /// `EngineOptions.maxRunByteCount`.
    let byteLimit: Int
    private(set) var steps: [Plan.Step] = []
    private(set) var stepFacts: [Plan.StepFacts] = []
    private(set) var operands: [Int32] = []
    private(set) var places: [Plan.Place] = [.nothing]
    private(set) var fresh: [Plan.Fresh] = []
    private(set) var requestSlots: [Int] = []
    private(set) var outputs: [Plan.Output] = []
    private(set) var evaluatedCount = 0
    private(set) var arenaByteCount = 0
    private(set) var foldedByteCount = 0

    private let inputShapes: [Shape]
    /// The value whose memory each value shares; itself when it has its own.
    private var roots: [Int]
    private var origins: [Origin]
    /// Slot of each root value; 0 while it has none.
    private var slots: [Int]
    private var arena = ArenaLayout()

    /// How a root value comes to be.
    private enum Origin {
        case unused, constant
        case request(Int)
        case kernel
        case evaluated(Int)
        /// Text of which a kernel makes the numbers.
        case labels(TextLabels)
    }

    init(_ graph: Graph, inputShapes: [Shape], byteLimit: Int) throws(InferError) {
        self.graph = graph
        self.byteLimit = byteLimit
        self.inputShapes = inputShapes
        var given: [TensorFact] = []
        for (input, shape) in zip(graph.inputs, inputShapes) {
            guard let declared = graph.values[input].declared else {
                throw InferError(.internal, "input '\(graph.values[input].name)' has no type")
            }
            given.append(TensorFact(declared.dataType, shape.dimensions))
        }
        facts = try graph.facts(given: given)
        roots = Array(graph.values.indices)
        origins = facts.map { $0?.constant == nil ? .unused : .constant }
        slots = [Int](repeating: 0, count: graph.values.count)
        for (number, input) in graph.inputs.enumerated() { origins[input] = .request(number) }
    }

    mutating func plan() throws(InferError) {
        let wanted = wantedNodes()
        for (index, node) in graph.nodes.enumerated() where wanted[index] {
            do throws(InferError) { try classify(node) } catch { throw error.within(node.place) }
        }
        placeOutputs()
        for input in graph.inputs {
            requestSlots.append(slots[input])
        }
        var position = 0
        for (index, node) in graph.nodes.enumerated() where wanted[index] && !isView(node) {
            do throws(InferError) { try add(node, index, at: position) } catch { throw error.within(node.place) }
            position += 1
        }
        // Labels are written when all steps are done.
        for output in graph.outputs { arena.use(slots[roots[output.value]], at: position) }
        try layOutArena()
        finishOutputs()
    }

    // MARK: What has to run

    private func isConstant(_ value: Int) -> Bool { facts[value]?.constant != nil }

    private func wantedNodes() -> [Bool] {
        var needed = [Bool](repeating: false, count: graph.values.count)
        for output in graph.outputs { needed[output.value] = true }
        var wanted = [Bool](repeating: false, count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated().reversed() {
            let isNeeded = node.outputs.contains { $0.map { needed[$0] && !isConstant($0) } ?? false }
            guard isNeeded else { continue }
            wanted[index] = true
            for case let input? in node.inputs where !isConstant(input) { needed[input] = true }
        }
        return wanted
    }

    private func inputFacts(_ node: GraphNode) -> InputFacts {
        InputFacts(node.inputs.map { $0.flatMap { facts[$0] } })
    }

    private func isEager(_ node: GraphNode) -> Bool {
        if let eager = node.body as? any EagerOperator, eager.isEager(inputFacts(node)) { return true }
        let isOpen: (Int?) -> Bool = { value in value.map { !(facts[$0]?.isComplete ?? false) } ?? false }
        if node.inputs.contains(where: isOpen) || node.outputs.contains(where: isOpen) { return true }
        return node.outputs.contains { $0.map { facts[$0]?.dataType == .bytes } ?? false }
    }

    /// A view that needs no step: its input's memory is known to the plan.
    private func isView(_ node: GraphNode) -> Bool {
        guard node.body.isView, let input = node.inputs[0], let output = node.outputs[0] else { return false }
        return roots[output] == roots[input] && output != input
    }

    private mutating func classify(_ node: GraphNode) throws(InferError) {
        if node.body.isView, let input = node.inputs[0], let output = node.outputs[0], let from = facts[input],
            let to = facts[output], to.isComplete, node.outputs.count == 1
        {
            // The elements of the file's axes or shape may be known only now.
            guard from.elementCount == to.elementCount, from.dataType == to.dataType else {
                throw InferError(.invalidArgument, "\(from) cannot be seen as \(to)")
            }
            switch origins[roots[input]] {
            case .request, .kernel:
                roots[output] = roots[input]
                return
            default: break
            }
        }
        let labels = labels(node)
        let eager = labels == nil && (isEager(node) || node.body.isView)
        for case let output? in node.outputs where !isConstant(output) {
            if let labels, output == node.outputs[0] {
                origins[output] = .labels(labels)
            } else if eager {
                origins[output] = .evaluated(evaluatedCount)
                evaluatedCount += 1
            } else {
                origins[output] = .kernel
            }
        }
    }

    /// The labels of a node whose kernel can tell their numbers, because nothing but the model's caller reads the text.
    private func labels(_ node: GraphNode) -> TextLabels? {
        guard let body = node.body as? any LabelOperator, let text = node.outputs[0], !isConstant(text),
            !graph.nodes.contains(where: { $0.inputs.contains(text) })
        else { return nil }
        let isComplete: (Int?) -> Bool = { value in value.map { facts[$0]?.isComplete ?? false } ?? true }
        return node.inputs.allSatisfy(isComplete) && node.outputs.allSatisfy(isComplete) ? body.labels : nil
    }

    // MARK: Slots

    private mutating func newSlot(_ place: Plan.Place) -> Int {
        places.append(place)
        return places.count - 1
    }

    /// Counts a constant that the plan keeps, when it is not the graph's.
    private mutating func count(_ constant: Tensor, _ value: Int) {
        if graph.values[value].constant == nil { foldedByteCount += constant.bytes.count }
    }

    /// Memory that a graph output keeps is allocated by each run, never taken from the arena.
    private mutating func placeOutputs() {
        for (number, input) in graph.inputs.enumerated() { slots[input] = newSlot(.request(number)) }
        for output in graph.outputs {
            let root = roots[output.value]
            guard case .kernel = origins[root], slots[root] == 0, let fact = facts[root] else { continue }
            slots[root] = newSlot(.fresh(fresh.count))
            fresh.append(
                Plan.Fresh(slot: slots[root], byteCount: fact.elementCount! * fact.dataType.byteCount!))
        }
    }

    private mutating func slot(ofInput value: Int, at position: Int) -> Int {
        let root = roots[value]
        switch origins[root] {
        case .constant:
            if slots[root] == 0, let constant = facts[root]?.constant {
                slots[root] = newSlot(.constant(constant))
                count(constant, root)
            }
        case .kernel: arena.use(slots[root], at: position)
        default: break
        }
        return slots[root]
    }

    private mutating func slot(ofOutput value: Int, at position: Int) throws(InferError) -> Int {
        if slots[value] == 0, let fact = facts[value] {
            slots[value] = newSlot(.nothing)
            var fact = fact
            if case .labels = origins[value] { fact = Self.numbers(of: fact) }
            arena.add(slots[value], byteCount: try fact.checkedByteCount(), at: position)
        }
        return slots[value]
    }

    // MARK: Steps

    private mutating func add(_ node: GraphNode, _ index: Int, at position: Int) throws(InferError) {
        let inputs = inputFacts(node)
        let isEvaluated = node.outputs.contains { value in
            guard let value, case .evaluated = origins[value] else { return false }
            return true
        }
        if isEvaluated {
            addEvaluation(node, index, at: position)
            return
        }
        var outputFacts = try node.body.infer(inputs)
        for fact in outputFacts where !fact.isComplete {
            throw InferError(.internal, "an output has the open shape \(fact)")
        }
        let kernel: Kernel
        if let text = node.outputs[0], case .labels = origins[text], let body = node.body as? any LabelOperator {
            outputFacts[0] = Self.numbers(of: outputFacts[0])
            kernel = try body.bindNumbers(inputs, outputFacts)
        } else {
            kernel = try node.body.bind(inputs, outputFacts)
        }
        let first = operands.count
        for input in node.inputs { operands.append(Int32(input.map { slot(ofInput: $0, at: position) } ?? 0)) }
        for output in outputFacts.indices {
            let value = output < node.outputs.count ? node.outputs[output] : nil
            var slot = 0
            if let value, !isConstant(value) { slot = try self.slot(ofOutput: value, at: position) }
            operands.append(Int32(slot))
        }
        var scratch = 0
        if kernel.scratchByteCount > 0 {
            scratch = newSlot(.nothing)
            arena.add(scratch, byteCount: kernel.scratchByteCount, at: position)
        }
        operands.append(Int32(scratch))
        stepFacts.append(
            Plan.StepFacts(
                node: index, variant: kernel.variant, multiplyAdds: kernel.multiplyAdds,
                byteCount: Self.byteCount(inputs, outputFacts), outputs: outputFacts))
        steps.append(
            .kernel(
                kernel, operands: first, inputCount: node.inputs.count, outputCount: outputFacts.count, node: index))
    }

    private mutating func addEvaluation(_ node: GraphNode, _ index: Int, at position: Int) {
        let inputs = node.inputs.map { value -> Plan.EagerInput? in
            guard let value, let fact = facts[value] else { return nil }
            if let constant = fact.constant {
                count(constant, value)
                return .constant(constant)
            }
            switch origins[roots[value]] {
            case .request(let number): return .request(number, fact.shape)
            case .evaluated(let number): return .evaluated(number)
            case .kernel: return .slot(slot(ofInput: value, at: position), fact.dataType, fact.shape)
            case .labels: preconditionFailure("labels that a node reads")
            case .unused, .constant: return .packed
            }
        }
        let outputs = node.outputs.map { value -> Plan.EagerOutput in
            guard let value, let fact = facts[value], case .evaluated(let number) = origins[value] else {
                return Plan.EagerOutput(number: -1, slot: 0, promised: TensorFact(.bool, nil))
            }
            slots[value] = newSlot(.evaluated)
            return Plan.EagerOutput(number: number, slot: slots[value], promised: fact)
        }
        stepFacts.append(Plan.StepFacts(node: index, outputs: node.outputs.compactMap { $0.flatMap { facts[$0] } }))
        let packed = node.inputs.map { value in value.flatMap { graph.values[$0].isPacked ? facts[$0] : nil } }
        steps.append(.evaluate(Evaluation(node.body, packed: packed), inputs: inputs, outputs: outputs, node: index))
    }

    /// The numbers that a kernel makes in place of labels.
    private static func numbers(of labels: TensorFact) -> TensorFact { TensorFact(.int32, labels.extents) }

    private static func byteCount(_ inputs: InputFacts, _ outputs: [TensorFact]) -> Int {
        let read = (0..<inputs.count).compactMap { inputs.optional($0) }
        return (read + outputs).reduce(0) { $0 + ($1.elementCount ?? 0) * ($1.dataType.byteCount ?? 0) }
    }

    // MARK: Memory and outputs

    private mutating func layOutArena() throws(InferError) {
        let layout = arena.layOut()
        arenaByteCount = layout.byteCount
        let needed = fresh.reduce(arenaByteCount) { $0 + $1.byteCount }
        guard needed <= byteLimit else {
            throw InferError(.resourceExhausted, "the request needs \(needed) bytes, the limit is \(byteLimit)")
        }
        for block in layout.blocks { places[block.slot] = .arena(offset: block.offset, byteCount: block.byteCount) }
    }

    private mutating func finishOutputs() {
        for output in graph.outputs {
            let root = roots[output.value]
            guard let fact = facts[output.value] else { preconditionFailure("output without fact") }
            if let constant = fact.constant {
                outputs.append(.constant(constant))
                count(constant, output.value)
                continue
            }
            switch origins[root] {
            case .request(let number): outputs.append(.request(number, fact.shape))
            case .evaluated(let number): outputs.append(.evaluated(number))
            case .kernel:
                guard case .fresh(let number) = places[slots[root]] else { preconditionFailure("output in the arena") }
                outputs.append(.fresh(number, fact.dataType, fact.shape))
            case .labels(let labels): outputs.append(.labels(slots[root], labels, fact.shape))
            case .unused, .constant: preconditionFailure("output '\(output.name)' was not planned")
            }
        }
    }
}
