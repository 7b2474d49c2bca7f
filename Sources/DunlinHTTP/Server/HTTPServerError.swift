import Glibc

/// Why the server could not start, in words for the operator.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    package init(_ message: String) { self.message = message }

    /// `message` and what the operating system last said.
    static func system(_ message: String) -> HTTPServerError {
        HTTPServerError("\(message): \(String(cString: strerror(errno)))")
    }
}
