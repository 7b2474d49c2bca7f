package import DunlinBytes
package import DunlinInference
import DunlinTensor

/// The V2 protocol's bodies about the server and its models.
package enum V2MetadataCodec {
    /// `GET /v2`.
    package static func serverMetadata(name: String, version: String, extensions: [String]) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("name")
        writer.value(name)
        writer.key("version")
        writer.value(version)
        writer.key("extensions")
        write(extensions, to: &writer)
        writer.endObject()
        return writer.finish()
    }

    /// `GET /v2/models/{model}`. Labels of outputs stand among the properties: `labels.<output>`, a JSON array.
    package static func modelMetadata(_ metadata: ModelMetadata) -> Bytes {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.key("name")
        writer.value(metadata.name)
        writer.key("versions")
        write(metadata.versions, to: &writer)
        writer.key("platform")
        writer.value(metadata.platform)
        writer.key("inputs")
        write(metadata.inputs, to: &writer)
        writer.key("outputs")
        write(metadata.outputs, to: &writer)
        let properties = properties(of: metadata)
        if !properties.isEmpty {
            writer.key("properties")
            writer.beginObject()
            for (key, value) in properties.sorted(by: { $0.key < $1.key }) {
                writer.key(key)
                writer.value(value)
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }

    /// The metadata's properties and the labels of its outputs, `labels.<output>`, each a JSON array of strings.
    package static func properties(of metadata: ModelMetadata) -> [String: String] {
        var properties = metadata.properties
        for output in metadata.outputs where !output.labels.isEmpty {
            var writer = JSONWriter()
            write(output.labels, to: &writer)
            properties["labels.\(output.name)"] = writer.finish().string
        }
        return properties
    }

    /// `GET /v2/health/live`.
    package static func serverLive(_ isLive: Bool) -> Bytes { flag("live", isLive) }

    /// `GET /v2/health/ready`.
    package static func serverReady(_ isReady: Bool) -> Bytes { flag("ready", isReady) }

    /// `GET /v2/models/{model}/ready`.
    package static func modelReady(_ model: String, _ isReady: Bool) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("name")
        writer.value(model)
        writer.key("ready")
        writer.value(isReady)
        writer.endObject()
        return writer.finish()
    }

    /// `GET /v2/models`.
    package static func modelList(_ models: [String]) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("models")
        write(models, to: &writer)
        writer.endObject()
        return writer.finish()
    }

    /// Every error's body.
    package static func error(_ message: String) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.value(message)
        writer.endObject()
        return writer.finish()
    }

    private static func flag(_ key: StaticString, _ value: Bool) -> Bytes {
        var writer = JSONWriter(capacity: 32)
        writer.beginObject()
        writer.key(key)
        writer.value(value)
        writer.endObject()
        return writer.finish()
    }

    private static func write(_ texts: [String], to writer: inout JSONWriter) {
        writer.beginArray()
        for text in texts { writer.value(text) }
        writer.endArray()
    }

    private static func write(_ tensors: [TensorMetadata], to writer: inout JSONWriter) {
        writer.beginArray()
        for tensor in tensors {
            writer.beginObject()
            writer.key("name")
            writer.value(tensor.name)
            writer.key("datatype")
            writer.value(tensor.dataType.name)
            writer.key("shape")
            writer.beginArray()
            for extent in tensor.shape { writer.value(extent) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
    }
}
