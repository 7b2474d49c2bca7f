import DunlinBytes
import DunlinInference
import DunlinProtocols
import Glibc

/// A part of a POSIX shared memory object that a client registered.
///
/// The object is never mapped here. Its client may make it shorter at any moment, and whoever then touches a page that is
/// gone is ended by the kernel (SIGBUS). Bytes are copied with pread(2) and pwrite(2) instead, which only come back with
/// fewer bytes, and the object's size is looked at before each use.
///
/// Closed when the last request that uses it is answered.
final class SharedMemoryRegion: Sendable {
    let registration: SharedMemoryRegistration
    private let descriptor: Int32

    /// - Throws: `.invalidArgument` when the key is none, there is no such object or it is smaller than registered.
    init(_ registration: SharedMemoryRegistration) throws(InferError) {
        func failure(_ reason: String) -> InferError {
            InferError(
                .invalidArgument, "failed to register shared memory region '\(registration.name)': \(reason)")
        }
        let (end, isOver) = registration.offset.addingReportingOverflow(registration.byteCount)
        guard !isOver, registration.offset >= 0, registration.byteCount > 0 else {
            throw failure("invalid args: offset \(registration.offset) and byte_size \(registration.byteCount)")
        }
        // O_NONBLOCK: what is no memory object, but lies among them, must not hold up the server.
        let descriptor = shm_open(registration.key, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0)
        guard descriptor >= 0 else {
            throw failure(
                "unable to open shared memory object '\(registration.key)': \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw failure("'\(registration.key)' is not a shared memory object")
        }
        guard end <= Int(status.st_size) else {
            close(descriptor)
            throw failure(
                "invalid args: offset \(registration.offset) and byte_size \(registration.byteCount) reach beyond the "
                    + "\(status.st_size) bytes of '\(registration.key)'")
        }
        self.registration = registration
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// - Throws: `.invalidArgument` when `place` reaches beyond the region, or beyond what its object has now.
    func check(_ place: SharedMemoryPlace) throws(InferError) {
        let (end, isOver) = place.offset.addingReportingOverflow(place.byteCount)
        guard !isOver, place.offset >= 0, place.byteCount >= 0, end <= registration.byteCount else {
            throw InferError(
                .invalidArgument,
                "Invalid offset + byte size for shared memory region: '\(registration.name)': \(place.offset) + "
                    + "\(place.byteCount) reach beyond its \(registration.byteCount) bytes")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, registration.offset + end <= Int(status.st_size) else {
            throw shrunk(Int(status.st_size))
        }
    }

    /// A copy of the bytes at `place`.
    func read(_ place: SharedMemoryPlace) throws(InferError) -> Bytes {
        try check(place)
        guard place.byteCount > 0 else { return Bytes() }
        guard let memory = malloc(place.byteCount) else {
            throw InferError(.resourceExhausted, "there is no memory for \(place.byteCount) bytes of shared memory")
        }
        let bytes = Bytes(adopting: memory, count: place.byteCount)
        let start = registration.offset + place.offset
        try transfer(place.byteCount) { done, count in pread(descriptor, memory + done, count, start + done) }
        return bytes
    }

    /// Puts `bytes` at the beginning of `place`.
    ///
    /// An object that is made shorter between the look at its size and the copy grows again by what is copied, at most
    /// to the registered size.
    func write(_ bytes: Bytes, to place: SharedMemoryPlace) throws(InferError) {
        guard bytes.count <= place.byteCount else {
            throw InferError(
                .invalidArgument,
                "shared memory size specified with the request (\(place.byteCount) bytes) should be at least "
                    + "\(bytes.count) bytes to hold the results")
        }
        try check(place)
        let start = registration.offset + place.offset
        try bytes.withUnsafeBytes { source throws(InferError) in
            guard let base = source.baseAddress else { return }
            try transfer(source.count) { done, count in pwrite(descriptor, base + done, count, start + done) }
        }
    }

    /// Copies `total` bytes in as many calls as the kernel makes of it.
    private func transfer(_ total: Int, _ copy: (_ done: Int, _ count: Int) -> Int) throws(InferError) {
        var done = 0
        while done < total {
            let count = copy(done, total - done)
            if count > 0 {
                done += count
            } else if count == 0 {
                var status = stat()
                fstat(descriptor, &status)
                throw shrunk(Int(status.st_size))
            } else if errno != EINTR {
                throw InferError(
                    .invalidArgument,
                    "shared memory region '\(registration.name)' cannot be used: \(String(cString: strerror(errno)))")
            }
        }
    }

    private func shrunk(_ size: Int) -> InferError {
        InferError(
            .invalidArgument,
            "shared memory region '\(registration.name)' is \(registration.byteCount) bytes at "
                + "\(registration.offset) of '\(registration.key)', which has only \(size) bytes now")
    }
}
