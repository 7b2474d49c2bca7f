extension ModelSource {
    /// The most threads that a model may ask for.
    package static let threadLimit = 256

    /// Threads that are to share the work of one operator, the caller's included: the load parameter `threads`, or
    /// `intra_op_thread_count` in the configuration's parameters; `nil` where neither is given.
    ///
    /// - Throws: `.invalidArgument` when the value is not a whole number in 1...256.
    package func threads() throws(InferError) -> Int? {
        let given: (key: String, value: Int?, text: String)
        switch parameters["threads"] {
        case .int(let value)?: given = ("threads", Int(value), String(value))
        case .string(let text)?: given = ("threads", Int(text), text)
        case .bool(let value)?: given = ("threads", nil, String(value))
        case .double(let value)?: given = ("threads", nil, String(value))
        case nil:
            guard let text = configuration.parameters["intra_op_thread_count"] else { return nil }
            given = ("intra_op_thread_count", Int(text), text)
        }
        guard let value = given.value, (1...Self.threadLimit).contains(value) else {
            throw InferError(
                .invalidArgument,
                "model '\(model)': parameter '\(given.key)' is \(given.text); it must be a whole number in "
                    + "1...\(Self.threadLimit)")
        }
        return value
    }
}
