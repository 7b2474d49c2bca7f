import Testing

@testable import DunlinServing

@Suite struct RateLimitTableTests {
    enum Event { case request(UInt64), release(UInt64), remove(UInt64), add(UInt64, [String: Int], priority: Int = 1) }

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let before: [Event]
        let event: Event
        let grants: [UInt64]
        init(_ description: String, after before: [Event], _ event: Event, grants: [UInt64]) {
            (testDescription, self.before, self.event, self.grants) = (description, before, event, grants)
        }
    }

    private func handle(_ event: Event, _ table: inout RateLimitTable) -> [UInt64] {
        switch event {
        case .request(let id): table.request(id) ? [id] : []
        case .release(let id): table.release(id)
        case .remove(let id): table.remove(id)
        case .add(let id, let resources, let priority): table.add(id, .init(resources: resources, priority: priority))
        }
    }

    /// Claims 1 and 2 need 2 of `r`, 3 needs 1, 4 needs 1 of `s`, 5 needs 1 of each.
    private func table(limits: [String: Int] = [:]) -> RateLimitTable {
        var table = RateLimitTable(limits: limits)
        for (id, resources) in [(1, ["r": 2]), (2, ["r": 2]), (3, ["r": 1]), (4, ["s": 1]), (5, ["r": 1, "s": 1])] {
            _ = table.add(UInt64(id), .init(resources: resources))
        }
        return table
    }

    @Test(
        "gives turns",
        arguments: [
            Row("what is free is granted at once", after: [], .request(1), grants: [1]),
            Row("there is as much as the largest need", after: [.request(1)], .request(2), grants: []),
            Row("what is held is not granted twice", after: [.request(1)], .request(1), grants: []),
            Row("small needs fit side by side", after: [.request(3)], .request(5), grants: [5]),
            Row("a resource that nobody holds is no obstacle", after: [.request(1)], .request(4), grants: [4]),
            Row("the one that waits gets its turn", after: [.request(1), .request(2)], .release(1), grants: [2]),
            Row("who waits is not overtaken", after: [.request(3), .request(1)], .request(5), grants: []),
            Row(
                "but by those that need something else", after: [.request(3), .request(1)], .request(4), grants: [4]),
            Row(
                "several turns may come at once", after: [.request(1), .request(3), .request(5)], .release(1),
                grants: [3, 5]),
            Row(
                "all of one's needs are met together", after: [.request(4), .request(1), .request(5)], .release(1),
                grants: []),
            Row(
                "who stops waiting lets others go", after: [.request(3), .request(1), .request(5)], .release(1),
                grants: [5]),
            Row("who is gone gives back what it held", after: [.request(1), .request(2)], .remove(1), grants: [2]),
            Row("who is gone does not wait", after: [.request(3), .request(1), .request(5)], .remove(1), grants: [5]),
            Row("a larger need makes room", after: [.request(1), .request(2)], .add(6, ["r": 4]), grants: [2]),
            Row(
                "who asks again has to wait for its turn", after: [.request(1), .request(1), .request(2)], .release(1),
                grants: [2]),
            Row("and gets it when nobody waits", after: [.request(1), .request(1)], .release(1), grants: [1]),
            Row("who is unknown changes nothing", after: [.request(1)], .release(9), grants: []),
        ])
    func givesTurns(row: Row) {
        var table = table()
        for event in row.before { _ = handle(event, &table) }
        #expect(handle(row.event, &table) == row.grants)
    }

    @Test func aLimitStandsForTheLargestNeed() {
        var table = table(limits: ["r": 4])
        #expect(table.count(of: "r") == 4 && table.count(of: "s") == 1)
        #expect(table.request(1) == true)
        #expect(table.request(2) == true)
        #expect(table.request(3) == false)
        #expect(table.heldCount(of: "r") == 4)
        #expect(table.release(1) == [3])
        #expect(table.heldCount(of: "r") == 3)
    }

    /// Turns that two claims get of `count` that they always want.
    private func turns(_ priorities: [Int], _ count: Int, idleFor idle: Int = 0) -> [Int] {
        var table = RateLimitTable()
        for (index, priority) in priorities.enumerated() {
            _ = table.add(UInt64(index), .init(resources: ["r": 1], priority: priority))
        }
        var running: UInt64 = 0
        var turns = [Int](repeating: 0, count: priorities.count)
        #expect(table.request(0) == true)
        for turn in 0..<count {
            for id in priorities.indices where id != 1 || turn >= idle { _ = table.request(UInt64(id)) }
            let granted = table.release(running)
            #expect(granted.count == 1)
            running = granted.first ?? running
            turns[Int(running)] += 1
        }
        return turns
    }

    @Test func priorityDividesTheTurns() {
        #expect(turns([1, 1], 100) == [50, 50])
        let unequal = turns([1, 3], 100)
        #expect((74...76).contains(unequal[0]) && unequal[0] + unequal[1] == 100)
    }

    @Test func idleTimeIsNotSavedUp() {
        let late = turns([1, 1], 200, idleFor: 100)
        #expect((148...152).contains(late[0]), "\(late)")
    }
}
