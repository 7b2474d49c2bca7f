package import DunlinInference

/// Where a tensor lies that does not travel in a body: a part of a region that the client registered.
package struct SharedMemoryPlace: Sendable, Equatable {
    package var region: String
    /// Bytes from the region's beginning; 0 or more.
    package var offset: Int
    /// 0 or more.
    package var byteCount: Int

    package init(region: String, offset: Int, byteCount: Int) {
        self.region = region
        self.offset = offset
        self.byteCount = byteCount
    }

    /// The place that a tensor's parameters name; `nil` when they name none.
    ///
    /// - Parameter failure: Makes the error from a sentence.
    package static func find<Failure: Error>(
        in parameters: Parameters, _ failure: (String) -> Failure
    ) throws(Failure) -> SharedMemoryPlace? {
        guard let region = parameters["shared_memory_region"] else {
            for key in ["shared_memory_offset", "shared_memory_byte_size"] where parameters[key] != nil {
                throw failure("parameter '\(key)' is given without 'shared_memory_region'")
            }
            return nil
        }
        guard case .string(let name) = region else {
            throw failure("parameter 'shared_memory_region': expected the name of a region, found \(text(region))")
        }
        guard parameters["shared_memory_byte_size"] != nil else {
            throw failure("parameter 'shared_memory_region' is given without 'shared_memory_byte_size'")
        }
        return SharedMemoryPlace(
            region: name, offset: try count("shared_memory_offset", parameters, failure),
            byteCount: try count("shared_memory_byte_size", parameters, failure))
    }

    private static func count<Failure: Error>(
        _ key: String, _ parameters: Parameters, _ failure: (String) -> Failure
    ) throws(Failure) -> Int {
        guard let value = parameters[key] else { return 0 }
        guard case .int(let number) = value, number >= 0 else {
            throw failure("parameter '\(key)': expected an integer of at least 0, found \(text(value))")
        }
        return Int(number)
    }

    private static func text(_ value: Parameter) -> String {
        switch value {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string: "a string"
        }
    }
}
