package import DunlinBytes
import DunlinInference
import DunlinTensor

/// The OpenAPI form: paths, schemas and example of this very model.
extension ModelDocument {
    static let openAPIVersion = "3.0.3"

    /// - Parameter serverVersion: What `info.version` says.
    package func openAPI(serverVersion: String) -> Bytes {
        OpenAPIText.document(title: "Model \(title)", version: serverVersion) { writer in write(to: &writer) }
    }

    /// This model's paths, into an object of paths.
    func write(to writer: inout JSONWriter) {
        writer.path(path, "get", "Metadata of \(title)", answer: "The model's metadata") { _ in }
        writer.path(path + "/ready", "get", "Readiness of \(title)", answer: "It can infer") { _ in }
        writer.path(inferPath, "post", "Inference by \(title)", answer: "The outputs") { writer in
            writer.key("requestBody")
            writer.object { writer in
                writer.key("required")
                writer.value(true)
                writer.content { writer in
                    writer.key("schema")
                    requestSchema(&writer)
                    if let example = example.json.flatMap({ try? JSONValue(parsing: Bytes($0)) }) {
                        writer.key("example")
                        writer.json(example)
                    }
                }
            }
        }
    }

    private func requestSchema(_ writer: inout JSONWriter) {
        writer.schema(type: "object") { writer in
            writer.key("required")
            writer.strings(["inputs"])
            writer.key("properties")
            writer.object { writer in
                writer.key("id")
                writer.schema(type: "string")
                writer.key("parameters")
                writer.schema(type: "object")
                writer.key("inputs")
                writer.schema(type: "array") { writer in
                    writer.key("minItems")
                    writer.value(example.inputs.count)
                    writer.key("items")
                    writer.object { writer in
                        writer.key(metadata.inputs.count > 1 ? "oneOf" : "allOf")
                        writer.array { writer in
                            for input in metadata.inputs { inputSchema(input, &writer) }
                            // A worker that takes any input.
                            if metadata.inputs.isEmpty { writer.schema(type: "object") }
                        }
                    }
                }
                writer.key("outputs")
                writer.schema(type: "array") { writer in
                    writer.key("items")
                    writer.schema(type: "object") { writer in
                        writer.key("required")
                        writer.strings(["name"])
                        guard !metadata.outputs.isEmpty else { return }
                        writer.key("properties")
                        writer.object { writer in
                            writer.key("name")
                            writer.schema(type: "string", choices: metadata.outputs.map(\.name))
                        }
                    }
                }
            }
        }
    }

    private func inputSchema(_ input: TensorMetadata, _ writer: inout JSONWriter) {
        writer.schema(type: "object") { writer in
            writer.key("required")
            writer.strings(["name", "shape", "datatype"])
            writer.key("properties")
            writer.object { writer in
                writer.key("name")
                writer.schema(type: "string", choices: [input.name])
                writer.key("datatype")
                writer.schema(type: "string", choices: [input.dataType.name])
                writer.key("shape")
                writer.schema(type: "array") { writer in
                    writer.key("description")
                    writer.value("\(input.shape), where -1 is any extent")
                    writer.key("minItems")
                    writer.value(input.shape.count)
                    writer.key("maxItems")
                    writer.value(input.shape.count)
                    writer.key("items")
                    writer.schema(type: "integer")
                }
                writer.key("data")
                writer.schema(type: "array") { writer in
                    writer.key("items")
                    writer.object { _ in }
                }
                writer.key("parameters")
                writer.schema(type: "object")
            }
        }
    }
}

/// The parts that all OpenAPI documents here are made of.
enum OpenAPIText {
    static func document(title: String, version: String, paths: (inout JSONWriter) -> Void) -> Bytes {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.key("openapi")
            writer.value(ModelDocument.openAPIVersion)
            writer.key("info")
            writer.object { writer in
                writer.key("title")
                writer.value(title)
                writer.key("version")
                writer.value(version)
            }
            writer.key("paths")
            writer.object { writer in paths(&writer) }
        }
        return writer.finish()
    }
}

extension JSONWriter {
    mutating func object(_ members: (inout JSONWriter) -> Void) {
        beginObject()
        members(&self)
        endObject()
    }

    mutating func array(_ elements: (inout JSONWriter) -> Void) {
        beginArray()
        elements(&self)
        endArray()
    }

    mutating func strings(_ texts: [String]) { array { writer in for text in texts { writer.value(text) } } }

    mutating func schema(type: String, choices: [String] = [], _ members: (inout JSONWriter) -> Void = { _ in }) {
        object { writer in
            writer.key("type")
            writer.value(type)
            if !choices.isEmpty {
                writer.key("enum")
                writer.strings(choices)
            }
            members(&writer)
        }
    }

    mutating func content(_ members: (inout JSONWriter) -> Void) {
        key("content")
        object { writer in
            writer.key("application/json")
            writer.object { writer in members(&writer) }
        }
    }

    /// One path with one operation.
    mutating func path(
        _ path: String, _ method: String, _ summary: String, answer: String, _ members: (inout JSONWriter) -> Void
    ) {
        key(path)
        object { writer in
            writer.key(method)
            writer.object { writer in
                writer.key("summary")
                writer.value(summary)
                members(&writer)
                writer.key("responses")
                writer.object { writer in
                    writer.key("200")
                    writer.object { writer in
                        writer.key("description")
                        writer.value(answer)
                    }
                    writer.key("default")
                    writer.object { writer in
                        writer.key("description")
                        writer.value("An error, with its reason")
                        writer.content { writer in
                            writer.key("schema")
                            writer.schema(type: "object") { writer in
                                writer.key("properties")
                                writer.object { writer in
                                    writer.key("error")
                                    writer.schema(type: "string")
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    mutating func json(_ tree: JSONValue) {
        switch tree {
        case .null: null()
        case .bool(let flag): value(flag)
        case .int(let number): value(number)
        case .double(let number): value(number)
        case .string(let text): value(text)
        case .array(let elements): array { writer in for element in elements { writer.json(element) } }
        case .object(let members):
            object { writer in
                for member in members {
                    writer.key(member.key)
                    writer.json(member.value)
                }
            }
        }
    }
}
