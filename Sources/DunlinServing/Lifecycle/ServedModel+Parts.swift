import DunlinInference
import DunlinTensor
import Synchronization

extension ServedModel {
    /// The end of a request that was taken, but then found no model any more: it is to be looked up anew.
    static let withdrawn = InferError(.unavailable, "the model was unloaded while the request waited")

    /// Whether requests may end with `withdrawn`.
    var mayWithdraw: Bool { cache != nil || scheduler.options.splitsOversized }

    /// Runs a request that has more rows than a batch may have as several, each counted for itself. When one of them
    /// fails, those that have not run are not run any more.
    ///
    /// - Returns: False when the model took none of them.
    /// - Throws: `.invalidArgument` when there are more parts than may ever wait.
    func inferInParts(
        _ request: InferRequest, _ inputs: [NamedTensor], rows: Int, under lease: ModelLease?,
        completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) throws(InferError) -> Bool {
        let step = max(scheduler.options.plan.maxRows, 1)
        let level = try RequestLimits(request, scheduler.options, arrived: 0).level
        let maxCount = min(scheduler.options.maxQueueSize, scheduler.options.levels[level].maxQueueSize)
        let count = (rows - 1) / step + 1
        guard count <= maxCount else {
            throw InferError(
                .invalidArgument,
                "model '\(name)': a batch of \(rows) would be run in \(count) parts of max_batch_size \(step); "
                    + "at most \(maxCount) requests may wait")
        }
        let counts = stride(from: 0, to: rows, by: step).map { min(step, rows - $0) }
        guard let slices = BatchTensors.split(inputs, rows: counts) else {
            throw InferError(.invalidArgument, "model '\(name)': its inputs do not all have \(rows) rows")
        }
        var completion = completion
        if let times = request.times {
            completion = { [completion] result in
                self.noteEnd(times, result.failure)
                completion(result)
            }
        }
        let join = PartJoin(count: counts.count, of: request.cancellation, completion: completion)
        for index in slices.indices {
            // Not the first, so that one whose client is gone already is refused and counted.
            if index > 0, join.isStopped {
                join.receive(.failure(ModelScheduler.cancelled), at: index)
                continue
            }
            var part = request
            part.inputs = slices[index]
            part.times = request.times?.makePart()
            part.cancellation = join.cancellations[index]
            if infer(part, under: lease, completion: { join.receive($0, at: index) }) { continue }
            guard index > 0 else {
                request.cancellation?.removeCallback()
                return false
            }
            join.receive(.failure(Self.withdrawn), at: index)
        }
        return true
    }
}

/// Waits for the answers to the parts of one request and puts them together; the first failure ends them all.
private final class PartJoin: Sendable {
    private struct State {
        var answers: [InferResponse?]
        var missing: Int
        var failure: InferError?
    }

    private let state: Mutex<State>
    private let client: Cancellation?
    private let completion: @Sendable (Result<InferResponse, InferError>) -> Void
    /// By part: each waits, and leaves, for itself.
    let cancellations: [Cancellation]

    /// - Parameter client: Tells when the whole request is not wanted any more.
    init(
        count: Int, of client: Cancellation?,
        completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) {
        state = Mutex(State(answers: Array(repeating: nil, count: count), missing: count))
        self.client = client
        self.completion = completion
        cancellations = (0..<count).map { _ in Cancellation() }
        if let client, !client.onCancel({ self.stop() }) { stop() }
    }

    var isStopped: Bool { cancellations.last?.isCancelled == true }

    private func stop() { for cancellation in cancellations { cancellation.cancel() } }

    func receive(_ result: Result<InferResponse, InferError>, at index: Int) {
        let (isFirstFailure, done) = state.withLock { state -> (Bool, State?) in
            let hadFailed = state.failure != nil
            switch result {
            case .success(let answer): state.answers[index] = answer
            case .failure(let error): state.failure = state.failure ?? error
            }
            state.missing -= 1
            return (!hadFailed && state.failure != nil, state.missing == 0 ? state : nil)
        }
        // Others end in here, the last one perhaps.
        if isFirstFailure { stop() }
        guard let done else { return }
        client?.removeCallback()
        if let failure = done.failure { return completion(.failure(failure)) }
        let answers = done.answers.compactMap { $0 }
        guard var response = answers.first, let outputs = BatchTensors.join(answers.map(\.outputs)) else {
            return completion(
                .failure(InferError(.internal, "the answers to the parts of the request do not fit together")))
        }
        response.outputs = outputs
        completion(.success(response))
    }
}
