import COnnxRuntime
import DunlinInference

/// What a call of ONNX Runtime answered instead of success.
struct OnnxRuntimeFailure: Error {
    /// `OrtErrorCode`; 1 (`ORT_FAIL`) where it was not a call that failed.
    let code: Int32
    let message: String

    init(_ message: String, code: Int32 = Int32(DUNLIN_ORT_FAIL)) {
        self.code = code
        self.message = message
    }

    /// A model that would not load. `.unsupported` where this build of ONNX Runtime lacks something.
    func loading(_ model: String) -> InferError {
        let kind: InferError.Code =
            switch Int(code) {
            case DUNLIN_ORT_NOT_IMPLEMENTED: .unsupported
            case DUNLIN_ORT_NO_SUCHFILE: .notFound
            default: .invalidArgument
            }
        return InferError(kind, "model '\(model)': ONNX Runtime: \(message)")
    }

    /// An execution that failed. The model has loaded, so nearly always the request's values or shapes are at fault.
    func running(_ model: String) -> InferError {
        let kind: InferError.Code =
            switch Int(code) {
            case DUNLIN_ORT_RUNTIME_EXCEPTION where message.contains("Failed to allocate memory"): .resourceExhausted
            case DUNLIN_ORT_FAIL, DUNLIN_ORT_INVALID_ARGUMENT, DUNLIN_ORT_RUNTIME_EXCEPTION: .invalidArgument
            case DUNLIN_ORT_NOT_IMPLEMENTED: .unsupported
            default: .internal
            }
        return InferError(kind, "model '\(model)': ONNX Runtime: \(message)")
    }

    /// The first line of a message, without the source positions and function signatures that ONNX Runtime puts
    /// into it: `/onnxruntime_src/….cc:47 Type onnxruntime::f(…) const`.
    static func cleaned(_ message: String) -> String {
        let line = message.split(separator: "\n", omittingEmptySubsequences: true).first ?? ""
        var words = line.split(separator: " ")[...]
        var kept: [Substring] = []
        while let word = words.popFirst() {
            guard word.hasPrefix("/onnxruntime_src/") else {
                kept.append(word)
                continue
            }
            // With no signature behind it, the position is this one word.
            if let end = words.firstIndex(where: { $0.hasSuffix(")") }) {
                words = words[(end + 1)...]
                if words.first == "const" { words = words.dropFirst() }
            }
        }
        return kept.joined(separator: " ")
    }
}

extension UnsafePointer<DunlinOrtApi> {
    /// Throws what `status` says, and releases it. `nil` is success.
    func check(_ status: OpaquePointer?) throws(OnnxRuntimeFailure) {
        guard let status else { return }
        defer { pointee.ReleaseStatus(status) }
        let message = pointee.GetErrorMessage(status).map { String(cString: $0) } ?? ""
        throw OnnxRuntimeFailure(OnnxRuntimeFailure.cleaned(message), code: pointee.GetErrorCode(status))
    }

    /// The object that `call` writes through its argument.
    func make(_ call: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?) throws(OnnxRuntimeFailure)
        -> OpaquePointer
    {
        var made: OpaquePointer?
        try check(call(&made))
        guard let made else { throw OnnxRuntimeFailure("a call gave no object") }
        return made
    }

    /// The number that `call` writes through its argument.
    func count(_ call: (UnsafeMutablePointer<Int>) -> OpaquePointer?) throws(OnnxRuntimeFailure) -> Int {
        var count = 0
        try check(call(&count))
        return count
    }

    /// The enumeration value that `call` writes through its argument.
    func code(_ call: (UnsafeMutablePointer<Int32>) -> OpaquePointer?) throws(OnnxRuntimeFailure) -> Int32 {
        var code: Int32 = 0
        try check(call(&code))
        return code
    }
}
