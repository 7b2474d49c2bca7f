import DunlinBytes
import Glibc
import Testing

@Suite struct BytesTests {
    @Test func slicesShareMemory() {
        let whole = Bytes([1, 2, 3, 4, 5])
        let middle = whole[1..<4]
        #expect(middle.array == [2, 3, 4])
        #expect(middle.base == whole.base! + 1)
    }

    @Test func aSliceOutlivesTheWhole() {
        var whole: Bytes? = Bytes([UInt8](repeating: 7, count: 1000))
        let slice = whole![990..<1000]
        whole = nil
        #expect(slice.array == [UInt8](repeating: 7, count: 10))
    }

    @Test func emptySlicesHoldNothing() {
        #expect(Bytes([1, 2])[2..<2].base == nil)
        #expect(Bytes([1, 2]).dropFirst(5).isEmpty)
    }

    @Test func equalityComparesContents() {
        #expect(Bytes("abc") == Bytes("xabcx")[1..<4])
        #expect(Bytes("abc") != Bytes("abd"))
        #expect(Bytes() == Bytes(""))
    }

    @Test func foreignMemoryIsReleasedWithTheLastSlice() {
        final class Flag: @unchecked Sendable { var isReleased = false }  // touched by this test's thread only
        let flag = Flag()
        let memory = malloc(4)!
        defer { free(memory) }
        memset(memory, 9, 4)
        var slice: Bytes? = Bytes(foreign: memory, count: 4) {
            flag.isReleased = true
        }[1..<2]
        #expect(slice!.array == [9] && !flag.isReleased)
        slice = nil
        #expect(flag.isReleased)
    }

    @Test func aBuilderGrowsAndFinishesEmpty() {
        var builder = BytesBuilder()
        for index in 0..<300 { builder.append(UInt8(truncatingIfNeeded: index)) }
        builder.append("tail")
        builder.append(littleEndian: UInt32(1))
        let bytes = builder.finish()
        #expect(bytes.count == 308)
        #expect(bytes[299] == 43)
        #expect(bytes.dropFirst(300).array == [0x74, 0x61, 0x69, 0x6c, 1, 0, 0, 0])
        #expect(builder.count == 0 && builder.finish().isEmpty)
    }

    @Test func aBuilderOverwritesWhatWasAppended() {
        var builder = BytesBuilder()
        builder.append("abcdef")
        builder.overwrite(littleEndian: UInt32(0x0403_0201), at: 2)
        #expect(builder.finish().array == [0x61, 0x62, 1, 2, 3, 4])
    }

    @Test("memory with room to spare is written again, longer or shorter")
    func rewrites() {
        func write(_ text: String) -> (UnsafeMutableRawBufferPointer) -> Int {
            { target in
                target.copyBytes(from: text.utf8)
                return text.utf8.count
            }
        }
        var bytes = Bytes(capacity: 8, write("four"))
        let base = bytes.base
        #expect(bytes.string == "four")
        for text in ["longer", "", "12345678", "a"] {
            let isAlone = bytes.isSoleOwner()
            #expect(isAlone)
            bytes.rewrite(capacity: 8, write(text))
            #expect(bytes.string == text)
            #expect(bytes.base == base)
        }
        let slice = bytes[0..<1]
        let isShared = !bytes.isSoleOwner()
        #expect(isShared)
        #expect(slice.string == "a")
        var empty = Bytes(capacity: 0) { _ in 0 }
        empty.rewrite(capacity: 0) { _ in 0 }
        #expect(empty.isEmpty)
    }
}
