package import DunlinBytes
package import DunlinInference
package import DunlinTensor

/// V1's bodies about models: KServe's, TensorFlow Serving's and OpenAI's fields side by side, so that the clients of each
/// find theirs.
package enum V1MetadataCodec {
    /// A model in a list.
    package struct Model: Sendable {
        package var name: String
        /// Seconds since 1970.
        package var created: Int

        package init(name: String, created: Int) {
            self.name = name
            self.created = created
        }
    }

    /// A version and its state, in TensorFlow Serving's words.
    package struct Version: Sendable {
        package enum State: String, Sendable {
            case start = "START", loading = "LOADING", available = "AVAILABLE", unloading = "UNLOADING", end = "END"
        }
        package var version: String
        package var state: State
        /// What went wrong; empty when nothing did.
        package var errorMessage: String

        package init(version: String, state: State, errorMessage: String) {
            self.version = version
            self.state = state
            self.errorMessage = errorMessage
        }
    }

    /// `GET /v1/models`.
    package static func models(_ models: [Model]) -> Bytes {
        var writer = JSONWriter(capacity: 64 + models.count * 128)
        writer.beginObject()
        writer.key("object")
        writer.value("list")
        writer.key("data")
        writer.beginArray()
        for model in models {
            writer.beginObject()
            writeIdentity(model, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("models")
        writer.beginArray()
        for model in models { writer.value(model.name) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// `GET /v1/models/{model}`, of all versions or one.
    ///
    /// - Parameter error: Why the model is not ready; `nil` when it is.
    package static func status(_ model: Model, _ versions: [Version], error: String?) -> Bytes {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        if let error {
            writer.key("error")
            writer.value(error)
        }
        writer.key("name")
        writer.value(model.name)
        writer.key("ready")
        writer.value(error == nil)
        writeIdentity(model, to: &writer)
        writer.key("model_version_status")
        writer.beginArray()
        for version in versions {
            writer.beginObject()
            writer.key("version")
            writer.value(version.version)
            writer.key("state")
            writer.value(version.state.rawValue)
            writer.key("status")
            writer.beginObject()
            writer.key("error_code")
            writer.value(version.errorMessage.isEmpty ? "OK" : "UNKNOWN")
            writer.key("error_message")
            writer.value(version.errorMessage)
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// `GET /v1/models/{model}/metadata`: the model's signature as TensorFlow's `serving_default`.
    package static func metadata(_ model: String, version: String, _ signature: ModelSignature) -> Bytes {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.key("model_spec")
        writer.beginObject()
        writer.key("name")
        writer.value(model)
        writer.key("signature_name")
        writer.value("")
        writer.key("version")
        writer.value(version)
        writer.endObject()
        writer.key("metadata")
        writer.beginObject()
        writer.key("signature_def")
        writer.beginObject()
        writer.key("signature_def")
        writer.beginObject()
        writer.key("serving_default")
        writer.beginObject()
        writer.key("inputs")
        write(signature.inputs, to: &writer)
        writer.key("outputs")
        write(signature.outputs, to: &writer)
        writer.key("method_name")
        writer.value("tensorflow/serving/predict")
        for _ in 0..<5 { writer.endObject() }
        return writer.finish()
    }

    private static func writeIdentity(_ model: Model, to writer: inout JSONWriter) {
        writer.key("id")
        writer.value(model.name)
        writer.key("object")
        writer.value("model")
        writer.key("created")
        writer.value(model.created)
        writer.key("owned_by")
        writer.value("dunlin")
    }

    private static func write(_ tensors: [TensorMetadata], to writer: inout JSONWriter) {
        writer.beginObject()
        for tensor in tensors {
            writer.key(tensor.name)
            writer.beginObject()
            writer.key("dtype")
            writer.value(name(of: tensor.dataType))
            writer.key("tensor_shape")
            writer.beginObject()
            writer.key("dim")
            writer.beginArray()
            for extent in tensor.shape {
                writer.beginObject()
                writer.key("size")
                writer.value(String(extent))
                writer.key("name")
                writer.value("")
                writer.endObject()
            }
            writer.endArray()
            writer.key("unknown_rank")
            writer.value(false)
            writer.endObject()
            writer.key("name")
            writer.value("\(tensor.name):0")
            writer.endObject()
        }
        writer.endObject()
    }

    /// TensorFlow's name of a datatype.
    package static func name(of type: DataType) -> String {
        switch type {
        case .bool: "DT_BOOL"
        case .uint8: "DT_UINT8"
        case .uint16: "DT_UINT16"
        case .uint32: "DT_UINT32"
        case .uint64: "DT_UINT64"
        case .int8: "DT_INT8"
        case .int16: "DT_INT16"
        case .int32: "DT_INT32"
        case .int64: "DT_INT64"
        case .fp16: "DT_HALF"
        case .bf16: "DT_BFLOAT16"
        case .fp32: "DT_FLOAT"
        case .fp64: "DT_DOUBLE"
        case .bytes: "DT_STRING"
        }
    }
}
