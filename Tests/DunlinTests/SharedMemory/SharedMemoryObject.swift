import Glibc

/// A POSIX shared memory object of a test, gone with it.
final class SharedMemoryObject: Sendable {
    let key: String
    private let descriptor: Int32

    init(_ name: String, byteCount: Int) {
        key = "/dunlin-test-\(getpid())-\(name)"
        // Left by a process of the same number that was ended.
        shm_unlink(key)
        descriptor = shm_open(key, O_RDWR | O_CREAT | O_EXCL, 0o600)
        precondition(descriptor >= 0, "shm_open: errno \(errno)")
        resize(byteCount)
    }

    deinit {
        close(descriptor)
        shm_unlink(key)
    }

    func resize(_ byteCount: Int) { ftruncate(descriptor, byteCount) }

    var byteCount: Int {
        var status = stat()
        fstat(descriptor, &status)
        return Int(status.st_size)
    }

    var bytes: [UInt8] {
        get {
            var bytes = [UInt8](repeating: 0, count: byteCount)
            pread(descriptor, &bytes, bytes.count, 0)
            return bytes
        }
        set { pwrite(descriptor, newValue, newValue.count, 0) }
    }
}
