import Testing

@testable import DunlinServing

@Suite struct SequenceTableTests {
    /// What happens to a table, in words of one line each.
    enum Event: Sendable {
        /// A request of a sequence: its ticket counts up from 0.
        case request(UInt64, starts: Bool = false, ends: Bool = false)
        case finish(UInt64, succeeded: Bool = true)
        case withdraw(UInt64, of: UInt64)
        case time(UInt64)
    }

    struct Row: CustomTestStringConvertible {
        var words: String
        var limits: SequenceTable.Limits
        var events: [Event]
        /// Of the last event: an admission, or turns, orphans and ended sequences.
        var result: String
        var left: Int
        var testDescription: String { words }

        init(
            _ words: String, slots: Int = 1, sequences: Int = 10, requests: Int = 10, _ events: [Event],
            _ result: String,
            left: Int
        ) {
            self.words = words
            limits = .init(
                slotCount: slots, maxWaitingSequenceCount: sequences, maxWaitingRequestCount: requests, idle: 100)
            self.events = events
            self.result = result
            self.left = left
        }
    }

    private static func text(_ outcome: SequenceTable.Outcome?) -> String {
        guard let outcome else { return "none" }
        let parts = [
            outcome.turns.map { "\($0.id):\($0.request.ticket)" }.joined(separator: ","),
            outcome.orphans.map(String.init).joined(separator: ","),
            outcome.ended.map(\.description).sorted().joined(separator: ","),
        ]
        return parts.joined(separator: "|")
    }

    @Test(
        "follows its sequences",
        arguments: [
            Row("the first request must start", [.request(1)], "notStarted", left: 0),
            Row("a start with a free slot runs", [.request(1, starts: true)], "run", left: 1),
            Row("a second request waits for the first", [.request(1, starts: true), .request(1)], "wait", left: 1),
            Row(
                "it has its turn when the first has ended", [.request(1, starts: true), .request(1), .finish(1)],
                "1:1||",
                left: 1),
            Row("a sequence stays when nothing waits", [.request(1, starts: true), .finish(1)], "||", left: 1),
            Row(
                "the next request runs at once", [.request(1, starts: true), .finish(1), .request(1)], "run", left: 1),
            Row("the end ends it", [.request(1, starts: true, ends: true), .finish(1)], "||1", left: 0),
            Row(
                "no request comes after the end", [.request(1, starts: true, ends: true), .request(1)], "notStarted",
                left: 1),
            Row(
                "but the same name may start again",
                [.request(1, starts: true, ends: true), .request(1, starts: true), .finish(1)], "1:1||", left: 1),
            Row(
                "a start in the middle runs in its turn",
                [.request(1, starts: true), .request(1, starts: true), .finish(1)], "1:1||", left: 1),
            Row(
                "another sequence waits for the slot", [.request(1, starts: true), .request(2, starts: true)], "wait",
                left: 2),
            Row("two slots run two", slots: 2, [.request(1, starts: true), .request(2, starts: true)], "run", left: 2),
            Row(
                "a sequence that ends makes room",
                [.request(1, starts: true, ends: true), .request(2, starts: true), .finish(1)], "2:1||1", left: 1),
            Row(
                "a failed request leaves the sequence",
                [.request(1, starts: true), .finish(1), .request(1), .finish(1, succeeded: false)],
                "||", left: 1),
            Row(
                "a failed start takes its followers along",
                [.request(1, starts: true), .request(1), .request(1, ends: true), .finish(1, succeeded: false)],
                "|1,2|1",
                left: 0),
            Row(
                "but not those that start anew",
                [.request(1, starts: true), .request(1), .request(1, starts: true), .finish(1, succeeded: false)],
                "1:2|1|", left: 1),
            Row(
                "a name that starts again lets others go first",
                [
                    .request(1, starts: true, ends: true), .request(1, starts: true), .request(2, starts: true),
                    .finish(1),
                ],
                "2:2||", left: 2),
            Row(
                "a withdrawn request leaves the others",
                [.request(1, starts: true), .request(1), .request(1), .withdraw(1, of: 1), .finish(1)], "1:2||", left: 1
            ),
            Row(
                "a withdrawn start takes its followers along",
                [.request(1, starts: true), .request(2, starts: true), .request(2), .withdraw(1, of: 2)], "|2|2",
                left: 1),
            Row(
                "a withdrawn end ends the sequence all the same",
                [.request(1, starts: true), .request(1, ends: true), .withdraw(1, of: 1), .finish(1)], "||1", left: 0),
            Row("what runs is not withdrawn", [.request(1, starts: true), .withdraw(0, of: 1)], "none", left: 1),
            Row("an idle sequence ends", [.request(1, starts: true), .finish(1), .time(100)], "||1", left: 0),
            Row("not a moment early", [.request(1, starts: true), .finish(1), .time(99)], "||", left: 1),
            Row("one that runs is not idle", [.request(1, starts: true), .time(1000)], "||", left: 1),
            Row(
                "an idle sequence makes room",
                [.request(1, starts: true), .finish(1), .request(2, starts: true), .time(100)], "2:1||1", left: 1),
            Row(
                "as many sequences wait as may", sequences: 1,
                [.request(1, starts: true), .request(2, starts: true), .request(3, starts: true)], "full", left: 2),
            Row(
                "as many requests wait as may", requests: 1,
                [.request(1, starts: true), .request(1), .request(1)], "full", left: 1),
            Row(
                "a request that was refused leaves no trace", requests: 1,
                [.request(1, starts: true), .request(1), .request(1, ends: true), .finish(1), .finish(1), .request(1)],
                "run", left: 1),
        ])
    func followsItsSequences(row: Row) {
        var table = SequenceTable(row.limits)
        var result = ""
        var ticket: UInt64 = 0
        for event in row.events {
            switch event {
            case .request(let id, let starts, let ends):
                let request = SequenceTable.Request(ticket: ticket, starts: starts, ends: ends)
                result = "\(table.receive(request, of: .number(id), now: 0))"
                ticket += 1
            case .finish(let id, let succeeded):
                result = Self.text(table.finish(.number(id), succeeded: succeeded, now: 0))
            case .withdraw(let ticket, let id): result = Self.text(table.withdraw(ticket, of: .number(id)))
            case .time(let now): result = Self.text(table.expire(now: now))
            }
        }
        #expect(result == row.result)
        #expect(table.sequences.count == row.left)
    }

    @Test func tellsWhenTheNextSequenceIsIdleTooLong() {
        var table = SequenceTable(.init(slotCount: 4, idle: 100))
        #expect(table.nextExpiry == .max)
        _ = table.receive(.init(ticket: 0, starts: true), of: .text("a"), now: 5)
        #expect(table.nextExpiry == .max)
        _ = table.finish(.text("a"), succeeded: true, now: 7)
        #expect(table.nextExpiry == 107)
    }

    @Test func whatWaitsCanBeTakenOut() {
        var table = SequenceTable(.init(slotCount: 1))
        _ = table.receive(.init(ticket: 0, starts: true), of: .number(1), now: 0)
        _ = table.receive(.init(ticket: 1), of: .number(1), now: 0)
        _ = table.receive(.init(ticket: 2, starts: true), of: .number(2), now: 0)
        #expect(table.removeWaiting().sorted() == [1, 2])
        #expect([table.waitingRequestCount, table.backlog.count, table.sequences.count] == [0, 0, 1])
    }
}
