import Testing

@testable import DunlinEngine

@Suite struct ArenaLayoutTests {
    /// Blocks of odd sizes and lives.
    private static func layout(_ count: Int, seed: UInt64) -> ArenaLayout {
        var random = seed
        func number(_ limit: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % limit
        }
        var layout = ArenaLayout()
        for slot in 0..<count {
            layout.add(slot, byteCount: number(4) == 0 ? 0 : 1 + number(1000), at: slot)
            for _ in 0..<number(3) { layout.use(number(slot + 1), at: slot) }
            if number(10) == 0 { layout.use(slot, at: slot + number(count)) }
        }
        return layout
    }

    @Test("each block lies at the lowest place that is free while it lives", arguments: [1, 2, 3, 17, 200], [1, 2, 3])
    func lowestPlaces(count: Int, seed: UInt64) {
        let (blocks, byteCount) = Self.layout(count, seed: seed).layOut()
        #expect(blocks.count == count)
        func size(_ block: ArenaLayout.Block) -> Int {
            (block.byteCount + ArenaLayout.alignment - 1) / ArenaLayout.alignment * ArenaLayout.alignment
        }
        for (index, block) in blocks.enumerated() {
            let neighbours = blocks[..<index].filter {
                $0.firstStep <= block.lastStep && block.firstStep <= $0.lastStep
            }
            // Either at the beginning or behind a neighbour; the first of these places that is free.
            let places = ([0] + neighbours.map { $0.offset + size($0) }).sorted()
            let lowest = places.first { place in
                neighbours.allSatisfy { $0.offset >= place + size(block) || $0.offset + size($0) <= place }
            }
            #expect(block.offset == lowest)
        }
        #expect(byteCount == blocks.map { $0.offset + size($0) }.max() ?? 0)
    }
}
