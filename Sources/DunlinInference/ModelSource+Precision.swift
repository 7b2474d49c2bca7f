extension ModelSource {
    /// How products are to be computed: the load parameter `precision`, or the one in the configuration's parameters, or
    /// the server's; `nil` where none is given.
    ///
    /// - Throws: `.invalidArgument` when the value is not the name of a precision.
    package func precision() throws(InferError) -> Precision? {
        let text: String
        switch parameters["precision"] {
        case .string(let given)?: text = given
        case .int(let value)?: text = String(value)
        case .bool(let value)?: text = String(value)
        case .double(let value)?: text = String(value)
        case nil:
            guard let configured = configuration.parameters["precision"] else { return defaultPrecision }
            text = configured
        }
        guard let precision = Precision(rawValue: text) else {
            throw InferError(
                .invalidArgument,
                "model '\(model)': parameter 'precision' is \(text); it must be one of "
                    + Precision.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return precision
    }
}
