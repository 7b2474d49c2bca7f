import DunlinBytes
import DunlinHTTP

/// Why a request does not reach its endpoint.
struct Refusal: Error, Sendable, Equatable {
    enum Reason: Sendable, Equatable {
        /// No usable key came: 401.
        case noKey, otherScheme, unknownKey
        /// What came does not suffice: 403.
        case forbidden
        /// There is no such project, deployment or model at this address: 404.
        case notFound
    }

    let reason: Reason
    let message: String
    /// The scope that would do.
    var scope: AccessScope?

    var status: Int {
        switch reason {
        case .noKey, .otherScheme, .unknownKey: 401
        case .forbidden: 403
        case .notFound: 404
        }
    }

    static let noKey = Refusal(
        reason: .noKey,
        message: "an API key is needed: send 'Authorization: ApiKey <key>' or 'Authorization: Bearer <key>'")
    static let otherScheme = Refusal(
        reason: .otherScheme,
        message: "the Authorization field must be 'ApiKey <key>' or 'Bearer <key>' with one key of this server")
    static let unknownKey = Refusal(reason: .unknownKey, message: "the API key is not one of this server's")

    static func forbidden(_ message: String) -> Refusal { Refusal(reason: .forbidden, message: message) }

    static func scopeLacking(_ scope: AccessScope) -> Refusal {
        Refusal(reason: .forbidden, message: "the API key does not have the scope \(scope.rawValue)", scope: scope)
    }

    /// In the form that the clients of an address read errors in.
    func response(_ form: RouteForm) -> HTTPResponse {
        guard form == .plain else {
            return HopsworksError(self).response(headers: headers)
        }
        return .error(status, message, headers: headers)
    }

    /// As gRPC clients read it. What is not there is a deployment or a model, and not a method.
    var inGRPC: HTTPResponse {
        guard reason == .notFound else { return response(.plain).inGRPC }
        return HTTPResponse(contentType: .grpc, headers: GRPCReply.status(self))
    }

    /// RFC 6750 says what a challenge tells; `ApiKey` is Hopsworks' word for the same.
    private var headers: [(name: String, value: String)] {
        switch reason {
        case .noKey, .otherScheme:
            [("WWW-Authenticate", "ApiKey realm=\"dunlin\""), ("WWW-Authenticate", "Bearer realm=\"dunlin\"")]
        case .unknownKey:
            [
                ("WWW-Authenticate", "ApiKey realm=\"dunlin\""),
                ("WWW-Authenticate", "Bearer realm=\"dunlin\", error=\"invalid_token\""),
            ]
        case .forbidden:
            scope.map {
                [
                    (
                        "WWW-Authenticate",
                        "Bearer realm=\"dunlin\", error=\"insufficient_scope\", scope=\"\($0.rawValue)\""
                    )
                ]
            } ?? []
        case .notFound: []
        }
    }
}
