import DunlinInference

/// Takes the checked requests of one version of a model and sees to it that each is answered once.
protocol RequestScheduler: AnyObject, Sendable {
    /// What limits of requests are read by.
    var options: SchedulingOptions { get }

    func submit(_ request: ScheduledRequest) -> ModelScheduler.Submission

    /// Promises to take requests with a lease until `endPromise`, although closed meanwhile; false when it is closed.
    func promise() -> Bool
    func endPromise()
    /// The leases a request needs on other models.
    ///
    /// - Throws: `.unavailable` that says which model is missing or fits no more.
    func leaseMembers() throws(InferError) -> [ModelLease]

    /// Takes no more requests but those with a lease. `onDrained` is called once, when none is left and none promised.
    func close(onDrained: @escaping @Sendable () -> Void)
    /// Fails the requests that wait; those that run end by themselves.
    func abandonWaiting(_ error: InferError)

    /// Requests waiting, requests running, instances.
    var counts: (waiting: Int, running: Int, instances: Int) { get }
    /// Requests running and waiting.
    var leaseCount: Int { get }
    var instanceCount: Int { get }
    /// Nanoseconds until what waits should be worked off, as far as run times tell; 0 when nothing is known.
    var expectedWait: Double { get }
}
