import Testing

@testable import DunlinBytes

@Suite struct BytesPoolTests {
    private func used(_ pool: BytesPool?, _ byteCount: Int) -> (Bytes, UnsafeMutableRawPointer?) {
        var memory = PooledMemory(pool: pool)
        let isThere = memory.reserve(total: byteCount)
        #expect(isThere)
        let base = memory.base
        base?.storeBytes(of: 7, as: UInt8.self)
        return (memory.take(count: 1), base)
    }

    @Test func aBlockIsUsedAgainWhenTheLastSliceIsGone() {
        let pool = BytesPool(limit: 1 << 20)
        let first: UnsafeMutableRawPointer?
        var bytes: Bytes
        (bytes, first) = used(pool, 100_000)
        var slice = bytes[0..<1]
        #expect(pool.byteCount == 0 && slice[0] == 7 && slice.keptByteCount == 100_000)
        bytes = Bytes()
        slice = Bytes()
        #expect(pool.byteCount == 100_000)
        let (again, second) = used(pool, BytesPool.minByteCount)
        #expect(second == first && pool.byteCount == 0)
        withExtendedLifetime(again) {}
    }

    @Test(
        "keeps and gives",
        arguments: [
            (kept: 100_000, wanted: 100_000, isGiven: true), (kept: 100_000, wanted: 100_001, isGiven: false),
            (kept: 200_000, wanted: 100_000, isGiven: true), (kept: 200_002, wanted: 100_000, isGiven: false),
            (kept: BytesPool.minByteCount - 1, wanted: BytesPool.minByteCount - 1, isGiven: false),
            (kept: 1 << 20, wanted: 1 << 20, isGiven: true), (kept: 1 << 20 + 1, wanted: 1 << 20, isGiven: false),
        ])
    func keepsAndGives(kept: Int, wanted: Int, isGiven: Bool) {
        let pool = BytesPool(limit: 1 << 20)
        _ = used(pool, kept)
        let before = pool.byteCount
        let (bytes, _) = used(pool, wanted)
        #expect((before > pool.byteCount) == isGiven)
        withExtendedLifetime(bytes) {}
    }

    @Test func whatNobodyTakesIsReleased() {
        let pool = BytesPool(limit: 1 << 20)
        _ = used(pool, 100_000)
        pool.releaseStale()
        #expect(pool.byteCount == 100_000)
        // Taken and given back, it is fresh again.
        _ = used(pool, 100_000)
        pool.releaseStale()
        #expect(pool.byteCount == 100_000)
        pool.releaseStale()
        #expect(pool.byteCount == 0)
    }

    @Test func memoryThatGrowsKeepsWhatIsThere() {
        let pool = BytesPool(limit: 1 << 20)
        var memory = PooledMemory(pool: pool)
        _ = memory.reserve(total: 10)
        memory.base?.storeBytes(of: 9, as: UInt8.self)
        _ = memory.reserve(total: 300_000)
        let (first, capacity) = (memory.base?.load(as: UInt8.self), memory.capacity)
        #expect(first == 9 && capacity == 300_000)
        var bytes = memory.take(count: 1)
        #expect(bytes.array == [9])
        bytes = Bytes()
        #expect(pool.byteCount == 300_000)
    }
}
