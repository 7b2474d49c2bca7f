import Glibc

/// What tells one content of a file from the next without reading it.
package struct FileStamp: Sendable, Equatable {
    private let identity: [Int]

    /// Follows symbolic links. Empty for what cannot be looked at.
    package init(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            identity = []
            return
        }
        identity = [
            Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), status.st_size,
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ]
    }

    /// Whether the users of this machine who are not the file's owner or group may read it.
    package static func isWorldReadable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
    }
}
