/// Places blocks that live for a range of steps into one piece of memory, so that blocks which never live at the same
/// time share bytes.
struct ArenaLayout {
    /// Blocks begin at multiples of a cache line.
    static let alignment = 64

    struct Block {
        var slot: Int
        var byteCount: Int
        var firstStep: Int
        var lastStep: Int
        var offset = 0
    }

    private var blocks: [Block] = []
    private var indexes: [Int: Int] = [:]

    /// A block that step `position` writes.
    mutating func add(_ slot: Int, byteCount: Int, at position: Int) {
        indexes[slot] = blocks.count
        blocks.append(Block(slot: slot, byteCount: byteCount, firstStep: position, lastStep: position))
    }

    /// The block must live until step `position`. Slots that are no blocks are ignored.
    mutating func use(_ slot: Int, at position: Int) {
        if let index = indexes[slot] { blocks[index].lastStep = max(blocks[index].lastStep, position) }
    }

    /// Largest first, each at the lowest offset that is free while it lives.
    func layOut() -> (blocks: [Block], byteCount: Int) {
        var placed: [Block] = []
        var total = 0
        var times = LifeTimes(stepCount: (blocks.map(\.lastStep).max() ?? 0) + 1)
        for var block in blocks.sorted(by: { $0.byteCount > $1.byteCount }) {
            let size = (block.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
            let neighbours = times.living(in: block.firstStep...block.lastStep).map { placed[$0] }
                .sorted { $0.offset < $1.offset }
            var offset = 0
            for neighbour in neighbours {
                if neighbour.offset >= offset + size { break }
                let end = neighbour.offset + neighbour.byteCount
                offset = max(offset, (end + Self.alignment - 1) / Self.alignment * Self.alignment)
            }
            block.offset = offset
            total = max(total, offset + size)
            times.add(placed.count, block.firstStep...block.lastStep)
            placed.append(block)
        }
        return (placed, total)
    }
}

/// Ranges of steps, and which of them overlap another one, without looking at all.
private struct LifeTimes {
    /// The numbers of ranges that begin at each step.
    private var beginning: [[Int]]
    /// A tree over the steps, leaves last: a range is kept at the fewest nodes that cover it.
    private var covering: [[Int]]
    private let leafCount: Int

    init(stepCount: Int) {
        var count = 1
        while count < stepCount { count *= 2 }
        leafCount = count
        beginning = Array(repeating: [], count: stepCount)
        covering = Array(repeating: [], count: 2 * count)
    }

    mutating func add(_ number: Int, _ steps: ClosedRange<Int>) {
        beginning[steps.lowerBound].append(number)
        var (low, high) = (steps.lowerBound + leafCount, steps.upperBound + leafCount + 1)
        while low < high {
            if low % 2 == 1 {
                covering[low].append(number)
                low += 1
            }
            if high % 2 == 1 {
                high -= 1
                covering[high].append(number)
            }
            (low, high) = (low / 2, high / 2)
        }
    }

    /// Ranges that hold the first of these steps, and those that begin later among them; each once.
    func living(in steps: ClosedRange<Int>) -> [Int] {
        var found: [Int] = []
        var node = steps.lowerBound + leafCount
        while node > 0 {
            found += covering[node]
            node /= 2
        }
        for step in steps.dropFirst() { found += beginning[step] }
        return found
    }
}
