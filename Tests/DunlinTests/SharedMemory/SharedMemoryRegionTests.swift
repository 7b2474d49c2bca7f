import DunlinBytes
import DunlinInference
import DunlinProtocols
import Glibc
import Testing

@testable import Dunlin

@Suite struct SharedMemoryRegionTests {
    private func region(
        _ object: SharedMemoryObject, offset: Int = 0, byteCount: Int = 64
    ) throws(InferError) -> SharedMemoryRegion {
        try SharedMemoryRegion(
            SharedMemoryRegistration(name: "r", key: object.key, offset: offset, byteCount: byteCount))
    }

    private func place(_ offset: Int, _ byteCount: Int) -> SharedMemoryPlace {
        SharedMemoryPlace(region: "r", offset: offset, byteCount: byteCount)
    }

    private func readingRefused(_ region: SharedMemoryRegion, _ place: SharedMemoryPlace) -> InferError? {
        do throws(InferError) { _ = try region.read(place) } catch { return error }
        return nil
    }

    private func writingRefused(
        _ region: SharedMemoryRegion, _ bytes: Bytes, _ place: SharedMemoryPlace
    ) -> InferError? {
        do throws(InferError) { try region.write(bytes, to: place) } catch { return error }
        return nil
    }

    @Test func readsAndWritesWithinTheRegion() throws {
        let object = SharedMemoryObject("within", byteCount: 128)
        object.bytes = [UInt8](0..<128)
        let region = try region(object, offset: 32)
        #expect(try region.read(place(0, 64)).array == [UInt8](32..<96))
        #expect(try region.read(place(63, 1)).array == [95])
        #expect(try region.read(place(64, 0)).isEmpty)
        try region.write(Bytes([1, 2, 3]), to: place(61, 3))
        #expect(object.bytes[92...97] == [92, 1, 2, 3, 96, 97])
        #expect(object.byteCount == 128)
    }

    @Test(
        "refuses what reaches beyond",
        arguments: [(0, 65), (1, 64), (64, 1), (Int.max, 1), (1, Int.max), (Int.max, Int.max)])
    func refusesBeyond(offset: Int, byteCount: Int) throws {
        let object = SharedMemoryObject("beyond-\(offset)-\(byteCount)", byteCount: 4096)
        let region = try region(object)
        #expect(throws: InferError.self) { try region.read(place(offset, byteCount)) }
        #expect(throws: InferError.self) { try region.write(Bytes([1]), to: place(offset, byteCount)) }
        #expect(throws: InferError.self) { try region.check(place(offset, byteCount)) }
    }

    @Test func refusesMoreThanItsPlaceHolds() throws {
        let object = SharedMemoryObject("more", byteCount: 64)
        let region = try region(object)
        #expect(throws: InferError.self) { try region.write(Bytes([1, 2]), to: place(0, 1)) }
        #expect(object.bytes[..<2] == [0, 0])
    }

    /// A mapped page that is gone would end the process here.
    @Test(arguments: [0, 1, 4095, 8191]) func anObjectThatIsMadeShorterIsRefused(size: Int) throws {
        let object = SharedMemoryObject("shorter-\(size)", byteCount: 8192)
        let region = try region(object, byteCount: 8192)
        _ = try region.read(place(0, 8192))
        object.resize(size)
        let words = "has only \(size) bytes now"
        let ones = Bytes([UInt8](repeating: 1, count: 8192))
        for error in [readingRefused(region, place(0, 8192)), writingRefused(region, ones, place(0, 8192))] {
            #expect(error?.code == .invalidArgument && error?.message.contains(words) == true)
        }
        #expect(object.byteCount == size)
        if size > 0 { #expect(try region.read(place(0, size)).count == size) }
    }

    @Test(
        "does not open what is not there as described",
        arguments: [
            (0, 65, "reach beyond the 64 bytes"), (1, 64, "reach beyond the 64 bytes"),
            (64, 1, "reach beyond the 64 bytes"),
            (Int.max, 1, "invalid args"), (1, Int.max, "invalid args"), (0, 0, "invalid args"), (65, 0, "invalid args"),
        ])
    func doesNotOpen(offset: Int, byteCount: Int, words: String) {
        let object = SharedMemoryObject("described-\(offset)-\(byteCount)", byteCount: 64)
        do throws(InferError) {
            _ = try region(object, offset: offset, byteCount: byteCount)
            Issue.record("opened")
        } catch {
            #expect(error.code == .invalidArgument && error.message.contains(words), "\(error.message)")
            #expect(error.message.hasPrefix("failed to register shared memory region 'r': "))
        }
    }

    /// Links and pipes may lie among the memory objects; a pipe without a writer would hold up who opens it.
    @Test func doesNotFollowLinksOrWaitForPipes() {
        let object = SharedMemoryObject("target", byteCount: 64)
        let name = "dunlin-test-\(getpid())-odd"
        let path = "/dev/shm/\(name)"
        func refused() -> Bool {
            defer { unlink(path) }
            let registration = SharedMemoryRegistration(name: "r", key: name, offset: 0, byteCount: 1)
            return (try? SharedMemoryRegion(registration)) == nil
        }
        symlink("/dev/shm" + object.key, path)
        #expect(refused())
        mkfifo(path, 0o600)
        #expect(refused())
        #expect(refused(), "there is none")
    }
}
