package import DunlinBytes
package import DunlinInference

/// One line of the repository index. Empty texts are left out.
package struct RepositoryIndexEntry: Sendable, Equatable {
    package var name: String
    package var version: String
    /// `READY`, `UNAVAILABLE`, `LOADING`, `UNLOADING` or `UNKNOWN`.
    package var state: String
    package var reason: String

    package init(name: String, version: String = "", state: String = "", reason: String = "") {
        self.name = name
        self.version = version
        self.state = state
        self.reason = reason
    }
}

/// Bodies of the model repository extension and of the AMD server's load and unload routes.
package enum V2RepositoryCodec {
    /// Reads the body of an index request: empty, `{}` or `{"ready":true}`.
    ///
    /// - Returns: True when only models that are ready are asked for.
    package static func decodeIndex(_ body: Bytes) throws(InferError) -> Bool {
        let object = try V2Object(body, of: "index request", isOptional: true)
        switch object["ready"] {
        case nil: return false
        case .bool(let isReady)?: return isReady
        case let other?: throw object.unexpected(other, at: "ready", expected: "true or false")
        }
    }

    /// Writes the index, a bare array.
    package static func encodeIndex(_ entries: [RepositoryIndexEntry]) -> Bytes {
        var writer = JSONWriter(capacity: 64 + entries.count * 96)
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.key("name")
            writer.value(entry.name)
            for (key, text) in [("version", entry.version), ("state", entry.state), ("reason", entry.reason)]
            where !text.isEmpty {
                writer.key(key)
                writer.value(text)
            }
            writer.endObject()
        }
        writer.endArray()
        return writer.finish()
    }

    /// Reads the body of a model's load: what `decodeParameters` reads, with files (`file:<path>`, Base64) kept apart.
    package static func decodeLoad(_ body: Bytes, limits: V2Limits = .init()) throws(InferError) -> V2LoadRequest {
        var reader = V2LoadReader(body, limits)
        return try reader.read()
    }

    /// Reads the body of a model's unload.
    ///
    /// - Returns: Whether the models of an ensemble go with it (`unload_dependents`).
    package static func decodeUnload(_ body: Bytes) throws(InferError) -> Bool {
        var request = V2LoadRequest()
        request.parameters = try decodeParameters(body)
        let object = try V2Object(body, of: "parameters", isOptional: true)
        if case .object? = object["parameters"] { request.isNested = true }
        try request.checkNames(["unload_dependents"])
        guard let value = request.parameters["unload_dependents"] else { return false }
        guard case .bool(let flag) = value else {
            throw InferError(.invalidArgument, "parameters: 'unload_dependents': expected true or false")
        }
        return flag
    }

    /// Reads the body of a worker load or unload: nothing, `null`, `{}`, `{"parameters":{…}}` (Triton) or
    /// the parameters themselves (AMD).
    package static func decodeParameters(_ body: Bytes) throws(InferError) -> Parameters {
        let object = try V2Object(body, of: "parameters", isOptional: true)
        guard case .object(let members)? = object["parameters"] else { return try parameters(object.members, object) }
        guard object.members.count == 1 else {
            let other = object.members.first { $0.key != "parameters" }?.key ?? ""
            throw InferError(
                .invalidArgument,
                "parameters: '\(other)' stands beside the object 'parameters'; expected all parameters inside it")
        }
        return try parameters(members, object)
    }

    private static func parameters(
        _ members: [JSONValue.Member], _ object: V2Object
    ) throws(InferError) -> Parameters {
        var parameters = Parameters()
        for member in members {
            switch member.value {
            case .bool(let value): parameters[member.key] = .bool(value)
            case .int(let value): parameters[member.key] = .int(value)
            case .double(let value): parameters[member.key] = .double(value)
            case .string(let value): parameters[member.key] = .string(value)
            case .null, .array, .object:
                throw object.unexpected(member.value, at: member.key, expected: "a string, number or boolean")
            }
        }
        return parameters
    }

    /// What KServe answers to a load.
    package static func loadAnswer(_ model: String) -> Bytes { answer(model, "load") }

    /// What KServe answers to an unload.
    package static func unloadAnswer(_ model: String) -> Bytes { answer(model, "unload") }

    private static func answer(_ model: String, _ key: StaticString) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("name")
        writer.value(model)
        writer.key(key)
        writer.value(true)
        writer.endObject()
        return writer.finish()
    }
}
