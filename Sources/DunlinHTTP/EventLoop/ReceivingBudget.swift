import Synchronization

/// Who receives a body and may have to wait for memory: a connection, or one stream of it.
protocol BodyReceiver: AnyObject, Sendable {
    /// Memory may have become free: asks again, on the thread of its loop. Called from any thread.
    func resumeLater()
}

/// Memory of the large bodies that are arriving, over all connections of a server. Each may be fine alone, and all
/// together too much: then connections wait, and are not read, until others have what they need.
///
/// The oldest body may always go on, so that there is no standstill: it becomes complete, or it is too slow and is
/// refused. So no more is in use than the limit, one body beyond it, and what a connection gets before it is asked to
/// wait (`RequestParser.firstBodyByteCount`).
final class ReceivingBudget: Sendable {
    private struct Holder {
        let receiver: any BodyReceiver
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

    /// Whether `receiver`, whose body is to have `wanted` bytes, may read on. If not, it is told (`resumeLater`)
    /// when to ask again. 0 gives back what it has.
    ///
    /// - Parameter isTaken: It has them already; they count whatever the answer.
    func admit(_ receiver: any BodyReceiver, _ wanted: Int, isTaken: Bool) -> Bool {
        guard wanted > 0 else {
            release(receiver)
            return true
        }
        return state.withLock { state in
            let index: Int
            if let found = state.holders.firstIndex(where: { $0.receiver === receiver }) {
                index = found
            } else {
                index = state.holders.count
                state.holders.append(Holder(receiver: receiver))
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

    private func release(_ receiver: any BodyReceiver) {
        let waiting = state.withLock { state -> [any BodyReceiver] in
            guard let index = state.holders.firstIndex(where: { $0.receiver === receiver }) else { return [] }
            state.byteCount -= state.holders.remove(at: index).byteCount
            return state.holders.filter(\.isWaiting).map(\.receiver)
        }
        for receiver in waiting { receiver.resumeLater() }
    }
}
