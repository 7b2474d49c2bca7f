import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// One plan with one instance's memory: slots that point into the arena, ready to run.
///
/// Confined to the instance that made it; `deinit` frees the slots.
final class Execution {
    let plan: Plan
    private let slots: UnsafeMutablePointer<Slot>
    private var freshMemory: [UnsafeMutableRawPointer?]
    /// Where the outputs of a plan that repeats its steps begin.
    private var freshStarts: [UnsafeMutableRawPointer?]
    private var evaluated: [Tensor?]
    /// What the last run returned, where its memory may serve again: once nobody else holds any of it.
    private var kept: [NamedTensor] = []
    /// The arena the slots point into; another one means that they must be set again.
    private var arenaBase: UnsafeMutableRawPointer?

    init(_ plan: Plan) {
        self.plan = plan
        slots = .allocate(capacity: plan.places.count)
        slots.initialize(repeating: Slot(), count: plan.places.count)
        freshMemory = Array(repeating: nil, count: plan.fresh.count)
        freshStarts = freshMemory
        evaluated = Array(repeating: nil, count: plan.evaluatedCount)
        for (index, place) in plan.places.enumerated() {
            guard case .constant(let tensor) = place else { continue }
            slots[index] = Slot(
                base: UnsafeMutableRawPointer(mutating: tensor.bytes.base), byteCount: tensor.bytes.count)
        }
    }

    deinit { slots.deallocate() }

    /// - Parameters:
    ///   - inputs: In the model's order, of the plan's shapes.
    ///   - arena: At least `plan.arenaByteCount` bytes; used by nobody else during the call.
    ///   - times: Where to add each step's time, in nanoseconds; `nil`: they are not measured.
    ///   - isWanted: Asked before each step; the run ends with `.cancelled` once it says false.
    ///   - scope: The request's.
    func run(
        _ inputs: [NamedTensor], arena: UnsafeMutableRawPointer?, _ scope: inout RunScope,
        times: UnsafeMutablePointer<Double>? = nil, while isWanted: () -> Bool = { true }
    ) throws(InferError) -> [NamedTensor] {
        if arena != arenaBase { move(to: arena) }
        for number in plan.requestSlots.indices {
            let bytes = inputs[number].tensor.bytes
            slots[plan.requestSlots[number]] = Slot(
                base: UnsafeMutableRawPointer(mutating: bytes.base), byteCount: bytes.count)
        }
        let isReusing = takeKept()
        if !isReusing { try allocateFresh() }
        do throws(InferError) {
            try plan.operands.withUnsafeBufferPointerTyped { (operands) throws(InferError) in
                for turn in 0..<plan.repeats {
                    if plan.repeats > 1 { move(toTurn: turn, inputs) }
                    // By index: a generic iterator allocates in unoptimised builds.
                    for index in plan.steps.indices {
                        guard isWanted() else { throw Self.unwanted }
                        let start = times == nil ? 0 : Self.now()
                        try run(plan.steps[index], inputs, operands, &scope, isWanted)
                        if let times { times[index] += Self.now() - start }
                    }
                }
            }
        } catch {
            for index in freshMemory.indices where !isReusing {
                free(freshMemory[index])
                freshMemory[index] = nil
            }
            releaseEvaluated()
            throw error
        }
        defer { releaseEvaluated() }
        if isReusing {
            try relabelKept()
            return kept
        }
        let outputs = try outputs(inputs)
        if plan.canReuseOutputs { kept = outputs }
        return outputs
    }

    static let unwanted = InferError(.cancelled, "the run was ended: nobody waits for its answer any more")

    /// Whether the last run's outputs are free again; then this run writes into them and returns the same tensors,
    /// without an allocation.
    private func takeKept() -> Bool {
        #if DUNLIN_TSAN
            // The sanitizer does not see the order that the count of references makes.
            return false
        #else
            guard !kept.isEmpty else { return false }
            for index in kept.indices where !kept[index].tensor.isSoleOwner() {
                kept = []
                return false
            }
            return true
        #endif
    }

    /// Writes the labels among the kept outputs.
    private func relabelKept() throws(InferError) {
        for index in plan.outputs.indices {
            guard case .labels(let slot, let labels, let shape) = plan.outputs[index] else { continue }
            if !labels.rewrite(&kept[index].tensor, numbers(slot)) {
                kept[index].tensor = try labels.tensor(numbers(slot), shape: shape)
            }
        }
    }

    private func numbers(_ slot: Int) -> UnsafeBufferPointer<Int32> {
        UnsafeBufferPointer(
            start: slots[slot].base?.assumingMemoryBound(to: Int32.self), count: slots[slot].byteCount / 4)
    }

