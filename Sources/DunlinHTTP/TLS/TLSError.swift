/// What is wrong with a file of certificates or keys, in words for the operator; names the file.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    package init(_ message: String) { self.message = message }
}
