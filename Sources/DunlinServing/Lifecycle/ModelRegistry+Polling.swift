import Dispatch
import DunlinInference
import Synchronization

/// What polling has done, on the repository's queue.
extension ModelRegistry {
    var isStopped: Bool { state.withLock { $0.phase == .stopped } }

    /// Loads a model whose files are new or have changed. A failure is in the log and the index; what serves goes on.
    ///
    /// Ensembles that wait for it are tried again: their own files need not change for that.
    func loadPolled(_ name: String) {
        do throws(InferError) {
            try loadNow(name, version: nil, parameters: [:], isAtStart: true)
        } catch {
            return
        }
        let waiting = state.withLock { state in
            state.models.filter { other, record in
                record.isWanted && record.members.contains(name) && state.serving[other] == nil
            }.keys.sorted()
        }
        for ensemble in waiting { loadPolled(ensemble) }
    }

    /// Unloads a model whose directory, or whose versions, are gone.
    func unloadPolled(_ name: String) {
        dispatchPrecondition(condition: .onQueue(queue))
        let serving = state.withLock { state in
            state.models[name]?.isWanted = false
            state.models[name]?.failure = nil
            return state.models[name]?.versions.filter(\.value.lifecycle.serves).keys.sorted() ?? []
        }
        for number in serving { withdraw(name, number) }
        if !serving.isEmpty { log.write(.info, "model '\(name)' is unloaded: its files are gone") }
    }

    /// Drops what is known of models that are neither on disk nor serving nor draining.
    func forgetModels(notIn names: Set<String>) {
        state.withLock { state in
            state.namesOnDisk = names
            for (name, record) in state.models where !names.contains(name) {
                let isDone = record.versions.values.allSatisfy { version in
                    if case .unavailable = version.lifecycle.state { return version.lifecycle.drainingCount == 0 }
                    return false
                }
                if isDone, !record.isWanted { state.models[name] = nil }
            }
        }
    }
}
