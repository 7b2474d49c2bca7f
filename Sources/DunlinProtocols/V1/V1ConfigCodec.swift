package import DunlinBytes

/// OpenVINO Model Server's `GET /v1/config`: the states of all models in TensorFlow Serving's words.
package enum V1ConfigCodec {
    /// Writes `{"model": {"model_version_status": […]}, …}`.
    ///
    /// - Parameter entries: The repository's index; the versions of a model follow one another. A model without a version
    ///   has an empty list.
    package static func encode(_ entries: [RepositoryIndexEntry]) -> Bytes {
        var writer = JSONWriter(capacity: 64 + entries.count * 160)
        writer.beginObject()
        var model: String?
        for entry in entries {
            if entry.name != model {
                if model != nil { end(&writer) }
                writer.key(entry.name)
                writer.beginObject()
                writer.key("model_version_status")
                writer.beginArray()
                model = entry.name
            }
            if !entry.version.isEmpty { write(entry, to: &writer) }
        }
        if model != nil { end(&writer) }
        writer.endObject()
        return writer.finish()
    }

    private static func end(_ writer: inout JSONWriter) {
        writer.endArray()
        writer.endObject()
    }

    private static func write(_ entry: RepositoryIndexEntry, to writer: inout JSONWriter) {
        let state =
            switch entry.state {
            case "READY": "AVAILABLE"
            case "LOADING", "UNLOADING": entry.state
            default: "END"
            }
        let failure = state == "END" && entry.reason != "unloaded" ? entry.reason : ""
        writer.beginObject()
        writer.key("version")
        writer.value(entry.version)
        writer.key("state")
        writer.value(state)
        writer.key("status")
        writer.beginObject()
        writer.key("error_code")
        writer.value(failure.isEmpty ? "OK" : "UNKNOWN")
        writer.key("error_message")
        writer.value(failure.isEmpty ? "OK" : failure)
        writer.endObject()
        writer.endObject()
    }
}
