import Glibc

/// The file by which clients find a Unix-domain socket.
struct SocketFile {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// The file that `bind` has just made at `path`, with the permissions `mode`; `nil`, with `errno` set, when it cannot
    /// have them. Connections are possible once the socket listens, so nobody comes in before.
    init?(made path: String, mode: Int) {
        var status = stat()
        guard chmod(path, mode_t(mode)) == 0, lstat(path, &status) == 0 else { return nil }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// Removes the file, unless another has taken its place.
    func remove() {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
        unlink(path)
    }

    /// Removes a socket that nobody listens on any more, as a server that was killed leaves it.
    ///
    /// - Throws: When something else is there, or a server that lives.
    static func removeStale(_ address: SocketAddress, path: String) throws(HTTPServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw HTTPServerError("cannot listen on unix:\(path): there is a file that is not a socket")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw .system("cannot listen on unix:\(path)") }
        defer { close(probe) }
        // Not to wait where a server lives and has more waiting than it takes.
        _ = fcntl(probe, F_SETFL, O_NONBLOCK)
        guard address.withSockaddr({ connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED else {
            throw HTTPServerError("cannot listen on unix:\(path): a server listens there")
        }
        unlink(path)
    }
}
