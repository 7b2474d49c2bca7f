package import DunlinBytes
package import DunlinInference

/// What a client asks to register: a part of a POSIX shared memory object.
package struct SharedMemoryRegistration: Sendable, Equatable {
    package var name: String
    /// The object's name as for shm_open(3): `/name`.
    package var key: String
    /// Bytes from the object's beginning.
    package var offset: Int
    package var byteCount: Int

    package init(name: String, key: String, offset: Int, byteCount: Int) {
        self.name = name
        self.key = key
        self.offset = offset
        self.byteCount = byteCount
    }
}

/// Bodies of the system shared memory extension.
package enum SharedMemoryCodec {
    /// Reads the body of `…/region/{name}/register`: `{"key":…,"offset":…,"byte_size":…}`; `offset` may be absent.
    package static func decodeRegister(_ body: Bytes, name: String) throws(InferError) -> SharedMemoryRegistration {
        let object = try V2Object(body, of: "shared memory register request", isOptional: true)
        guard let key = object["key"] else { throw missing("key", "the object's name, such as \"/name\"") }
        guard case .string(let key) = key else { throw object.unexpected(key, at: "key", expected: "a string") }
        guard object["byte_size"] != nil else { throw missing("byte_size", "the region's bytes") }
        return SharedMemoryRegistration(
            name: name, key: key, offset: try count("offset", object, atLeast: 0),
            byteCount: try count("byte_size", object, atLeast: 1))
    }

    /// Writes the answer of `…/status`, a bare array.
    package static func encodeStatus(_ regions: [SharedMemoryRegistration]) -> Bytes {
        var writer = JSONWriter(capacity: 64 + regions.count * 96)
        writer.beginArray()
        for region in regions {
            writer.beginObject()
            writer.key("name")
            writer.value(region.name)
            writer.key("key")
            writer.value(region.key)
            writer.key("offset")
            writer.value(region.offset)
            writer.key("byte_size")
            writer.value(region.byteCount)
            writer.endObject()
        }
        writer.endArray()
        return writer.finish()
    }

    private static func missing(_ key: String, _ expected: String) -> InferError {
        InferError(.invalidArgument, "shared memory register request: '\(key)' is missing; expected \(expected)")
    }

    private static func count(_ key: String, _ object: V2Object, atLeast least: Int64) throws(InferError) -> Int {
        switch object[key] {
        case nil: return 0
        case .int(let number)? where number >= least: return Int(number)
        case .int(let number)?:
            throw InferError(
                .invalidArgument,
                "shared memory register request: '\(key)': expected an integer of at least \(least), found \(number)")
        case let other?: throw object.unexpected(other, at: key, expected: "an integer")
        }
    }
}
