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
    /// Reads a regular file as a whole.
    ///
    /// It is copied and never mapped: whoever cuts a mapped file short ends the process, and whoever writes to it changes
    /// what is in use. A pipe is not waited for.
    ///
    /// - Parameter limit: The largest file accepted, in bytes.
    /// - Throws: `FileError` when the file cannot be read, is not a regular file, is larger than `limit` or is changed
    ///   while it is read.
    public init(reading path: String, limit: Int = Int.max) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        let before = try Self.status(descriptor, path)
        guard before.st_mode & S_IFMT == S_IFREG else { throw FileError(path: path, reason: "not a regular file") }
        let count = Int(before.st_size)
        guard count <= limit else {
            throw FileError(path: path, reason: "\(count) bytes is more than the limit of \(limit)")
        }
        if count == 0 {
            self.init()
            return
        }
        guard let file = Bytes(zeroed: count) else {
            throw FileError(path: path, reason: "there is no memory for its \(count) bytes")
        }
        self = file
        let memory = UnsafeMutableRawPointer(mutating: base.unsafelyUnwrapped)
        var position = 0
        while position < count {
            let received = read(descriptor, memory + position, Swift.min(count - position, Self.mostReadAtOnce))
            if received < 0 && errno == EINTR { continue }
            guard received >= 0 else { throw .system(path) }
            if received == 0 { break }
            position += received
        }
        let after = try Self.status(descriptor, path)
        guard position == count, after.st_size == before.st_size, after.st_mtim.tv_sec == before.st_mtim.tv_sec,
            after.st_mtim.tv_nsec == before.st_mtim.tv_nsec
        else { throw FileError(path: path, reason: "it was changed while it was read") }
    }

    private static let leastMapped = 1 << 20
    /// Linux reads up to 2 GiB in one call.
    private static let mostReadAtOnce = 1 << 30

    private static func status(_ descriptor: Int32, _ path: String) throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path) }
        return status
    }

    /// Memory that goes back to the system when it is let go; that of large files in huge pages where there are some.
    private init?(zeroed count: Int) {
        if count < Self.leastMapped {
            guard let memory = calloc(count, 1) else { return nil }
            self.init(adopting: memory, count: count)
            return
        }
        guard
            let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED
        else { return nil }
        madvise(memory, count, MADV_HUGEPAGE)
        self.init(owner: BytesOwner(memory: memory, release: .unmap(count: count)), base: memory, count: count)
    }

    /// Whether this is a slice of `other`'s memory.
    package func isSlice(of other: Bytes) -> Bool {
        guard let base, let start = other.base else { return false }
        return base >= start && base + count <= start + other.count
    }

    /// Copies what can be read of a file, which need not be a regular one, up to its first `most` bytes.
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
}
