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
        for var block in blocks.sorted(by: { $0.byteCount > $1.byteCount }) {
            let size = (block.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
            let neighbours = placed.filter { $0.firstStep <= block.lastStep && block.firstStep <= $0.lastStep }
                .sorted { $0.offset < $1.offset }
            var offset = 0
            for neighbour in neighbours {
                if neighbour.offset >= offset + size { break }
                let end = neighbour.offset + neighbour.byteCount
                offset = max(offset, (end + Self.alignment - 1) / Self.alignment * Self.alignment)
            }
            block.offset = offset
            total = max(total, offset + size)
            placed.append(block)
        }
        return (placed, total)
    }
}
