import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// KServe's V1 protocol and TensorFlow Serving's REST API: inference.
enum V1 {
    static let predict: Endpoint = { call, server, reply in run(.predict, call, server, reply) }
    static let classify: Endpoint = { call, server, reply in run(.classify, call, server, reply) }
    static let regress: Endpoint = { call, server, reply in run(.regress, call, server, reply) }

    static let explain: Endpoint = { call, _, reply in
        reply.v1Error(
            InferError(
                .unsupported,
                "model '\(call["model"])' has no explainer: explanations are not served; :predict, :classify and "
                    + ":regress are"))
    }

    private static func run(_ verb: V1Codec.Verb, _ call: Call, _ server: Server, _ reply: Reply) {
        guard call.body.count > V2.decodeOnLoopByteCount else { return infer(verb, call, server, reply) }
        server.codecQueue.async { infer(verb, call, server, reply) }
    }

    private static func infer(_ verb: V1Codec.Verb, _ call: Call, _ server: Server, _ reply: Reply) {
        reply.v1Answer { () throws(InferError) in
            let model = call["model"]
            let version = try version(call, server)
            let limits = try RequestTimeout.limits(of: call, model: model, version: version, server)
            let profile = try found(model, version) { () throws(InferError) in
                try server.registry.v1Profile(model: model, version: version)
            }
            let decoded = try V1Codec.decode(
                call.body, verb, model: model, version: version, profile: profile, limits: server.limits)
            let answer = decoded.answer
            server.infer(decoded.infer, within: limits, for: call, reply) { result in
                reply.v1Answer { () throws(InferError) in
                    reply.json(200, try V1Codec.encode(try result.get(), as: answer, profile: profile))
                }
            }
        }
    }

    // MARK: Servables

    /// The version that the path asks for, by number or label; `nil`: the highest that is ready.
    static func version(_ call: Call, _ server: Server) throws(InferError) -> String? {
        if let version = call[optional: "version"] {
            guard let number = Int64(version), number >= 0 else {
                throw InferError(
                    .invalidArgument,
                    "Malformed request: expected a version number after /versions/, found '\(version.prefix(64))'")
            }
            return String(number)
        }
        guard let label = call[optional: "label"] else { return nil }
        let model = call["model"]
        let profile = try found(model, nil) { () throws(InferError) in try server.registry.v1Profile(model: model) }
        guard let version = profile.versionLabels[label] else {
            throw InferError(.invalidArgument, "Unrecognized servable version label: \(label)")
        }
        return version
    }

    /// Runs `find`; that a servable is missing or not ready is said in the words of both protocols.
    static func found<Found>(
        _ model: String, _ version: String?, _ find: () throws(InferError) -> Found
    ) throws(InferError) -> Found {
        do throws(InferError) { return try find() } catch { throw absence(model, version, error) }
    }

    /// `error` in the words of both protocols.
    static func absence(_ model: String, _ version: String?, _ error: InferError) -> InferError {
        switch error.code {
        case .notFound:
            guard let version else {
                return InferError(
                    .notFound,
                    "Model with name \(model) does not exist. Servable not found for request: Latest(\(model))")
            }
            return InferError(.notFound, "Servable not found for request: Specific(\(model), \(version))")
        case .unavailable:
            return InferError(
                .unavailable, "Model with name \(model) is not ready. \(error.message)", retryAfter: error.retryAfter)
        default: return error
        }
    }
}

extension InferError.Code {
    /// The HTTP status that TensorFlow Serving has for this code.
    var v1Status: Int { self == .resourceExhausted ? 429 : httpStatus }
}

extension Reply {
    func v1Error(_ error: InferError) {
        let answer = HTTPResponse.error(error)
        guard error.code.v1Status != error.code.httpStatus else { return send(answer) }
        send(.error(error.code.v1Status, error.message, headers: answer.headers))
    }

    /// Runs `body` and turns what it throws into V1's error answer.
    func v1Answer(_ body: () throws(InferError) -> Void) {
        do throws(InferError) { try body() } catch { v1Error(error) }
    }
}
