/// Where this module says what it does; the facade connects it to the server's logger.
package struct ServingLog: Sendable {
    package enum Level: Sendable { case debug, info, warning, error }

    /// Called from any thread.
    package let write: @Sendable (Level, String) -> Void

    package init(_ write: @escaping @Sendable (Level, String) -> Void) { self.write = write }

    /// Says nothing.
    package static let silent = ServingLog { _, _ in }
}
