import DunlinInference

/// Proof that a version of a model takes requests for as long as the lease lives, although it may be withdrawn or
/// replaced meanwhile.
///
/// Must not be let go of under a lock: the last one ends a model's drain.
final class ModelLease: Sendable {
    let model: ServedModel
    /// The leases of an ensemble's members, by step; empty for models.
    let members: [ModelLease]

    /// - Precondition: The model's scheduler has promised.
    fileprivate init(_ model: ServedModel, _ members: [ModelLease]) {
        self.model = model
        self.members = members
    }

    deinit { model.scheduler.endPromise() }
}

extension ServedModel {
    /// - Returns: `nil` when the model is withdrawn.
    /// - Throws: `.unavailable` when a model that it needs is missing.
    func lease() throws(InferError) -> ModelLease? {
        guard scheduler.promise() else { return nil }
        do throws(InferError) {
            return ModelLease(self, try scheduler.leaseMembers())
        } catch {
            scheduler.endPromise()
            throw error
        }
    }
}
