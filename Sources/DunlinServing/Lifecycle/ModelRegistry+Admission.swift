package import DunlinInference

/// What is refused before it is read.
extension ModelRegistry {
    /// Why a request should not even be read; counted with its model's rejections.
    ///
    /// Reading may cost more than running, so under overload only what can run in time is read. A model that cannot be
    /// found is no reason: that is told when the request is run.
    /// - Parameters:
    ///   - waited: Nanoseconds since the request was there.
    ///   - timeout: Nanoseconds its client gives it from then.
    ///   - maxWait: Nanoseconds it may wait from then until it runs.
    package func refusal(
        model name: String, version: String?, waited: UInt64, timeout: UInt64?, maxWait: UInt64?
    ) -> InferError? {
        guard let model = try? served(name, version) else { return nil }
        let wait = Double(waited) + model.scheduler.expectedWait
        let text = "\(ModelScheduler.milliseconds(wait)) ms"
        if let timeout, wait >= Double(timeout) * Self.patience {
            let isOver = waited >= timeout
            model.statistics.countFailure(isOver ? .expired : .unattainable, nanoseconds: waited)
            return InferError(
                .deadlineExceeded,
                isOver
                    ? "model '\(name)': the request's time was over before it was read (it waited \(text))"
                    : "model '\(name)': the request would wait \(text) of the \(milliseconds(timeout)) it has")
        }
        if let maxWait, wait > Double(maxWait) * Self.forethought {
            model.statistics.countFailure(.full, nanoseconds: waited)
            return InferError(
                .resourceExhausted,
                "model '\(name)' is busy: the request would wait \(text), the most is \(milliseconds(maxWait)); "
                    + "try again later", retryAfter: .nanoseconds(Int64(min(wait, 1e15))))
        }
        return nil
    }

    /// What waits for more than this share of its time is late: the rest is needed to read and to run it.
    static let patience = 0.875
    /// What is about to wait for more than this share of the most is not let in: a forecast errs, and what is let in and
    /// refused later was read in vain.
    static let forethought = 0.7

    private func milliseconds(_ nanoseconds: UInt64) -> String {
        "\(ModelScheduler.milliseconds(Double(nanoseconds))) ms"
    }
}
