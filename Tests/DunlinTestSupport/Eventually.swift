import Glibc

/// Waits for what other threads bring about and nobody tells of; false when it does not come in time.
package func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(30)
    while try !condition() {
        guard clock.now < end else { return false }
        usleep(100)
    }
    return true
}
