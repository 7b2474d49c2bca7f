import DunlinBytes
import DunlinInference

extension V2RequestReader {
    /// Where an input's data is, as far as its parameters say.
    enum DataPlace {
        case json
        /// The next so many bytes behind the JSON text.
        case binary(Int)
        case sharedMemory(SharedMemoryPlace)
    }

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

    /// Reads the `parameters` of an input, which reach no model: all are checked, and what they say of where the data is.
    mutating func readInputParameters() throws(JSONError) -> DataPlace {
        let parameters = try readParameters(ofRequest: false)
        let place = try SharedMemoryPlace.find(in: parameters) { failure($0) }
        if place != nil { _ = try allowedSharedMemory() }
        guard let value = parameters["binary_data_size"] else { return place.map { .sharedMemory($0) } ?? .json }
        guard case .int(let size) = value, size >= 0, let size = Int(exactly: size) else {
            throw failure("parameter 'binary_data_size': expected an integer of at least 0, found \(text(value))")
        }
        guard place == nil else {
            throw failure("expected either 'binary_data_size' or 'shared_memory_region', found both")
        }
        return .binary(size)
    }

    /// Checks where an output is to be put, before the model runs for it.
    mutating func checkSharedMemory(ofOutput parameters: Parameters) throws(JSONError) {
        guard let place = try SharedMemoryPlace.find(in: parameters, { failure($0) }) else { return }
        if parameters["classification"] != nil {
            throw failure("an output can't set both 'shared_memory_region' and 'classification'")
        }
        if parameters.bool("binary_data") == true {
            throw failure("an output can't set both 'shared_memory_region' and 'binary_data'")
        }
        let sharedMemory = try allowedSharedMemory()
        do throws(InferError) { try sharedMemory.check(place) } catch { throw failure(error) }
    }

    /// The bytes of an input that lie in shared memory.
    mutating func readSharedMemory(_ place: SharedMemoryPlace) throws(JSONError) -> Bytes {
        let sharedMemory = try allowedSharedMemory()
        try expand(by: place.byteCount)
        do throws(InferError) { return try sharedMemory.read(place) } catch { throw failure(error) }
    }

    private mutating func allowedSharedMemory() throws(JSONError) -> any SharedMemoryAccess {
        guard let sharedMemory else { throw failure(.sharedMemoryDisabled) }
        return sharedMemory
    }

    /// The error for a part of the request that cannot be served, at this place.
    private mutating func failure(_ error: InferError) -> JSONError {
        code = error.code
        return failure(error.message)
    }

    func checkBool(_ name: String, in parameters: Parameters) throws(JSONError) {
        guard let value = parameters[name] else { return }
        guard case .bool = value else {
            throw failure("parameter '\(name)': expected true or false, found \(text(value))")
        }
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
