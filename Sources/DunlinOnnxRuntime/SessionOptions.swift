import COnnxRuntime
import DunlinInference

/// How a session executes.
struct SessionOptions: Sendable, Equatable {
    static let threadLimit = 256

    /// Threads that share the work of one operator. Default: 1, the caller's own, because the server runs several
    /// requests at a time. Range: 1...256. Parameter `threads`, or `intra_op_thread_count` in the configuration.
    var threads = 1

    init() {}

    /// - Throws: `.invalidArgument` when a parameter's value is not usable.
    init(_ source: ModelSource) throws(InferError) {
        let given: (key: String, value: Int?, text: String)
        switch source.parameters["threads"] {
        case .int(let value)?: given = ("threads", Int(value), String(value))
        case .string(let text)?: given = ("threads", Int(text), text)
        case .bool(let value)?: given = ("threads", nil, String(value))
        case .double(let value)?: given = ("threads", nil, String(value))
        case nil:
            guard let text = source.configuration.parameters["intra_op_thread_count"] else { return }
            given = ("intra_op_thread_count", Int(text), text)
        }
        guard let value = given.value, (1...Self.threadLimit).contains(value) else {
            throw InferError(
                .invalidArgument,
                "model '\(source.model)': parameter '\(given.key)' is \(given.text); it must be a whole number in "
                    + "1...\(Self.threadLimit)")
        }
        threads = value
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
