import DunlinInference
import Synchronization

/// Runs the requests of an ensemble by sending its steps to the models they name.
///
/// It has no instances and no queue of its own: each step stands in its model's queue. A request leases all models
/// before its first step, so that none of them closes under it.
final class EnsembleScheduler: RequestScheduler {
    /// Finds the model of a step among what is served.
    typealias MemberLookup = @Sendable (_ model: String, _ version: String?) throws(InferError) -> ServedModel

    private struct State {
        var requests = OpenRequests()
        /// What steps that have not begun fail with, once the server gives up waiting.
        var abandoned: InferError?
        /// The models, by step, that were last found to fit.
        var checked: [UInt64] = []
    }

    let name: String
    let plan: EnsemblePlan
    let signature: ModelSignature
    let options: SchedulingOptions
    let clock: MonotonicClock
    private let maxBatchSize: Int
    private let lookup: MemberLookup
    private let state = Mutex(State())

    init(
        _ name: String, _ plan: EnsemblePlan, _ signature: ModelSignature, maxBatchSize: Int,
        clock: @escaping MonotonicClock,
        lookup: @escaping MemberLookup
    ) {
        self.name = name
        self.plan = plan
        self.signature = signature
        self.maxBatchSize = maxBatchSize
        self.clock = clock
        self.lookup = lookup
        options = SchedulingOptions(model: name, maxRows: 1, nil)
    }

    // MARK: Members

    func leaseMembers() throws(InferError) -> [ModelLease] { try leaseMembers(orElse: .unavailable) }

    /// Leases on the models of all steps, which fit together.
    ///
    /// - Parameter code: Of the error when they do not: who loads the ensemble is at fault, who sends it a request is not.
    func leaseMembers(orElse code: InferError.Code) throws(InferError) -> [ModelLease] {
        var leases: [ModelLease] = []
        leases.reserveCapacity(plan.steps.count)
        for index in plan.steps.indices { leases.append(try leaseMember(index)) }
        let identities = leases.map(\.model.identity)
        if state.withLock({ $0.checked != identities }) {
            do throws(InferError) {
                try EnsembleTypes.check(
                    plan, .init(signature: signature, maxBatchSize: maxBatchSize),
                    leases.map { .init(signature: $0.model.signature, maxBatchSize: $0.model.maxBatchSize) })
            } catch {
                throw InferError(code, "ensemble '\(name)': \(error.message)")
            }
            state.withLock { $0.checked = identities }
        }
        return leases
    }

    private func leaseMember(_ index: Int) throws(InferError) -> ModelLease {
        let step = plan.steps[index]
        while true {
            let model: ServedModel
            do throws(InferError) {
                model = try lookup(step.model, step.version)
            } catch {
                let what =
                    step.version.map { "whose required version \($0) is not loaded" } ?? "which has no loaded version"
                throw InferError(
                    .unavailable,
                    "ensemble '\(name)' depends on '\(step.model)' \(what) (\(plan.name(index))): \(error.message)")
            }
            // It may be withdrawn since it was looked up; what is served is changed before.
            if let lease = try model.lease() { return lease }
        }
    }

    // MARK: Requests

    func submit(_ request: ScheduledRequest) -> ModelScheduler.Submission {
        let isOpen = state.withLock { state in
            guard state.requests.takes(request) else { return false }
            state.requests.accept()
            return true
        }
        guard isOpen else { return .closed }
        let members: [ModelLease]
        do throws(InferError) {
            if let lease = request.lease { members = lease.members } else { members = try leaseMembers() }
        } catch {
            settle()
            return .refused(error, .failed)
        }
        let run = EnsembleRun(self, request, members)
        if let cancellation = request.cancellation,
            !cancellation.onCancel({ run.stop(ModelScheduler.cancelled) })
        {
            settle()
            return .refused(ModelScheduler.cancelled, .cancelled)
        }
        run.drive()
        return .accepted
    }

    /// What keeps steps from beginning.
    var abandoned: InferError? { state.withLock { $0.abandoned } }

    /// Notes the end of an accepted request.
    func settle() { state.withLock { $0.requests.end() }?() }

    // MARK: Closing

    func promise() -> Bool { state.withLock { $0.requests.promise() } }

    func endPromise() { state.withLock { $0.requests.endPromise() }?() }

    func close(onDrained: @escaping @Sendable () -> Void) { state.withLock { $0.requests.close(onDrained) }?() }

    /// Steps that run or wait end with their models.
    func abandonWaiting(_ error: InferError) { state.withLock { $0.abandoned = error } }

    var counts: (waiting: Int, running: Int, instances: Int) { (0, leaseCount, 0) }
    var leaseCount: Int { state.withLock { $0.requests.leaseCount } }
    var instanceCount: Int { 0 }
    /// Its members' queues tell when its steps are put in line.
    var expectedWait: Double { 0 }
}
