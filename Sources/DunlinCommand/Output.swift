import Glibc

/// Writes a line to standard output.
func printOutput(_ line: String) { write(line + "\n", to: 1) }

/// Writes a line to standard error.
func printError(_ line: String) { write(line + "\n", to: 2) }

/// Writes to standard error as it stands, without a line's end.
func writeError(_ text: String) { write(text, to: 2) }

private func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while let base = rest.baseAddress, rest.count > 0 {
            let written = Glibc.write(descriptor, base, rest.count)
            if written < 0 && errno != EINTR { return }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(0, written)))
        }
    }
}
