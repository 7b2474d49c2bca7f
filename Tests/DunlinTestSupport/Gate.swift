import Dispatch

/// Holds threads until a test lets them go, and tells the test that they have come.
package final class Gate: Sendable {
    /// How long a test waits before it fails instead of hanging.
    static let patience = DispatchTimeInterval.seconds(30)

    private let arrivals = DispatchSemaphore(value: 0)
    private let passes = DispatchSemaphore(value: 0)

    package init() {}

    /// Called by what is tested: arrives and waits for a pass.
    package func pass() {
        arrivals.signal()
        _ = passes.wait(timeout: .now() + Self.patience)
    }

    /// Waits until `count` threads have arrived; false when they do not.
    package func awaitArrivals(_ count: Int = 1) -> Bool {
        for _ in 0..<count where arrivals.wait(timeout: .now() + Self.patience) == .timedOut { return false }
        return true
    }

    /// Lets `count` threads go, those waiting or those to come.
    package func open(_ count: Int = 1) {
        for _ in 0..<count { passes.signal() }
    }
}
