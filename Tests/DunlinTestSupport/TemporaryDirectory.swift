import Glibc

/// A directory that is gone with the value.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/dunlin-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory below \(parent)")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Writes a file, making the directories on the way. The file is new even when one of that name was there.
    package func write(_ name: String, _ text: String = "") {
        let components = name.split(separator: "/")
        var directory = path
        for component in components.dropLast() {
            directory += "/\(component)"
            mkdir(directory, 0o755)
        }
        unlink("\(path)/\(name)")
        guard let file = fopen("\(path)/\(name)", "w") else { preconditionFailure("cannot write \(name)") }
        fputs(text, file)
        fclose(file)
    }

    package func makeDirectory(_ name: String) { mkdir("\(path)/\(name)", 0o755) }

    package func link(_ name: String, to target: String) { symlink(target, "\(path)/\(name)") }

    package func remove(_ name: String) { Self.remove("\(path)/\(name)") }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, let stream = opendir(path) else {
            unlink(path)
            return
        }
        defer { rmdir(path) }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
    }
}
