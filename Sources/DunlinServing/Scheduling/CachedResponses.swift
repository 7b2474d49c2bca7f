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
    /// Uses in their order; one that is not its entry's last is skipped.
    private var uses: [(key: ResponseKey, use: UInt64)] = []
    private var head = 0
    private var useCount: UInt64 = 0
    private var waiters: [ResponseKey: [ResponseCache.Waiter]] = [:]
    private(set) var byteCount = 0

    var count: Int { entries.count }

    /// The outputs for a key, which is the one used last from now on.
    mutating func use(_ key: ResponseKey) -> [NamedTensor]? {
        guard let index = entries.index(forKey: key) else { return nil }
        // The key that is kept, not the caller's: that one may hold a whole body.
        entries.values[index].use = note(entries.keys[index])
        return entries.values[index].outputs
    }

    mutating func join(_ key: ResponseKey, _ waiter: ResponseCache.Waiter?) -> ResponseCache.Finding {
        guard waiters[key] != nil else {
            waiters[key] = []
            return .miss(isFirst: true)
        }
        guard let waiter, count(ofWaitersFor: key) < Self.maxWaiterCount else { return .miss(isFirst: false) }
        waiters[key]?.append(waiter)
        return .joined
    }

    mutating func removeWaiter(_ key: ResponseKey, _ id: ObjectIdentifier) -> ResponseCache.Waiter? {
        guard let place = waiters[key]?.firstIndex(where: { $0.id == id }) else { return nil }
        return waiters[key]?.remove(at: place)
    }

    /// Requests that wait for one answer; further ones stand in the model's queue, which has its limits.
    static let maxWaiterCount = 1024

    private func count(ofWaitersFor key: ResponseKey) -> Int { waiters[key]?.count ?? 0 }

    mutating func takeWaiters(_ key: ResponseKey) -> [ResponseCache.Waiter] { waiters.removeValue(forKey: key) ?? [] }

    /// Keeps an answer and drops as many others as it takes.
    mutating func keep(_ outputs: [NamedTensor], for key: ResponseKey, maxByteCount: Int) -> [Entry] {
        var dropped: [Entry] = []
        if let former = entries.removeValue(forKey: key) {
            byteCount -= former.byteCount
            dropped.append(former)
        }
        let entry = Entry(
            outputs: outputs, byteCount: key.byteCount + ResponseKey.byteCount(of: outputs), use: note(key))
        entries[key] = entry
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
            let (key, use) = uses[head]
            head += 1
            guard let entry = entries[key], entry.use == use else { continue }
            entries[key] = nil
            byteCount -= entry.byteCount
            return entry
        }
        return nil
    }

    private mutating func note(_ key: ResponseKey) -> UInt64 {
        useCount += 1
        uses.append((key, useCount))
        if uses.count > 64, uses.count > 4 * entries.count { compact() }
        return useCount
    }

    /// Drops the uses that are not their entry's last. The one noted just now is of an entry that is changed next.
    private mutating func compact() {
        let current = useCount
        uses = uses[head...].filter { $0.use == current || entries[$0.key]?.use == $0.use }
        head = 0
    }
}
