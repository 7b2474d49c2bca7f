import DunlinInference
import DunlinProtocols
import Synchronization

/// The regions of system shared memory that clients registered, by name. One lock; nothing is opened or copied under it.
///
/// A region that is unregistered is closed when the requests that use it are answered.
final class SharedMemoryRegions: Sendable {
    /// Regions at the same time. Each takes one file descriptor.
    private let maxCount: Int
    /// Bytes of all regions. They are kept alive by the server even when their clients are gone.
    private let maxByteCount: Int
    private let regions = Mutex<[String: SharedMemoryRegion]>([:])

    init(maxCount: Int, maxByteCount: Int) {
        self.maxCount = maxCount
        self.maxByteCount = maxByteCount
    }

    /// - Throws: `.invalidArgument` when the name or key is no good or taken, or the object is not as it is described;
    ///   `.resourceExhausted` when there are too many regions, or too many bytes of them.
    func register(_ registration: SharedMemoryRegistration) throws(InferError) {
        if let problem = SharedMemoryName.problem(with: registration) { throw InferError(.invalidArgument, problem) }
        let name = registration.name
        guard regions.withLock({ $0[name] == nil }) else { throw Self.taken(name) }
        let region = try SharedMemoryRegion(registration)
        try regions.withLock { regions throws(InferError) in
            guard regions[name] == nil else { throw Self.taken(name) }
            guard regions.count < maxCount else {
                throw InferError(
                    .resourceExhausted,
                    "shared memory region '\(name)': there are \(regions.count) regions, the most that "
                        + "--max-shared-memory-regions allows; unregister one")
            }
            let used = regions.values.reduce(0) { $0 + $1.registration.byteCount }
            guard registration.byteCount <= maxByteCount - used else {
                throw InferError(
                    .resourceExhausted,
                    "shared memory region '\(name)': \(registration.byteCount) bytes and the \(used) registered are more "
                        + "than the \(maxByteCount) that --max-shared-memory-size allows")
            }
            regions[name] = region
        }
    }

    /// Does nothing when there is no such region, as Triton does.
    func unregister(_ name: String) {
        let region = regions.withLock { $0.removeValue(forKey: name) }
        // Closed, if nobody uses it, outside the lock.
        withExtendedLifetime(region) {}
    }

    func unregisterAll() {
        let former = regions.withLock { regions in
            defer { regions = [:] }
            return regions
        }
        withExtendedLifetime(former) {}
    }

    var isEmpty: Bool { regions.withLock { $0.isEmpty } }

    /// What is registered, sorted by name.
    var registrations: [SharedMemoryRegistration] {
        regions.withLock { Array($0.values) }.map(\.registration).sorted { $0.name < $1.name }
    }

    /// - Throws: `.notFound`.
    func region(_ name: String) throws(InferError) -> SharedMemoryRegion {
        guard let region = regions.withLock({ $0[name] }) else { throw Self.notFound(name) }
        return region
    }

    static func notFound(_ name: String) -> InferError {
        InferError(.notFound, "Unable to find system shared memory region: '\(name)'")
    }

    private static func taken(_ name: String) -> InferError {
        InferError(.invalidArgument, "shared memory region '\(name)' already in manager")
    }
}
