/// What is wrong with a file of certificates or keys, in words for the operator; names the file.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    package init(_ message: String) { self.message = message }

    static let notBuiltIn = TLSError(
        "this build has no TLS: build it with the package trait TLS (swift build --enable-all-traits), which needs "
            + "OpenSSL's headers")
}
