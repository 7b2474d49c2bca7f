import DunlinInference

/// What the registry knows of one model of the repository that it was asked to load.
struct ModelRecord: Sendable {
    struct Version: Sendable {
        var lifecycle = ModelLifecycle()
        /// What answers requests, while the lifecycle serves.
        var served: ServedModel?
        /// What `served` was made from.
        var stamp: VersionStamp?
    }

    /// By version number.
    var versions: [Int: Version] = [:]
    /// Why the last load ended before any version was tried; `nil` when it did not.
    var failure: String?
    /// The models an ensemble is made of; empty for models.
    var members: Set<String> = []
    /// Whether the server is not ready without it.
    var isWanted = true
    /// Whether it was loaded by its own name: at start, by polling or by request, and not only for an ensemble.
    var isNamed = false

    /// Whether requests are answered.
    var serves: Bool { versions.values.contains(where: \.lifecycle.serves) }

    /// The lines of the index for this model, ascending by version.
    func indexEntries(_ name: String) -> [IndexEntry] {
        var entries: [IndexEntry] = []
        for (number, version) in versions.sorted(by: { $0.key < $1.key }) {
            var entry = IndexEntry(name: name, version: String(number), state: version.indexState)
            if case .unavailable(let reason) = version.lifecycle.state { entry.reason = reason }
            if version.lifecycle.serves, let failure = version.lifecycle.reloadFailure ?? failure {
                entry.reason = "the last reload failed: \(failure)"
            }
            entries.append(entry)
        }
        if let failure, !versions.values.contains(where: \.lifecycle.serves) {
            entries.append(IndexEntry(name: name, state: .unavailable, reason: failure))
        }
        return entries
    }

    /// The state of the model as a whole, for messages.
    var word: String {
        let states = versions.values.map(\.indexState)
        let order: [IndexEntry.State] = [.ready, .loading, .unloading]
        return (order.first(where: states.contains) ?? .unavailable).rawValue
    }
}

extension ModelRecord.Version {
    var indexState: IndexEntry.State {
        switch lifecycle.state {
        case .unavailable: .unavailable
        case .loading: .loading
        case .ready, .reloading: .ready
        case .unloading: .unloading
        }
    }

    var word: String { indexState.rawValue }
}

/// What a served version was made from; a load of an equal stamp has nothing to do.
struct VersionStamp: Sendable, Equatable {
    /// The files beside the version directories: configuration and labels.
    var modelFiles: [String: FileStamp]
    var versionFiles: [String: FileStamp]
    /// Sorted by key.
    var parameters: [Parameters.Entry]

    init(modelFiles: [String: FileStamp], versionFiles: [String: FileStamp], parameters: Parameters) {
        self.modelFiles = modelFiles
        self.versionFiles = versionFiles
        self.parameters = parameters.entries.sorted { $0.key < $1.key }
    }
}
