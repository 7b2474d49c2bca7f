import DunlinInference
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct OpenRequestsTests {
    enum Event { case accept, end, promise, endPromise, close }

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let before: [Event]
        let event: Event
        let drains: Bool
        init(_ description: String, after before: [Event], _ event: Event, drains: Bool) {
            (testDescription, self.before, self.event, self.drains) = (description, before, event, drains)
        }
    }

    /// Whether the event left nothing.
    private func handle(_ event: Event, _ open: inout OpenRequests) -> Bool {
        switch event {
        case .accept: open.accept()
        case .promise: return !open.promise() && false
        case .end: return open.end() != nil
        case .endPromise: return open.endPromise() != nil
        case .close: return open.close {} != nil
        }
        return false
    }

    @Test(
        "tells once that nothing is left",
        arguments: [
            Row("an idle one drains when it is closed", after: [], .close, drains: true),
            Row("it waits for a request", after: [.accept], .close, drains: false),
            Row("the last request drains it", after: [.accept, .close], .end, drains: true),
            Row("one of two does not", after: [.accept, .accept, .close], .end, drains: false),
            Row("an open one never drains", after: [.accept], .end, drains: false),
            Row("it waits for a promise", after: [.promise], .close, drains: false),
            Row("the promise's end drains it", after: [.promise, .close], .endPromise, drains: true),
            Row(
                "a request that was promised comes first", after: [.promise, .close, .accept, .endPromise], .end,
                drains: true),
            Row(
                "the promise may end before its request", after: [.promise, .close, .accept], .endPromise, drains: false
            ),
            Row("a second close does nothing", after: [.close], .close, drains: false),
            Row("nothing drains twice", after: [.close, .accept], .end, drains: false),
        ])
    func tellsOnceThatNothingIsLeft(row: Row) {
        var open = OpenRequests()
        for event in row.before { _ = handle(event, &open) }
        #expect(handle(row.event, &open) == row.drains)
    }

    @Test func aClosedOneTakesNothingMore() {
        var open = OpenRequests()
        #expect(open.takes(TestRequest()))
        #expect(open.promise() == true)
        _ = open.endPromise()
        _ = open.close {}
        #expect(!open.takes(TestRequest()))
        #expect(open.promise() == false)
    }
}
