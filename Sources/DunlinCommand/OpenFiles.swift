import Glibc

/// How many files and sockets this process may have open.
enum OpenFiles {
    /// Raises the limit in force (often 1024) to the highest that this process may give itself: each connection is an
    /// open file. Only where the process is ours: an embedder's limit is its own affair.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
