import DunlinBytes
import DunlinInference
import DunlinTensor
import Synchronization

/// One request on its way through an ensemble.
///
/// Steps that are ready are begun by one thread at a time; a step that ends at once, as cheap models do, only leaves its
/// successors to that thread, so that a chain of any length needs no deeper stack.
final class EnsembleRun: Sendable {
    private struct State {
        var progress: EnsemblePlan.Progress
        /// By index in the plan; `nil`: not made yet, or not needed any more.
        var tensors: [Tensor?]
        var ready: [Int]
        var isDriven = false
        /// Whether the end was told.
        var isOver = false
        /// By step that runs.
        var cancellations: [Int: Cancellation] = [:]
    }

    /// What there is to do next.
    private enum Action {
        case begin(Int, [NamedTensor], Cancellation)
        case finish(Result<[NamedTensor], InferError>)
        case rest
    }

    private let scheduler: EnsembleScheduler
    private let request: ScheduledRequest
    private let members: [ModelLease]
    private let parameters: Parameters
    private let began: UInt64
    private let state: Mutex<State>

    private var plan: EnsemblePlan { scheduler.plan }

    /// - Parameter members: By step.
    init(_ scheduler: EnsembleScheduler, _ request: ScheduledRequest, _ members: [ModelLease]) {
        self.scheduler = scheduler
        self.request = request
        self.members = members
        // `timeout` has become the deadline; from the step's own arrival it would be another one.
        var parameters = request.parameters
        parameters["timeout"] = nil
        self.parameters = parameters
        began = scheduler.clock()
        let progress = EnsemblePlan.Progress(scheduler.plan, wanted: request.wantedOutputs)
        var tensors = [Tensor?](repeating: nil, count: scheduler.plan.tensors.count)
        for (index, input) in request.inputs.enumerated() { tensors[index] = input.tensor }
        state = Mutex(State(progress: progress, tensors: tensors, ready: progress.begin()))
    }

    /// Begins what is ready, until nothing is.
    func drive() {
        guard state.withLock({ $0.isDriven.take(true) }) else { return }
        while true {
            switch next() {
            case .rest: return
            case .begin(let step, let inputs, let cancellation): begin(step, inputs, cancellation)
            case .finish(let result):
                finish(result)
                return
            }
        }
    }

    private func next() -> Action {
        state.withLock { state in
            if !state.isOver, let step = state.ready.popLast() {
                let expected = members[step].model.signature.inputs
                var inputs: [NamedTensor] = []
                for input in expected {
                    guard let link = plan.steps[step].inputs.first(where: { $0.name == input.name }),
                        let tensor = state.tensors[link.tensor]
                    else { preconditionFailure("step \(step + 1) was begun before its inputs were there") }
                    inputs.append(NamedTensor(input.name, EnsembleTypes.adapted(tensor, to: input.shape)))
                }
                let cancellation = Cancellation()
                state.cancellations[step] = cancellation
                return .begin(step, inputs, cancellation)
            }
            state.isDriven = false
            guard !state.isOver, state.progress.remainingCount == 0 else { return .rest }
            state.isOver = true
            return .finish(.success(outputs(state)))
        }
    }

    private func begin(_ step: Int, _ inputs: [NamedTensor], _ cancellation: Cancellation) {
        if let error = scheduler.abandoned { return stop(error) }
        let model = members[step].model
        var part = InferRequest(model: model.name, version: model.version, inputs: inputs)
        part.parameters = parameters
        part.deadline = request.deadline == .max ? nil : request.deadline
        // What others have to be run for has waited for them, not in line.
        if request.latestStart != .max, plan.steps[step].inputs.allSatisfy({ $0.tensor < plan.inputCount }) {
            part.latestStart = request.latestStart
        }
        part.cancellation = cancellation
        part.times = request.times?.makePart()
        let outputs = plan.steps[step].outputs
        if outputs.count < model.signature.outputs.count { part.outputs = outputs.map { RequestedOutput($0.name) } }
        let isTaken = model.infer(part, under: members[step]) { self.receive($0, step) }
        precondition(isTaken, "a model with a lease was closed")
    }

    /// Takes a step's answer.
    private func receive(_ result: Result<InferResponse, InferError>, _ step: Int) {
        let response: InferResponse
        do throws(InferError) {
            response = try result.get()
        } catch {
            let message = "ensemble '\(scheduler.name)', \(plan.name(step)): \(error.message)"
            return stop(InferError(error.code, message, retryAfter: error.retryAfter))
        }
        // Freed outside the lock.
        var released: [Tensor?] = []
        state.withLock { state in
            state.cancellations[step] = nil
            guard !state.isOver else { return }
            for link in plan.steps[step].outputs {
                state.tensors[link.tensor] = response.outputs.first { $0.name == link.name }?.tensor
            }
            let (ready, unused) = state.progress.finish(step)
            state.ready += ready.reversed()
            for tensor in unused { released.append(state.tensors[tensor].take()) }
        }
        withExtendedLifetime(released) {}
        drive()
    }

    /// Ends the request early: what waits in models' queues is taken out.
    func stop(_ error: InferError) {
        let cancellations = state.withLock { state -> [Cancellation]? in
            guard !state.isOver else { return nil }
            state.isOver = true
            return Array(state.cancellations.values)
        }
        guard let cancellations else { return }
        finish(.failure(error))
        for cancellation in cancellations { cancellation.cancel() }
    }

    /// The ensemble's outputs; those that nobody asked for are empty.
    private func outputs(_ state: State) -> [NamedTensor] {
        zip(scheduler.signature.outputs, plan.outputs).map { output, place in
            let tensor = state.tensors[place].map { EnsembleTypes.adapted($0, to: output.shape) }
            return NamedTensor(
                output.name, tensor ?? Tensor(dataType: output.dataType, shape: [0], bytes: .init()))
        }
    }

    private func finish(_ result: Result<[NamedTensor], InferError>) {
        request.cancellation?.removeCallback()
        var end = ScheduledRequest.End(result: result)
        end.execution.rows = request.rows
        end.execution.began = began
        end.execution.inferNanoseconds = scheduler.clock() &- began
        if case .failure(let error) = result {
            switch error.code {
            case .cancelled: end.rejection = .cancelled
            case .deadlineExceeded: end.rejection = .expired
            case .resourceExhausted: end.rejection = .full
            case .invalidArgument: end.rejection = .invalid
            default: break
            }
        }
        request.finish(end)
        scheduler.settle()
    }
}

extension Bool {
    /// Sets it; true when it was not set before.
    fileprivate mutating func take(_ value: Bool) -> Bool {
        defer { self = value }
        return !self
    }
}
