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
        throw InferError(.unsupported, "not yet")
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

    /// Reads the body of a model or worker load or unload: nothing, `null`, `{}`, `{"parameters":{…}}` (Triton) or
    /// the parameters themselves (AMD).
    package static func decodeParameters(_ body: Bytes) throws(InferError) -> Parameters {
        throw InferError(.unsupported, "not yet")
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
