import Dispatch
import DunlinBytes
import DunlinInference
import DunlinProtocols
import Testing

@testable import Dunlin

@Suite struct SharedMemoryRegionsTests {
    private func registration(_ name: String, _ object: SharedMemoryObject, _ byteCount: Int)
        -> SharedMemoryRegistration
    {
        SharedMemoryRegistration(name: name, key: object.key, offset: 0, byteCount: byteCount)
    }

    /// What registering is refused with; `nil` when it is not.
    private func refusal(_ regions: SharedMemoryRegions, _ registration: SharedMemoryRegistration) -> InferError.Code? {
        do throws(InferError) { try regions.register(registration) } catch { return error.code }
        return nil
    }

    /// What a read is refused with.
    private func refusal(_ use: SharedMemoryUse, _ place: SharedMemoryPlace) -> InferError.Code? {
        do throws(InferError) { _ = try use.read(place) } catch { return error.code }
        return nil
    }

    @Test func countAndBytesAreLimited() throws {
        let object = SharedMemoryObject("limits", byteCount: 100)
        let regions = SharedMemoryRegions(maxCount: 2, maxByteCount: 100)
        try regions.register(registration("b", object, 60))
        #expect(refusal(regions, registration("a", object, 41)) == .resourceExhausted)
        try regions.register(registration("a", object, 40))
        #expect(regions.registrations.map(\.name) == ["a", "b"])
        regions.unregister("b")
        try regions.register(registration("c", object, 1))
        #expect(refusal(regions, registration("d", object, 1)) == .resourceExhausted)
        regions.unregisterAll()
        #expect(regions.isEmpty)
        try regions.register(registration("d", object, 100))
    }

    @Test func aNameIsTakenOnce() throws {
        let object = SharedMemoryObject("once", byteCount: 8)
        let regions = SharedMemoryRegions(maxCount: 9, maxByteCount: 100)
        try regions.register(registration("a", object, 8))
        #expect(throws: InferError(.invalidArgument, "shared memory region 'a' already in manager")) {
            try regions.register(registration("a", object, 8))
        }
        regions.unregister("nothing")
        let place = SharedMemoryPlace(region: "nothing", offset: 0, byteCount: 1)
        #expect(refusal(SharedMemoryUse(regions), place) == .notFound)
        #expect(refusal(regions, registration("sl\nash", object, 8)) == .invalidArgument)
    }

    /// What a request has looked up stays, the next one does not find it.
    @Test func aRequestKeepsItsRegions() throws {
        let (first, second) = (SharedMemoryObject("keep-1", byteCount: 1), SharedMemoryObject("keep-2", byteCount: 1))
        first.bytes = [1]
        second.bytes = [2]
        let regions = SharedMemoryRegions(maxCount: 9, maxByteCount: 100)
        let place = SharedMemoryPlace(region: "a", offset: 0, byteCount: 1)
        try regions.register(registration("a", first, 1))
        let use = SharedMemoryUse(regions)
        #expect(try use.read(place).array == [1])
        regions.unregister("a")
        #expect(refusal(SharedMemoryUse(regions), place) == .notFound)
        try regions.register(registration("a", second, 1))
        try use.write(Bytes([9]), to: place)
        #expect(first.bytes == [9] && second.bytes == [2])
        #expect(try SharedMemoryUse(regions).read(place).array == [2])
    }

    /// Threads that register, use and unregister the same names get answers, and nothing worse.
    @Test func useAndUnregisterMayMeet() {
        let object = SharedMemoryObject("meet", byteCount: 4096)
        let regions = SharedMemoryRegions(maxCount: 4, maxByteCount: 1 << 20)
        let codes: Set<InferError.Code?> = [nil, .invalidArgument, .notFound, .resourceExhausted]
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for step in 0..<200 {
                let name = "r\((thread + step) % 3)"
                let place = SharedMemoryPlace(region: name, offset: 0, byteCount: 4096)
                let code: InferError.Code?
                switch step % 3 {
                case 0: code = refusal(regions, registration(name, object, 4096))
                case 1: code = refusal(SharedMemoryUse(regions), place)
                default:
                    regions.unregister(name)
                    code = nil
                }
                #expect(codes.contains(code))
            }
        }
    }
}
