import DunlinBytes
package import DunlinInference

/// A run of `dunlin bench`: makes the requests, tries one, then loads the server step by step.
package struct LoadBench {
    /// How long the trial request may take: the first one may find a model that is not warm.
    private static let trialNanoseconds: UInt64 = 60_000_000_000

    private let options: LoadOptions
    private let generator: LoadGenerator
    private let scheme: LoadScheme
    /// Bytes of one request, all of it.
    package let requestByteCount: Int

    /// - Throws: `.invalidArgument` when the options do not fit the model; `.unavailable` when the server does not answer
    ///   the first request with success, and what it said instead.
    package init(_ options: LoadOptions) throws(InferError) {
        self.options = options
        let target = try LoadTarget(
            url: options.url, unixSocket: options.unixSocket, model: options.model, version: options.version,
            trust: options.trust)
        if let process = options.serverProcess, ProcessTime.seconds(of: process) == nil {
            throw InferError(.invalidArgument, "--server-pid \(process): there is no such process on this machine")
        }
        let messages = try LoadInputs(options: options, target: target).messages()
        for message in messages {
            let answer = try target.exchange(
                target.inference(headers: options.headers, message), timeout: Self.trialNanoseconds)
            if let refusal = answer.refusal {
                throw InferError(.unavailable, "the first request is answered \(refusal)")
            }
        }
        scheme = target.scheme
        requestByteCount = messages[0].count
        generator = LoadGenerator(
            target: target, requests: messages, headers: options.headers, timeout: options.timeout,
            serverProcess: options.serverProcess)
    }

    /// Runs all steps in order.
    ///
    /// - Parameter progress: Told now and then which step runs, whether it still warms up, and how it goes.
    package func run(
        progress: (_ step: LoadStep, _ isWarmUp: Bool, _ elapsed: UInt64, _ result: LoadResult) -> Void = {
            _, _, _, _ in
        },
        finished: (LoadResult) -> Void = { _ in }
    ) -> [LoadResult] {
        options.steps.map { step in
            let connectionCount = options.connectionCount(of: step, isGRPC: scheme.isGRPC)
            if options.warmUp > 0 {
                _ = generator.run(step, connectionCount: connectionCount, duration: options.warmUp) {
                    progress(step, true, $0, $1)
                }
            }
            let duration = options.requestCount == nil ? options.duration : UInt64.max / 4
            let result = generator.run(
                step, connectionCount: connectionCount, duration: duration,
                limit: options.requestCount ?? .max
            ) { progress(step, false, $0, $1) }
            finished(result)
            return result
        }
    }
}
