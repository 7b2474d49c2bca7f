import DunlinBytes
import DunlinInference

extension V2RequestReader {
    /// Reads a `parameters` object.
    ///
    /// - Parameter isOfRequest: True for the request's own, where keys that begin with `triton_` are reserved and
    ///   `binary_data_output` must be a boolean.
    mutating func readParameters(ofRequest isOfRequest: Bool) throws(JSONError) -> Parameters {
        var parameters = Parameters()
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            if isOfRequest, key.hasPrefix("triton_") {
                throw failure("parameter '\(excerpt(key))': names that begin with 'triton_' are reserved")
            }
            let name = try readParameterName(key, in: parameters)
            parameters[name] = try readParameter(name)
        }
        if isOfRequest { try checkBool("binary_data_output", in: parameters) }
        return parameters
    }

    /// Reads the `parameters` of an input, which reach no model: all are checked, the size of its raw data is kept.
    mutating func readInputParameters() throws(JSONError) -> Int? {
        let parameters = try readParameters(ofRequest: false)
        try refuseSharedMemory(parameters)
        guard let value = parameters["binary_data_size"] else { return nil }
        guard case .int(let size) = value, size >= 0, let size = Int(exactly: size) else {
            throw failure("parameter 'binary_data_size': expected an integer of at least 0, found \(text(value))")
        }
        return size
    }

    func checkBool(_ name: String, in parameters: Parameters) throws(JSONError) {
        guard let value = parameters[name] else { return }
        guard case .bool = value else {
            throw failure("parameter '\(name)': expected true or false, found \(text(value))")
        }
    }

    mutating func refuseSharedMemory(_ parameters: Parameters) throws(JSONError) {
        guard parameters["shared_memory_region"] != nil else { return }
        code = .unsupported
        throw failure("parameter 'shared_memory_region': shared memory is not supported")
    }

    private func readParameterName(_ key: JSONText, in parameters: Parameters) throws(JSONError) -> String {
        guard key.count <= limits.maxNameByteCount else {
            throw failure("expected parameter names of at most \(limits.maxNameByteCount) bytes, found \(key.count)")
        }
        // The usual names, which are too long for a string without memory of its own.
        let name =
            key == "binary_data_size"
            ? "binary_data_size"
            : key == "binary_data_output" ? "binary_data_output" : key.string
        guard parameters[name] == nil else { throw failure("parameter '\(name)': expected once, found again") }
        guard parameters.entries.count < limits.maxParameterCount else {
            throw failure("expected at most \(limits.maxParameterCount) parameters")
        }
        return name
    }

    private mutating func readParameter(_ name: String) throws(JSONError) -> Parameter {
        do throws(JSONError) {
            switch scanner.peek() {
            case .string: return .string(try readName(maxByteCount: limits.maxParameterByteCount))
            case .bool: return .bool(try scanner.readBool())
            case .number:
                switch try scanner.readNumber() {
                case .int(let value): return .int(value)
                case .double(let value): return .double(value)
                }
            default: throw scanner.unexpected("a string, number or boolean")
            }
        } catch {
            throw JSONError(offset: error.offset, message: "parameter '\(name)': \(error.message)")
        }
    }

    private func excerpt(_ key: JSONText) -> String { String(key.string.prefix(64)) }

    private func text(_ value: Parameter) -> String {
        switch value {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string: "a string"
        }
    }
}
