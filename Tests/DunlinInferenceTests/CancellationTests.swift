import Synchronization
import Testing

@testable import DunlinInference

@Suite struct CancellationTests {
    private final class Count: Sendable {
        let value = Atomic(0)
        func add() { value.add(1, ordering: .relaxed) }
        var now: Int { value.load(ordering: .relaxed) }
    }

    @Test func callsBackOnce() {
        let cancellation = Cancellation()
        let count = Count()
        #expect(!cancellation.isCancelled)
        let isRegistered = cancellation.onCancel { count.add() }
        #expect(isRegistered && count.now == 0)
        cancellation.cancel()
        cancellation.cancel()
        #expect(cancellation.isCancelled && count.now == 1)
    }

    @Test func whoComesLateIsTold() {
        let cancellation = Cancellation()
        cancellation.cancel()
        let isRegistered = cancellation.onCancel { Issue.record("called") }
        #expect(!isRegistered)
    }

    @Test func aRemovedCallbackIsNotCalled() {
        let cancellation = Cancellation()
        let count = Count()
        _ = cancellation.onCancel { Issue.record("called") }
        _ = cancellation.onCancel { count.add() }
        cancellation.removeCallback()
        cancellation.cancel()
        #expect(count.now == 0)
        cancellation.removeCallback()
        let isRegistered = cancellation.onCancel {}
        #expect(!isRegistered)
    }
}
