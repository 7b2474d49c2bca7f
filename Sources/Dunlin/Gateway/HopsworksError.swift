import DunlinBytes
import DunlinHTTP

/// An error as Hopsworks' REST interface tells it: `{"errorCode":…,"errorMsg":"…","usrMsg":"…"}`.
struct HopsworksError: Sendable {
    /// Its inference errors that happen here, with their messages there.
    enum Code: Int, Sendable, CaseIterable {
        case notFound = 250_000
        case notRunning = 250_001
        case requestFailed = 250_002
        case badRequest = 250_004
        case verbMissing = 250_005
        case instanceFailed = 250_007
        case instanceBadRequest = 250_008
        case unauthorized = 250_010
        case forbidden = 250_011

        var message: String {
            switch self {
            case .notFound: "Serving instance not found."
            case .notRunning: "Serving instance is not running."
            case .requestFailed: "Serving instance did not answer in time."
            case .badRequest: "Request malformed."
            case .verbMissing: "Verb is missing."
            case .instanceFailed: "Serving instance internal error."
            case .instanceBadRequest: "Serving instance bad request error."
            case .unauthorized: "Invalidated Api key."
            case .forbidden: "Serving instance forbidden request error."
            }
        }

        /// The status that goes with it there.
        var status: Int {
            switch self {
            case .notFound: 404
            case .notRunning, .badRequest, .verbMissing, .instanceBadRequest: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .requestFailed, .instanceFailed: 500
            }
        }
    }

    let status: Int
    let code: Code
    let message: String
    /// What the client's user can do about it.
    let detail: String

    init(_ code: Code, detail: String, status: Int? = nil) {
        self.code = code
        self.status = status ?? code.status
        message = code.message
        self.detail = detail
    }

    init(_ refusal: Refusal) {
        status = refusal.status
        detail = refusal.message
        switch refusal.reason {
        case .noKey: (code, message) = (.unauthorized, "Authorization header not set.")
        case .otherScheme, .unknownKey: (code, message) = (.unauthorized, Code.unauthorized.message)
        case .forbidden: (code, message) = (.forbidden, Code.forbidden.message)
        case .notFound: (code, message) = (.notFound, Code.notFound.message)
        }
    }

    func response(headers: [(name: String, value: String)] = []) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("errorCode")
        writer.value(code.rawValue)
        writer.key("errorMsg")
        writer.value(message)
        writer.key("usrMsg")
        writer.value(detail)
        writer.endObject()
        return HTTPResponse(status: status, contentType: .json, headers: headers, body: [writer.finish()])
    }

    /// Puts an error that an endpoint answered, `{"error":"…"}`, into this form; other answers stay as they are.
    ///
    /// Where the status says more than Hopsworks', it stays: 503 and 504 tell clients that another try may succeed. 429, which
    /// is V1's word for a full queue, becomes 503.
    static func translate(_ response: inout HTTPResponse) {
        let status = response.status
        guard status >= 400, let message = message(of: response.body) else { return }
        let code: Code =
            switch status {
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 504: .requestFailed
            case 429, 500...: .instanceFailed
            default: .instanceBadRequest
            }
        let retried: Int? =
            switch status {
            case 429, 503: 503
            case 504: 504
            default: nil
            }
        let error = HopsworksError(code, detail: message, status: retried ?? code.status)
        response = error.response(headers: response.headers)
    }

    /// What an endpoint said; empty for a body that says nothing, `nil` for one that is in this form already.
    private static func message(of body: [Bytes]) -> String? {
        guard let text = body.first, body.count == 1, let value = try? JSONValue(parsing: text) else { return "" }
        if value["errorCode"] != nil { return nil }
        if case .string(let message)? = value["error"] { return message }
        return ""
    }
}
