import DunlinBytes

/// Writes the head of an answer.
enum ResponseHead {
    enum Framing {
        /// `Content-Length` with this value.
        case length(Int)
        case chunked
        /// No body by definition (204, 304), or one that ends with the connection.
        case none
    }

    enum Connection {
        /// As the version says: HTTP/1.1 stays open.
        case implied
        case close
        /// HTTP/1.0 that asked to stay open.
        case keepAlive
    }

    static func append(
        _ response: HTTPResponse, framing: Framing, connection: Connection, to output: inout BytesBuilder
    ) {
        appendStatusLine(response.status, to: &output)
        if let contentType = response.contentType {
            output.append("Content-Type: ")
            output.append(contentType.value)
            output.append("\r\n")
        }
        for field in response.headers { append(field.name, field.value, to: &output) }
        switch response.coding {
        case nil: break
        case .identity?: output.append("Vary: Accept-Encoding\r\n")
        case .deflate?: output.append("Content-Encoding: deflate\r\nVary: Accept-Encoding\r\n")
        case .gzip?: output.append("Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n")
        }
        switch framing {
        case .length(let count):
            output.append("Content-Length: ")
            append(decimal: count, to: &output)
            output.append("\r\n")
        case .chunked: output.append("Transfer-Encoding: chunked\r\n")
        case .none: break
        }
        switch connection {
        case .implied: output.append("\r\n")
        case .close: output.append("Connection: close\r\n\r\n")
        case .keepAlive: output.append("Connection: keep-alive\r\n\r\n")
        }
    }

    static func append(decimal value: Int, to output: inout BytesBuilder) {
        output.withSpace(20) { space in
            var value = value
            var digits: InlineArray<20, UInt8> = .init(repeating: 0)
            var first = 20
            repeat {
                first -= 1
                digits[first] = 0x30 + UInt8(truncatingIfNeeded: value % 10)
                value /= 10
            } while value > 0
            for index in first..<20 { space.storeBytes(of: digits[index], toByteOffset: index - first, as: UInt8.self) }
            return 20 - first
        }
    }

    /// A line break in a value would begin a field of its own, so it becomes a blank; a name that is no token is
    /// a programmer error.
    private static func append(_ name: String, _ value: String, to output: inout BytesBuilder) {
        precondition(!name.isEmpty && name.utf8.allSatisfy { ByteClass.isToken($0) }, "response field name '\(name)'")
        output.append(utf8: name)
        output.append(": ")
        if value.utf8.allSatisfy({ ByteClass.isFieldContent($0) }) {
            output.append(utf8: value)
        } else {
            for byte in value.utf8 { output.append(ByteClass.isFieldContent(byte) ? byte : 0x20) }
        }
        output.append("\r\n")
    }

    private static func appendStatusLine(_ status: Int, to output: inout BytesBuilder) {
        switch status {
        case 200: output.append("HTTP/1.1 200 OK\r\n")
        default:
            precondition((200...599).contains(status), "response status \(status)")
            output.append("HTTP/1.1 ")
            append(decimal: status, to: &output)
            output.append(" ")
            output.append(reason(status))
            output.append("\r\n")
        }
    }

    private static func reason(_ status: Int) -> StaticString {
        switch status {
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: ""
        }
    }
}
