import DunlinInference
import DunlinTensor
import Synchronization

extension ServedModel {
    /// The end of a request that was taken, but then found no model any more: it is to be looked up anew.
    static let withdrawn = InferError(.unavailable, "the model was unloaded while the request waited")

    /// Whether requests may end with `withdrawn`.
    var mayWithdraw: Bool { cache != nil || scheduler.options.splitsOversized }

    /// Runs a request that has more rows than a batch may have as several, each counted for itself.
    ///
    /// - Returns: False when the model took none of them.
    func inferInParts(
        _ request: InferRequest, _ inputs: [NamedTensor], rows: Int, under lease: ModelLease?,
        completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) -> Bool {
        let step = max(scheduler.options.plan.maxRows, 1)
        let bounds = stride(from: 0, to: rows, by: step).map { $0..<min($0 + step, rows) }
        var completion = completion
        if let times = request.times {
            completion = { [completion] result in
                self.noteEnd(times, result.failure)
                completion(result)
            }
        }
        let join = PartJoin(count: bounds.count, completion: completion)
        for (index, range) in bounds.enumerated() {
            var part = request
            part.inputs = BatchTensors.slice(inputs, rows: range, of: rows)
            part.times = request.times?.makePart()
            if infer(part, under: lease, completion: { join.receive($0, at: index) }) { continue }
            guard index > 0 else { return false }
            join.receive(.failure(Self.withdrawn), at: index)
        }
        return true
    }
}

/// Waits for the answers to the parts of one request and puts them together.
private final class PartJoin: Sendable {
    private struct State {
        var answers: [InferResponse?]
        var missing: Int
        var failure: InferError?
    }

    private let state: Mutex<State>
    private let completion: @Sendable (Result<InferResponse, InferError>) -> Void

    init(count: Int, completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void) {
        state = Mutex(State(answers: Array(repeating: nil, count: count), missing: count))
        self.completion = completion
    }

    func receive(_ result: Result<InferResponse, InferError>, at index: Int) {
        let done = state.withLock { state -> State? in
            switch result {
            case .success(let answer): state.answers[index] = answer
            case .failure(let error): state.failure = state.failure ?? error
            }
            state.missing -= 1
            return state.missing == 0 ? state : nil
        }
        guard let done else { return }
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
