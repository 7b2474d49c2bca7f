import DunlinBytes
import DunlinInference
import DunlinProtocols
import Synchronization

/// The regions that one request uses: each is looked up once, and stays until the request is answered although it may be
/// unregistered meanwhile.
final class SharedMemoryUse: SharedMemoryAccess {
    private let registry: SharedMemoryRegions
    private let regions = Mutex<[String: SharedMemoryRegion]>([:])

    init(_ registry: SharedMemoryRegions) { self.registry = registry }

    func check(_ place: SharedMemoryPlace) throws(InferError) { try region(place.region).check(place) }

    func read(_ place: SharedMemoryPlace) throws(InferError) -> Bytes { try region(place.region).read(place) }

    func write(_ bytes: Bytes, to place: SharedMemoryPlace) throws(InferError) {
        try region(place.region).write(bytes, to: place)
    }

    private func region(_ name: String) throws(InferError) -> SharedMemoryRegion {
        if let region = regions.withLock({ $0[name] }) { return region }
        let region = try registry.region(name)
        return regions.withLock { regions in
            let first = regions[name] ?? region
            regions[name] = first
            return first
        }
    }
}
