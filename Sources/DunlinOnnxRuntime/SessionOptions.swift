import COnnxRuntime
import DunlinInference

/// How a session executes.
struct SessionOptions: Sendable, Equatable {
    /// Threads that share the work of one operator. Default: 1, the caller's own, because the server runs several
    /// requests at a time. See `ModelSource.threads()`.
    var threads = 1

    init() {}

    /// - Throws: `.invalidArgument` when a parameter's value is not usable, `.unsupported` when it asks for what ONNX
    ///   Runtime is not asked to do here.
    init(_ source: ModelSource) throws(InferError) {
        threads = try source.threads() ?? threads
        guard try source.precision() ?? .fp32 == .fp32 else {
            throw InferError(.unsupported, "precision bf16 is the native backend's; this one computes as the file says")
        }
    }

    /// ONNX Runtime's own object with these options; the caller releases it.
    func make(_ library: OnnxRuntimeLibrary) throws(OnnxRuntimeFailure) -> OpaquePointer {
        let api = library.api
        let options = try api.make { api.pointee.CreateSessionOptions($0) }
        do {
            try api.check(
                api.pointee.SetSessionGraphOptimizationLevel(options, Int32(DUNLIN_ORT_ENABLE_ALL)))
            try api.check(api.pointee.SetIntraOpNumThreads(options, Int32(threads)))
            try api.check(api.pointee.SetInterOpNumThreads(options, 1))
            // Spinning threads take four times the CPU of a request at low load.
            try api.check(api.pointee.AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0"))
            try api.check(api.pointee.AddSessionConfigEntry(options, "session.inter_op.allow_spinning", "0"))
        } catch {
            api.pointee.ReleaseSessionOptions(options)
            throw error
        }
        return options
    }
}
