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
/// refused. So no more is in use than the limit, one body beyond it, and what each body gets before it is asked to wait
/// (`RequestParser.firstBodyByteCount`).
final class ReceivingBudget: Sendable {
    private struct Holder {
        let receiver: any BodyReceiver
        /// Grows with each holder that comes.
        let number: Int
        var byteCount = 0
        var isWaiting = false
    }

    private struct State {
        var byteCount = 0
        var holders: [ObjectIdentifier: Holder] = [:]
        var nextNumber = 0
        /// The oldest holder's number, as far as it is known.
        var oldest: Int?
        var waitingCount = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: In bytes.
    init(limit: Int) { self.limit = limit }

    /// What is in use, in bytes.
    var byteCount: Int { state.withLock { $0.byteCount } }

    /// `receiver`'s body has taken `byteCount` bytes, whatever the answer: whether it may read on. If not, it is told
    /// (`resumeLater`) when to ask again.
    func note(_ receiver: any BodyReceiver, taken byteCount: Int) -> Bool { admit(receiver, byteCount, isTaken: true) }

    /// Whether `receiver`'s body may take `byteCount` bytes in all and read on. If not, it has what it had, and is told
    /// (`resumeLater`) when to ask again.
    func ask(_ receiver: any BodyReceiver, for byteCount: Int) -> Bool { admit(receiver, byteCount, isTaken: false) }

    private func admit(_ receiver: any BodyReceiver, _ byteCount: Int, isTaken: Bool) -> Bool {
        let key = ObjectIdentifier(receiver)
        return state.withLock { state in
            var holder = state.holders[key] ?? Holder(receiver: receiver, number: state.nextNumber)
            if holder.number == state.nextNumber { state.nextNumber += 1 }
            if state.oldest == nil {
                state.oldest = state.holders.values.reduce(holder.number) { min($0, $1.number) }
            }
            let total = state.byteCount - holder.byteCount + byteCount
            let isAdmitted = holder.number == state.oldest || total <= limit
            if isAdmitted || isTaken {
                state.byteCount = total
                holder.byteCount = byteCount
            }
            state.waitingCount += (isAdmitted ? 0 : 1) - (holder.isWaiting ? 1 : 0)
            holder.isWaiting = !isAdmitted
            state.holders[key] = holder
            return isAdmitted
        }
    }

    /// Gives back what `receiver` has.
    func release(_ receiver: any BodyReceiver) {
        let waiting = state.withLock { state -> [any BodyReceiver] in
            guard let holder = state.holders.removeValue(forKey: ObjectIdentifier(receiver)) else { return [] }
            state.byteCount -= holder.byteCount
            if holder.isWaiting { state.waitingCount -= 1 }
            if holder.number == state.oldest { state.oldest = nil }
            guard state.waitingCount > 0 else { return [] }
            return state.holders.values.filter(\.isWaiting).sorted { $0.number < $1.number }.map(\.receiver)
        }
        for receiver in waiting { receiver.resumeLater() }
    }
}
