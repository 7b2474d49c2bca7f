/// Why the server could not start, in words for the operator.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    package init(_ message: String) { self.message = message }
}
