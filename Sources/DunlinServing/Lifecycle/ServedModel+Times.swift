import DunlinInference

/// What is noted of requests that are traced. Others pass by here at the price of comparing with `nil`.
extension ServedModel {
    func noteStart(_ times: RequestTimes, at now: UInt64) {
        times.update { values in
            (values.model, values.version) = (name, version)
            values.requestStart = now
        }
    }

    func noteQueueStart(_ times: RequestTimes) {
        let now = clock()
        times.update { $0.queueStart = now }
    }

    func noteExecution(_ times: RequestTimes, _ execution: ModelStatistics.Execution) {
        // An ensemble runs nothing itself: its steps tell.
        guard execution.began != 0, scheduler.instanceCount > 0 else { return }
        times.update { values in
            values.computeStart = execution.began
            values.computeInputEnd = execution.began &+ execution.inputNanoseconds
            values.computeOutputStart = values.computeInputEnd &+ execution.inferNanoseconds
            values.computeEnd = execution.ended
        }
    }

    func noteEnd(_ times: RequestTimes, _ failure: InferError?) {
        let now = clock()
        times.update { values in
            values.requestEnd = now
            values.failure = failure?.message
        }
    }

    func noteEnd(of request: ModelRequest, _ failure: InferError? = nil) {
        if let times = request.times { noteEnd(times, failure) }
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
