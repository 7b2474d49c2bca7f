/// Why a text file could not be read: the line, counted from 1, and what is wrong with it.
package struct TextFormatError: Error, Sendable, Equatable, CustomStringConvertible {
    package let line: Int
    package let message: String
    package var description: String { "line \(line): \(message)" }

    package init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }
}
