import Glibc

/// A key that was just made, for `dunlin api-key create`.
package struct NewAPIKey {
    /// What its holder sends. It is nowhere else.
    package let text: String
    /// What the server's file of keys says of it.
    package let line: String

    /// Random numbers are the kernel's (`getrandom`).
    ///
    /// - Parameters:
    ///   - scopes: With commas: `infer,metrics`.
    ///   - models: With commas, percent-encoded where need be; `nil`: good for all.
    package init(scopes: String, models: String?) throws(UnusableAPIKey) {
        do throws(InvalidKeyLine) {
            var random = SystemRandomNumberGenerator()
            let made = APIKey.make(try AccessGrant(scopes: scopes, models: models), using: &random)
            text = made.text
            line = made.key.line
        } catch { throw UnusableAPIKey(message: error.message) }
    }

    /// Adds the line to a file, in one piece, so that a server that reads it meanwhile sees all of it or nothing.
    package func append(to path: String) throws(UnusableAPIKey) {
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        // A last line without its end would become one with ours.
        var last = UInt8(ascii: "\n")
        let end = lseek(descriptor, 0, SEEK_END)
        if end > 0 { pread(descriptor, &last, 1, end - 1) }
        var text = (last == UInt8(ascii: "\n") ? "" : "\n") + line + "\n"
        let count = text.utf8.count
        guard text.withUTF8({ write(descriptor, $0.baseAddress, count) }) == count, fsync(descriptor) == 0 else {
            throw .system(path)
        }
    }
}

/// Why a key cannot be made or kept.
package struct UnusableAPIKey: Error {
    package let message: String

    fileprivate static func system(_ path: String) -> UnusableAPIKey {
        UnusableAPIKey(message: "\(path): \(String(cString: strerror(errno)))")
    }
}
