public import DunlinInference

/// How the engine prepares a model. The defaults are right for serving; the rest is for finding faults.
public struct EngineOptions: Sendable {
    /// Names of the passes that rewrite the graph at load, see `EngineOptions.allPasses`.
    public var passes: Set<String> = Self.allPasses

    /// Bytes that one run may take for its arena and its outputs, and one tensor whose size only the run can tell.
    /// A request that would need more is refused before anything is allocated. Default: 4 GiB.
    public var maxRunByteCount = Self.defaultMaxRunByteCount

    /// Threads that share the work of one large operator, the caller's included. Range: 1...256. Default: 1, because a
    /// server runs several requests at a time.
    public var threads = 1

    /// How weights of products and convolutions are kept and multiplied; sums and all else stay FP32. Default: `fp32`.
    /// With `bf16` a model is refused where the CPU has no instructions for it.
    public var precision = Precision.fp32

    package static let defaultMaxRunByteCount = 4 << 30

    public init() {}

    /// All passes.
    public static var allPasses: Set<String> { Set(Passes.all.map(\.name)) }
}
