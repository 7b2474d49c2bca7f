package import DunlinInference
import DunlinKernels
package import DunlinTensor
import Glibc

/// One execution's memory: an arena that all its plans share, and the plans it ran lately.
///
/// Not `Sendable`: one thread at a time, as `ModelInstance` says.
package final class NativeInstance: ModelInstance {
    /// Input shapes that an instance keeps ready; the least recently used one makes room.
    package static let mostExecutions = 16

    private let model: NativeModel
    private var executions: [Execution] = []
    private var arena: UnsafeMutableRawPointer?
    private var arenaByteCount = 0

    init(_ model: NativeModel) { self.model = model }

    deinit { free(arena) }

    package func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] {
        try execute(inputs, while: { true })
    }

    package func execute(_ inputs: [NamedTensor], while isWanted: () -> Bool) throws(InferError) -> [NamedTensor] {
        let execution = try execution(for: inputs)
        try growArena(to: execution.plan.arenaByteCount)
        var scope = RunScope(threads: model.threads)
        return try execution.run(inputs, arena: arena, &scope, while: isWanted)
    }

    /// `execute` that adds the time of each step, in nanoseconds, to `times`, which must have room for all steps.
    func profile(_ inputs: [NamedTensor], times: UnsafeMutablePointer<Double>) throws(InferError) {
        let execution = try execution(for: inputs)
        try growArena(to: execution.plan.arenaByteCount)
        var scope = RunScope(threads: model.threads)
        _ = try execution.run(inputs, arena: arena, &scope, times: times)
    }

    private func execution(for inputs: [NamedTensor]) throws(InferError) -> Execution {
        for index in executions.indices where Self.fits(executions[index].plan, inputs) {
            let execution = executions[index]
            if index > 0 {
                executions.remove(at: index)
                executions.insert(execution, at: 0)
            }
            return execution
        }
        let metadata = model.signature.inputs
        guard inputs.count == metadata.count,
            zip(inputs, metadata).allSatisfy({ $0.tensor.dataType == $1.dataType })
        else { throw InferError(.invalidArgument, "the inputs are not those of the model's signature") }
        let execution = Execution(try model.plan(for: inputs.map(\.tensor.shape)))
        executions.insert(execution, at: 0)
        var foldedByteCount = executions.reduce(0) { $0 + $1.plan.foldedByteCount }
        while executions.count > Self.mostExecutions
            || (executions.count > 1 && foldedByteCount > PlanLimits.mostFoldedByteCount)
        {
            foldedByteCount -= executions.removeLast().plan.foldedByteCount
        }
        return execution
    }

    private static func fits(_ plan: Plan, _ inputs: [NamedTensor]) -> Bool {
        guard plan.inputShapes.count == inputs.count else { return false }
        for index in inputs.indices where plan.inputShapes[index] != inputs[index].tensor.shape { return false }
        return true
    }

    private func growArena(to byteCount: Int) throws(InferError) {
        guard byteCount > arenaByteCount else { return }
        free(arena)
        arena = nil
        arenaByteCount = 0
        // Whole large pages where there is enough for one: a page of 4 KiB holds but a few pixels of many channels.
        let alignment = byteCount >= LargePages.byteCount ? LargePages.byteCount : 64
        guard let memory = aligned_alloc(alignment, (byteCount + alignment - 1) / alignment * alignment) else {
            throw InferError(.resourceExhausted, "no memory for an arena of \(byteCount) bytes")
        }
        LargePages.advise(memory, byteCount: byteCount)
        arena = memory
        arenaByteCount = byteCount
    }
}
