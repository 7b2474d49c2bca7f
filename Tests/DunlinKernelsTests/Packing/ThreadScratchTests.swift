import DunlinKernels
import Testing

@Suite struct ThreadScratchTests {
    @Test("a thread keeps what calls need, up to a limit") func keeps() {
        withThreadScratch(of: UInt8.self, count: 1000) { $0[999] = 1 }
        let before = keptScratchByteCount()
        #expect(before >= 1000 && before <= mostKeptScratchByteCount)
        withThreadScratch(of: UInt8.self, count: mostKeptScratchByteCount + 1) { memory in
            memory[mostKeptScratchByteCount] = 1
            #expect(UInt(bitPattern: memory) % 64 == 0)
        }
        #expect(keptScratchByteCount() == before)
        withThreadScratch(of: UInt8.self, count: mostKeptScratchByteCount) { $0[mostKeptScratchByteCount - 1] = 1 }
        #expect(keptScratchByteCount() == mostKeptScratchByteCount)
    }

    @Test("calls within calls have memory of their own, however large they are")
    func nests() {
        let most = mostKeptScratchByteCount
        for (outer, inner) in [(64, 64), (64, most - 64), (64, most), (most, 64), (most + 1, 64), (64, most + 1)] {
            withThreadScratch(of: UInt8.self, count: outer) { first in
                for place in stride(from: 0, to: outer, by: 32) { first[place] = 1 }
                withThreadScratch(of: UInt8.self, count: inner) { second in
                    for place in stride(from: 0, to: inner, by: 32) { second[place] = 2 }
                    withThreadScratch(of: UInt8.self, count: 64) { $0.update(repeating: 3, count: 64) }
                    let isWhole = stride(from: 0, to: inner, by: 32).allSatisfy { second[$0] == 2 }
                    #expect(isWhole, "\(outer), \(inner)")
                }
                let isWhole = stride(from: 0, to: outer, by: 32).allSatisfy { first[$0] == 1 }
                #expect(isWhole, "\(outer), \(inner)")
            }
            #expect(keptScratchByteCount() <= most)
        }
    }
}