    private func run(
        _ step: Plan.Step, _ inputs: [NamedTensor], _ operands: UnsafePointer<Int32>, _ scope: inout RunScope,
        _ isWanted: () -> Bool
    ) throws(InferError) {
        switch step {
        case .kernel(let kernel, let first, let inputCount, let outputCount, let node):
            do throws(InferError) {
                try kernel.body(
                    Buffers(
                        slots: slots, operands: operands + first, inputCount: inputCount, outputCount: outputCount,
                        threads: scope.threads))
            } catch { throw error.within(plan.nodePlaces[node]) }
        case .evaluate(let evaluation, let sources, let targets, let node):
            do throws(InferError) {
                let made = try evaluation.evaluate(
                    sources.map { tensor($0, inputs) }, byteLimit: plan.byteLimit, &scope, while: isWanted)
                for (target, tensor) in zip(targets, made) where target.number >= 0 {
                    try target.promised.check(tensor)
                    evaluated[target.number] = tensor
                    slots[target.slot] = Slot(
                        base: UnsafeMutableRawPointer(mutating: tensor.bytes.base), byteCount: tensor.bytes.count)
                }
            } catch { throw error.within(plan.nodePlaces[node]) }
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private func tensor(_ source: Plan.EagerInput?, _ inputs: [NamedTensor]) -> Tensor? {
        switch source {
        case nil, .packed: return nil
        case .constant(let tensor): return tensor
        case .request(let number, let shape): return inputs[number].tensor.reshaped(shape)
        case .evaluated(let number): return evaluated[number]
        case .slot(let slot, let dataType, let shape):
            // Copied, because the operator may keep what it is given, and the arena is written again.
            let memory = UnsafeRawBufferPointer(start: slots[slot].base, count: slots[slot].byteCount)
            return Tensor(dataType: dataType, shape: shape, bytes: Bytes(copying: memory))
        }
    }

    /// Lets the slots of inputs and outputs point at the rows of one turn through the steps.
    private func move(toTurn turn: Int, _ inputs: [NamedTensor]) {
        for number in plan.requestSlots.indices {
            let bytes = inputs[number].tensor.bytes, part = bytes.count / plan.repeats
            slots[plan.requestSlots[number]] = Slot(
                base: UnsafeMutableRawPointer(mutating: bytes.base).map { $0 + turn * part }, byteCount: part)
        }
        for number in plan.fresh.indices {
            let part = plan.fresh[number].byteCount / plan.repeats
            slots[plan.fresh[number].slot] = Slot(
                base: freshStarts[number].map { $0 + turn * part }, byteCount: part)
        }
    }

    private func move(to arena: UnsafeMutableRawPointer?) {
        for (index, place) in plan.places.enumerated() {
            guard case .arena(let offset, let byteCount) = place else { continue }
            slots[index] = Slot(base: arena.map { $0 + offset }, byteCount: byteCount)
        }
        arenaBase = arena
    }

    private func allocateFresh() throws(InferError) {
        for (index, fresh) in plan.fresh.enumerated() {
            let memory = aligned_alloc(64, (fresh.byteCount + 63) / 64 * 64)
            guard memory != nil || fresh.byteCount == 0 else {
                for other in 0..<index {
                    free(freshMemory[other])
                    freshMemory[other] = nil
                }
                throw InferError(.resourceExhausted, "no memory for an output of \(fresh.byteCount) bytes")
            }
            freshMemory[index] = memory
            freshStarts[index] = memory
            slots[fresh.slot] = Slot(base: memory, byteCount: fresh.byteCount)
        }
    }

    private func outputs(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] {
        var bytes: [Bytes] = []
        bytes.reserveCapacity(plan.fresh.count)
        for (index, fresh) in plan.fresh.enumerated() {
            bytes.append(freshMemory[index].map { Bytes(adopting: $0, count: fresh.byteCount) } ?? Bytes())
            freshMemory[index] = nil
        }
        var outputs: [NamedTensor] = []
        outputs.reserveCapacity(plan.outputs.count)
        for (index, output) in plan.outputs.enumerated() {
            let tensor: Tensor
            switch output {
            case .constant(let constant): tensor = constant
            case .request(let number, let shape): tensor = inputs[number].tensor.reshaped(shape)
            case .evaluated(let number):
                guard let made = evaluated[number] else { preconditionFailure("output was not evaluated") }
                tensor = made
            case .fresh(let number, let dataType, let shape):
                tensor = Tensor(dataType: dataType, shape: shape, bytes: bytes[number])
            case .labels(let slot, let labels, let shape):
                tensor = try labels.tensor(numbers(slot), shape: shape)
            }
            outputs.append(NamedTensor(plan.outputNames[index], tensor))
        }
        return outputs
    }

    private func releaseEvaluated() {
        for index in evaluated.indices { evaluated[index] = nil }
    }
}

extension Array {
    /// `withUnsafeBufferPointer` that keeps the error's type.
    fileprivate func withUnsafeBufferPointerTyped(
        _ body: (UnsafePointer<Element>) throws(InferError) -> Void
    ) throws(InferError) {
        guard !isEmpty else {
            try withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { (empty) throws(InferError) in
                try body(UnsafePointer(empty.baseAddress!))
            }
            return
        }
        try withUnsafeBufferPointer { (buffer) throws(InferError) in try body(buffer.baseAddress!) }
    }
}

extension TensorFact {
    /// Stops a run whose operator made something else than planning was told.
    func check(_ tensor: Tensor) throws(InferError) {
        let shape = tensor.shape.dimensions
        let fits =
            tensor.dataType == dataType
            && (extents.map { $0.count == shape.count && zip($0, shape).allSatisfy { $0 < 0 || $0 == $1 } } ?? true)
        guard fits else {
            throw InferError(.internal, "the operator made \(tensor.dataType)\(tensor.shape), promised was \(self)")
        }
    }
}
