package import DunlinInference
import Synchronization

/// One version of a model, whether it answers requests or not.
package struct VersionStatus: Sendable, Hashable {
    package var version: String
    package var state: IndexEntry.State
    /// Why the state is what it is; empty when there is nothing to say.
    package var reason: String
}

/// What V1 clients ask.
extension ModelRegistry {
    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func v1Profile(model: String, version: String? = nil) throws(InferError) -> V1Profile {
        try served(model, version).v1
    }

    /// The version that answers for `version`, or when none is given, and since when, in seconds since 1970.
    ///
    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func servedVersion(
        model: String, version: String? = nil
    ) throws(InferError) -> (version: String, since: Int) {
        let served = try served(model, version)
        return (served.version, served.creationTime)
    }

    /// All versions of a model that were ever asked for, ascending.
    ///
    /// - Throws: `.notFound`, or `.unavailable` when the model was never loaded.
    package func versions(of model: String) throws(InferError) -> [VersionStatus] {
        let (entries, served) = state.withLock { state in
            (state.models[model]?.indexEntries(model) ?? [], state.serving[model]?.ascending.map(\.version) ?? [])
        }
        let known = entries.compactMap { entry -> VersionStatus? in
            guard !entry.version.isEmpty, let state = entry.state else { return nil }
            return VersionStatus(version: entry.version, state: state, reason: entry.reason)
        }
        if !known.isEmpty { return known }
        // Workers have no record.
        if !served.isEmpty { return served.map { VersionStatus(version: $0, state: .ready, reason: "") } }
        throw state.withLock { $0.absence(of: model, nil) }
    }
}
