import Glibc

/// Writes a line to standard output.
func printOutput(_ line: String) { write(line, to: 1) }

/// Writes a line to standard error.
func printError(_ line: String) { write(line, to: 2) }

private func write(_ line: String, to descriptor: Int32) {
    var text = line + "\n"
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while let base = rest.baseAddress, rest.count > 0 {
            let written = Glibc.write(descriptor, base, rest.count)
            if written < 0 && errno != EINTR { return }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(0, written)))
        }
    }
}
