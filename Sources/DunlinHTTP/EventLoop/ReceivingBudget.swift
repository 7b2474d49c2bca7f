import Synchronization

/// Memory of the large bodies that are arriving, over all connections of a server. Each may be fine alone, and all
/// together too much: then connections wait, and are not read, until others have what they need.
///
/// The oldest body may always go on, so that there is no standstill: it becomes complete, or it is too slow and is
/// refused. So no more is in use than the limit, one body beyond it, and what a connection gets before it is asked to
/// wait (`RequestParser.firstBodyByteCount`).
final class ReceivingBudget: Sendable {
    private struct Holder {
        let connection: Connection
        var byteCount = 0
        var isWaiting = false
    }

    private struct State {
        var byteCount = 0
        /// Oldest first.
        var holders: [Holder] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: In bytes.
    init(limit: Int) { self.limit = limit }

    /// What is in use, in bytes.
    var byteCount: Int { state.withLock { $0.byteCount } }

    /// Whether `connection`, whose body is to have `wanted` bytes, may read on. If not, it is told (`resumeReceiving`)
    /// when to ask again. 0 gives back what it has.
    ///
    /// - Parameter isTaken: It has them already; they count whatever the answer.
    func admit(_ connection: Connection, _ wanted: Int, isTaken: Bool) -> Bool {
        guard wanted > 0 else {
            release(connection)
            return true
        }
        return state.withLock { state in
            let index: Int
            if let found = state.holders.firstIndex(where: { $0.connection === connection }) {
                index = found
            } else {
                index = state.holders.count
                state.holders.append(Holder(connection: connection))
            }
            let total = state.byteCount - state.holders[index].byteCount + wanted
            let isAdmitted = index == 0 || total <= limit
            if isAdmitted || isTaken {
                state.byteCount = total
                state.holders[index].byteCount = wanted
            }
            state.holders[index].isWaiting = !isAdmitted
            return isAdmitted
        }
    }

    private func release(_ connection: Connection) {
        let waiting = state.withLock { state -> [Connection] in
            guard let index = state.holders.firstIndex(where: { $0.connection === connection }) else { return [] }
            state.byteCount -= state.holders.remove(at: index).byteCount
            return state.holders.filter(\.isWaiting).map(\.connection)
        }
        for connection in waiting { connection.loop.post(.resume(connection)) }
    }
}
