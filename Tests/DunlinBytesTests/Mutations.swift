/// Versions of a text with a few bytes changed, dropped, or replaced by a format's own marks; the same each time.
struct Mutations: Sequence, IteratorProtocol {
    private let seed: [UInt8]
    private let marks: [UInt8]
    private var left: Int
    private var state: UInt64 = 7

    init(of seed: String, marks: String, count: Int) {
        self.seed = Array(seed.utf8)
        self.marks = Array(marks.utf8)
        left = count
    }

    mutating func next() -> [UInt8]? {
        guard left > 0 else { return nil }
        left -= 1
        var bytes = seed
        for _ in 0...random(4) where !bytes.isEmpty {
            let at = random(bytes.count)
            switch random(4) {
            case 0: bytes[at] = UInt8(random(256))
            case 1: bytes.insert(marks[random(marks.count)], at: at)
            case 2: bytes.remove(at: at)
            default: bytes.removeLast(random(bytes.count))
            }
        }
        return bytes
    }

    /// SplitMix64.
    private mutating func random(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
