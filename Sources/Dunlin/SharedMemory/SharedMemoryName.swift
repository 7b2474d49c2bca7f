import DunlinProtocols

/// What regions and the objects they lie in may be called.
enum SharedMemoryName {
    /// Objects of Triton's Python backend, which its clients must not touch (CVE-2025-23319), and which no client of
    /// this server has any business with either.
    static let reservedPrefix = "triton_python_backend_shm_region_"

    /// Named semaphores lie among the memory objects.
    static let semaphorePrefix = "sem."

    /// Bytes of a region's name, and of a key without its slash (NAME_MAX).
    static let maxByteCount = 255

    /// What is wrong with the name or the key; `nil` when nothing is.
    static func problem(with registration: SharedMemoryRegistration) -> String? {
        let (name, key) = (registration.name, registration.key)
        guard (1...maxByteCount).contains(name.utf8.count), !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            return "shared memory region names have 1 to \(maxByteCount) bytes and no control characters"
        }
        guard !name.hasPrefix(reservedPrefix) else {
            return "cannot register shared memory region '\(name)' as names that begin with '\(reservedPrefix)' are "
                + "reserved"
        }
        let object = key.drop { $0 == "/" }
        for prefix in [reservedPrefix, semaphorePrefix] where object.hasPrefix(prefix) {
            return "cannot register shared memory region '\(name)' with key '\(key)' as the key contains the reserved "
                + "prefix '\(prefix)'"
        }
        // One slash may stand before the name, as POSIX has it; none may follow.
        let isPlain = key.utf8.count - object.utf8.count <= 1 && !object.utf8.contains { $0 == 0x2F || $0 == 0 }
        guard isPlain, (1...maxByteCount).contains(object.utf8.count), object != ".", object != ".." else {
            return "cannot register shared memory region '\(name)' - invalid shm key '\(key.prefix(maxByteCount))'; "
                + "expected '/' and a name of 1 to \(maxByteCount) bytes without another '/'"
        }
        return nil
    }
}
