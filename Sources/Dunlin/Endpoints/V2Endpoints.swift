import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// The Open Inference Protocol over REST, and what the AMD inference server adds to it.
enum V2 {
    static let serverMetadata: Endpoint = { _, server, reply in
        let extensions = extensions(of: server)
        reply.json(
            200,
            V2MetadataCodec.serverMetadata(
                name: server.configuration.serverName, version: dunlinVersion, extensions: extensions))
    }

    static let serverLive: Endpoint = { _, _, reply in reply.json(200, V2MetadataCodec.serverLive(true)) }

    static let serverReady: Endpoint = { _, server, reply in
        let isReady = server.isReady
        reply.json(isReady ? 200 : 503, V2MetadataCodec.serverReady(isReady))
    }

    static let modelList: Endpoint = { call, server, reply in
        reply.json(200, V2MetadataCodec.modelList(server.registry.modelNames().filter(call.sees)))
    }

    static let modelMetadata: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let metadata = try server.registry.metadata(model: call["model"], version: call[optional: "version"])
            reply.json(200, V2MetadataCodec.modelMetadata(metadata))
        }
    }

    static let modelConfiguration: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let found = try server.registry.configuration(model: call["model"], version: call[optional: "version"])
            reply.json(200, V2ModelConfigurationCodec.encode(found))
        }
    }

    static let modelReady: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let model = call["model"]
            guard try server.registry.isReady(model: model, version: call[optional: "version"]) else {
                throw InferError(.unavailable, "model '\(model)' is not ready")
            }
            reply.json(200, V2MetadataCodec.modelReady(model, true))
        }
    }

    static let modelInfer: Endpoint = { call, server, reply in
        guard isLarge(call, server) else { return infer(call, server, reply) }
        server.codecQueue.async { infer(call, server, reply) }
    }

    /// Whether a request is decoded off the event loop. What lies in shared memory may be large whatever the body is.
    static func isLarge(_ call: Call, _ server: Server) -> Bool {
        if let regions = server.sharedMemory, !regions.isEmpty { return true }
        guard call.body.count > decodeOnLoopByteCount else { return false }
        // What is no number is refused when it is read.
        let jsonByteCount = call.request.headers[headerLengthField].flatMap { Int($0) } ?? call.body.count
        return jsonByteCount > decodeOnLoopByteCount || call.body.count > decodeBinaryOnLoopByteCount
    }

    /// Where the raw tensors begin in a body, and that there are any.
    static let headerLengthField: StaticString = "inference-header-content-length"

    static let hardware: Endpoint = { call, _, reply in
        reply.answer { () throws(InferError) in
            let wanted = try V2MetadataCodec.decodeHardware(call.body)
            let available = Hardware.count(of: wanted.name)
            guard available >= wanted.count, available > 0 else {
                throw InferError(
                    .notFound,
                    "hardware '\(wanted.name)': \(wanted.count) asked for, \(available) available; known here: "
                        + Hardware.present.joined(separator: ", "))
            }
            reply.empty(200)
        }
    }

    /// JSON bodies up to this size are decoded on the event loop; larger ones on a queue, so that one client's megabytes
    /// do not hold up the others. This many bytes of numbers take about 0.1 ms, of which the way to the queue and back
    /// is less than a tenth.
    static let decodeOnLoopByteCount = 256 << 10

    /// The same for bodies with raw tensors, which are passed on as they are, or at most walked over once.
    static let decodeBinaryOnLoopByteCount = 4 << 20

    /// What `GET /v2` lists: Triton's names for what this version speaks.
    static let extensions = [
        "model_repository", "model_repository(unload_dependents)", "model_configuration", "classification",
        "binary_tensor_data", "parameters", "schedule_policy", "statistics", "sequence", "logging", "trace",
    ]

    static func extensions(of server: Server) -> [String] {
        extensions + (server.sharedMemory == nil ? [] : ["system_shared_memory"])
    }

    private static func infer(_ call: Call, _ server: Server, _ reply: Reply) {
        reply.answer { () throws(InferError) in
            let limits = try RequestTimeout.limits(
                of: call, model: call["model"], version: call[optional: "version"], server)
            let sharedMemory = server.sharedMemory.map(SharedMemoryUse.init)
            let request = try decode(call, server, sharedMemory)
            server.infer(request, within: limits, for: call, reply) { result in
                reply.answer { () throws(InferError) in
                    reply.send(
                        .infer(try V2InferCodec.encode(try result.get(), for: request, sharedMemory: sharedMemory)))
                }
            }
        }
    }

    static func decode(
        _ call: Call, _ server: Server, _ sharedMemory: SharedMemoryUse?
    ) throws(InferError) -> InferRequest {
        let model = call["model"]
        let version = call[optional: "version"]
        guard let text = call.request.headers[headerLengthField] else {
            return try V2InferCodec.decode(
                call.body, headerLength: nil, model: model, version: version, sharedMemory: sharedMemory,
                limits: server.limits)
        }
        let length = try V2InferCodec.parseHeaderLength(text, bodyByteCount: call.body.count)
        if length == 0 {
            let signature = try server.registry.signature(model: model, version: version)
            return try V2InferCodec.decodeRaw(
                call.body, model: model, version: version, signature: signature,
                isBatched: try server.registry.isBatched(model: model, version: version))
        }
        return try V2InferCodec.decode(
            call.body, headerLength: length, model: model, version: version, sharedMemory: sharedMemory,
            limits: server.limits)
    }
}

extension HTTPResponse {
    /// An inference answer: JSON, or JSON followed by raw tensors when any output is binary.
    static func infer(_ encoded: EncodedInferResponse) -> HTTPResponse {
        guard let headerLength = encoded.headerLength else {
            return HTTPResponse(contentType: .json, body: encoded.segments)
        }
        return HTTPResponse(
            contentType: .octetStream, headers: [("Inference-Header-Content-Length", String(headerLength))],
            body: encoded.segments)
    }
}
