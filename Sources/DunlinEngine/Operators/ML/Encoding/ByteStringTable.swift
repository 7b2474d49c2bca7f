import DunlinBytes

/// Finds byte strings by content without making a value of them; filled at load, read at each run.
struct ByteStringTable: Sendable {
    /// Open addressing; -1 where nothing stands. A power of two, at most half full.
    private var slots: [Int32]
    private var hashes: [UInt64] = []
    private var starts: [Int] = [0]
    private var bytes: [UInt8] = []

    init(capacity: Int = 0) {
        var size = 8
        while size < capacity * 2 { size *= 2 }
        slots = Array(repeating: -1, count: size)
    }

    var count: Int { hashes.count }
    var memoryByteCount: Int { slots.count * 4 + hashes.count * 16 + bytes.count }

    /// Adds `string` under the next number, or gives the number that it has.
    @discardableResult
    mutating func insert(_ string: Bytes) -> (number: Int, isNew: Bool) {
        string.withUnsafeBytes { insert($0) }
    }

    @discardableResult
    mutating func insert(_ string: UnsafeRawBufferPointer) -> (number: Int, isNew: Bool) {
        let hash = Self.hash(string)
        if let found = find(string, hash: hash) { return (found, false) }
        if (count + 1) * 2 > slots.count { grow() }
        place(Int32(count), hash)
        hashes.append(hash)
        bytes.append(contentsOf: string)
        starts.append(bytes.count)
        return (count - 1, true)
    }

    /// The number of `string`, or `nil`.
    func find(_ string: UnsafeRawBufferPointer) -> Int? { find(string, hash: Self.hash(string)) }

    private func find(_ string: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let number = Int(slots[slot])
            if hashes[number] == hash, isEqual(string, number) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private func isEqual(_ string: UnsafeRawBufferPointer, _ number: Int) -> Bool {
        let range = starts[number]..<starts[number + 1]
        guard range.count == string.count else { return false }
        for index in 0..<string.count where bytes[range.lowerBound + index] != string[index] { return false }
        return true
    }

    private mutating func place(_ number: Int32, _ hash: UInt64) {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = number
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for (number, hash) in hashes.enumerated() { place(Int32(number), hash) }
    }

    /// Eight bytes at a time, multiplied and folded; short strings, which are most, take one round.
    private static func hash(_ string: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: string.count) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index + 8 <= string.count {
            hash = mix(hash ^ string.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < string.count {
            rest = rest << 8 | UInt64(string[index])
            index += 1
        }
        return mix(hash ^ rest)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return high ^ low
    }
}

/// The elements of a `BYTES` tensor in memory, without owning them.
struct ByteSlices: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    /// - Parameter bytes: Length-prefixed elements. Iteration ends at the first that is cut short.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> UnsafeRawBufferPointer? {
        guard offset + 4 <= bytes.count else { return nil }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        guard offset + 4 + length <= bytes.count else { return nil }
        defer { offset += 4 + length }
        return UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + length])
    }
}
