/// One line of the repository index: a version of a model, or a model that was never loaded.
package struct IndexEntry: Sendable, Hashable {
    /// The words of the model repository extension.
    package enum State: String, Sendable {
        case ready = "READY", unavailable = "UNAVAILABLE", loading = "LOADING", unloading = "UNLOADING"
    }

    package var name: String
    /// Empty for a model that was never loaded, or that failed before a version was chosen.
    package var version: String
    /// `nil` for a model that was never loaded.
    package var state: State?
    /// Why the state is what it is; empty when there is nothing to say.
    package var reason: String

    package init(name: String, version: String = "", state: State? = nil, reason: String = "") {
        self.name = name
        self.version = version
        self.state = state
        self.reason = reason
    }
}
