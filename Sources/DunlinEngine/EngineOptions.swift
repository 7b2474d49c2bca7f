/// How the engine prepares a model. The defaults are right for serving; the rest is for finding faults.
public struct EngineOptions: Sendable {
    /// Names of the passes that rewrite the graph at load, see `EngineOptions.allPasses`.
    public var passes: Set<String> = Self.allPasses

    public init() {}

    /// All passes.
    public static var allPasses: Set<String> { Set(Passes.all.map(\.name)) }
}
