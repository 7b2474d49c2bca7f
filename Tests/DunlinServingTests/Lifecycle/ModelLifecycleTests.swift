import Testing

@testable import DunlinServing

@Suite struct ModelLifecycleTests {
    typealias Event = ModelLifecycle.Event

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let before: [Event]
        let event: Event
        let action: ModelLifecycle.Action
        let state: ModelLifecycle.State

        init(
            _ sentence: String, after before: [Event], _ event: Event, does action: ModelLifecycle.Action,
            leaves state: ModelLifecycle.State
        ) {
            testDescription = sentence
            self.before = before
            self.event = event
            self.action = action
            self.state = state
        }
    }

    @Test(
        "follows the state diagram",
        arguments: [
            Row("a load starts loading", after: [], .load, does: .startLoading, leaves: .loading),
            Row("a second load is refused", after: [.load], .load, does: .reject, leaves: .loading),
            Row("nothing unloads while it loads", after: [.load], .unload, does: .reject, leaves: .loading),
            Row("a loaded model is published", after: [.load], .loaded, does: .publish, leaves: .ready),
            Row(
                "a failed load keeps its reason", after: [.load], .failed(reason: "bad file"), does: .none,
                leaves: .unavailable(reason: "bad file")),
            Row(
                "a failed model can be loaded again", after: [.load, .failed(reason: "bad file")], .load,
                does: .startLoading, leaves: .loading),
            Row(
                "a model never loaded cannot be unloaded", after: [], .unload, does: .reject,
                leaves: .unavailable(reason: "never loaded")),
            Row(
                "a load of a ready model reloads", after: [.load, .loaded], .load, does: .startLoading,
                leaves: .reloading),
            Row(
                "a reloaded model replaces the old one", after: [.load, .loaded, .load], .loaded, does: .publish,
                leaves: .ready),
            Row(
                "a failed reload leaves the old one serving", after: [.load, .loaded, .load],
                .failed(reason: "bad file"),
                does: .none, leaves: .ready),
            Row(
                "an unload withdraws and waits", after: [.load, .loaded], .unload, does: .withdraw, leaves: .unloading),
            Row(
                "a second unload is refused", after: [.load, .loaded, .unload], .unload, does: .reject,
                leaves: .unloading),
            Row(
                "the last request ends the unload", after: [.load, .loaded, .unload], .drained, does: .none,
                leaves: .unavailable(reason: "unloaded")),
            Row(
                "a model can be loaded while the old one drains", after: [.load, .loaded, .unload], .load,
                does: .startLoading, leaves: .loading),
            Row(
                "an old one that drains does not touch the new", after: [.load, .loaded, .unload, .load, .loaded],
                .drained,
                does: .none, leaves: .ready),
            Row(
                "two that drain are both waited for",
                after: [.load, .loaded, .unload, .load, .loaded, .unload, .drained], .drained, does: .none,
                leaves: .unavailable(reason: "unloaded")),
            Row(
                "the first of two that drain does not end the unload",
                after: [.load, .loaded, .unload, .load, .loaded, .unload], .drained, does: .none, leaves: .unloading),
            Row(
                "nothing drains that was not withdrawn", after: [.load, .loaded], .drained, does: .reject,
                leaves: .ready),
            Row("nothing is loaded unasked", after: [.load, .loaded], .loaded, does: .reject, leaves: .ready),
        ])
    func followsTheStateDiagram(row: Row) {
        var lifecycle = ModelLifecycle()
        for event in row.before { _ = lifecycle.handle(event) }
        #expect(lifecycle.handle(row.event) == row.action)
        #expect(lifecycle.state == row.state)
    }

    @Test func keepsTheReasonOfAFailedReloadUntilOneSucceeds() {
        var lifecycle = ModelLifecycle()
        for event in [Event.load, .loaded, .load, .failed(reason: "bad file")] { _ = lifecycle.handle(event) }
        #expect(lifecycle.reloadFailure == "bad file")
        #expect(lifecycle.serves)
        for event in [Event.load, .loaded] { _ = lifecycle.handle(event) }
        #expect(lifecycle.reloadFailure == nil)
    }
}
