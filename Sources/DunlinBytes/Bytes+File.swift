import Glibc

/// Why a file could not be read, in the operating system's words.
public struct FileError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public var description: String { "\(path): \(reason)" }

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package static func system(_ path: String) -> FileError {
        FileError(path: path, reason: String(cString: strerror(errno)))
    }
}

extension Bytes {
    /// Maps a regular file into memory, read-only and private; nothing is read before it is touched.
    ///
    /// - Parameter limit: The largest file accepted, in bytes.
    /// - Throws: `FileError` when the file cannot be opened, is not a regular file or is larger than `limit`.
    public init(mapping path: String, limit: Int = Int.max) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path: path, reason: "not a regular file") }
        let count = Int(status.st_size)
        guard count <= limit else {
            throw FileError(path: path, reason: "\(count) bytes is more than the limit of \(limit)")
        }
        if count == 0 {
            self.init()
            return
        }
        guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
            throw .system(path)
        }
        self.init(owner: BytesOwner(memory: memory, release: .unmap(count: count)), base: memory, count: count)
    }

    /// Copies a file, up to its first `most` bytes: a mapping of one that is cut short meanwhile would end the process.
    package init(copyingFile path: String, most: Int) throws(FileError) {
        guard let file = fopen(path, "re") else { throw .system(path) }
        defer { fclose(file) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: Swift.min(most, 64 << 10))
        while content.count < most {
            let count = fread(&piece, 1, Swift.min(piece.count, most - content.count), file)
            if count == 0 { break }
            content += piece[..<count]
        }
        guard ferror(file) == 0 else { throw .system(path) }
        self.init(content)
    }

    /// Gives a mapped file's memory back to the system until it is touched again: the whole mapping's, whichever
    /// slice of it this is. No effect on other memory.
    package func releasePages() { owner?.releasePages() }
}
