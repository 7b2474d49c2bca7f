import DunlinInference
import DunlinTensor

/// What a `ResponseCache` holds. Pure: what is dropped is handed to the caller, who frees it without a lock.
struct CachedResponses {
    struct Entry {
        let outputs: [NamedTensor]
        let byteCount: Int
        /// The number of its last use.
        var use: UInt64
    }

    private var entries: [ResponseKey: Entry] = [:]
    /// Uses in their order; one that is not its entry's last is skipped. The keys are the entries' own, which hold their
    /// inputs: none stays here longer than its entry.
    private var uses: [(key: ResponseKey?, use: UInt64)] = []
    private var head = 0
    private var useCount: UInt64 = 0
    private var waiters: [ResponseKey: [ResponseCache.Waiter]] = [:]
    private(set) var byteCount = 0

    var count: Int { entries.count }

    /// The outputs for a key, which is the one used last from now on.
    mutating func use(_ key: ResponseKey) -> [NamedTensor]? {
        guard let index = entries.index(forKey: key) else { return nil }
        entries.values[index].use = useCount + 1
        let outputs = entries.values[index].outputs
        // The key that is kept, not the caller's: that one may hold a whole body.
        noteUse(of: entries.keys[index])
        return outputs
    }

    /// Notes that a key's answer is computed; false when it is already.
    mutating func begin(_ key: ResponseKey) -> Bool {
        guard waiters[key] == nil else { return false }
        waiters[key] = []
        return true
    }

    /// Whether one more may wait for an answer that is computed.
    func mayJoin(_ key: ResponseKey) -> Bool { waiters[key, default: []].count < Self.maxWaiterCount }

    mutating func join(_ waiter: ResponseCache.Waiter) { waiters[waiter.key]?.append(waiter) }

    mutating func removeWaiter(_ key: ResponseKey, _ id: ObjectIdentifier) -> ResponseCache.Waiter? {
        guard let place = waiters[key]?.firstIndex(where: { $0.id == id }) else { return nil }
        return waiters[key]?.remove(at: place)
    }

    /// Requests that wait for one answer; further ones stand in the model's queue, which has its limits.
    static let maxWaiterCount = 1024

    /// The one who has waited longest and computes the answer from now on; `nil`, and nobody does: none waits.
    mutating func takeNextWaiter(_ key: ResponseKey) -> ResponseCache.Waiter? {
        guard var others = waiters.removeValue(forKey: key), !others.isEmpty else { return nil }
        let next = others.removeFirst()
        // Under its own key: the former holds the inputs of a request that is gone.
        waiters[next.key] = others
        return next
    }

    mutating func takeWaiters(_ key: ResponseKey) -> [ResponseCache.Waiter] { waiters.removeValue(forKey: key) ?? [] }

    /// Keeps an answer and drops as many others as it takes.
    mutating func keep(_ outputs: [NamedTensor], for key: ResponseKey, maxByteCount: Int) -> [Entry] {
        let entry = Entry(
            outputs: outputs, byteCount: key.byteCount + ResponseKey.byteCount(of: outputs), use: useCount + 1)
        var dropped: [Entry] = []
        if let index = entries.index(forKey: key) {
            byteCount -= entries.values[index].byteCount
            dropped.append(entries.values[index])
            entries.values[index] = entry
            noteUse(of: entries.keys[index])
        } else {
            entries[key] = entry
            noteUse(of: key)
        }
        byteCount += entry.byteCount
        while byteCount > maxByteCount, let oldest = popOldest() { dropped.append(oldest) }
        return dropped
    }

    mutating func forget(model: UInt64) -> [Entry] {
        let dropped = entries.filter { $0.key.model == model }
        for (key, entry) in dropped {
            entries[key] = nil
            byteCount -= entry.byteCount
        }
        compact()
        return Array(dropped.values)
    }

    private mutating func popOldest() -> Entry? {
        while head < uses.count {
            let use = uses[head].use
            let key = uses[head].key.take()
            head += 1
            guard let key, let entry = entries[key], entry.use == use else { continue }
            entries[key] = nil
            byteCount -= entry.byteCount
            return entry
        }
        return nil
    }

    /// Notes the use of an entry whose `use` says so already.
    private mutating func noteUse(of key: ResponseKey) {
        useCount += 1
        uses.append((key, useCount))
        if uses.count > 64, uses.count > 4 * entries.count { compact() }
    }

    /// Drops the uses that are not their entry's last.
    private mutating func compact() {
        uses = uses[head...].filter { key, use in key.flatMap { entries[$0]?.use } == use }
        head = 0
    }
}
