/// Why a text is not the JSON that was asked for.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Bytes before the place of the fault.
    package let offset: Int
    /// What was expected and what stands there.
    package let message: String

    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }

    package var description: String { "\(message) (byte \(offset))" }
}
