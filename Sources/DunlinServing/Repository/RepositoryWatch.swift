/// Decides from looks at the repository which models to load and which to unload, in control mode `poll`.
///
/// A change is acted upon when two looks at least `settlePeriod` apart found the same files, with the same sizes and times:
/// a copy under way is no model, and a directory that is replaced by another is not unloaded in between. What was done is
/// noted as done even when the load failed, so a model that does not load is tried again when its files change and not
/// before.
///
/// Pure: no disk, no clock.
struct RepositoryWatch {
    /// What there was to see of one model.
    enum Look: Equatable {
        /// Its files by relative path. Complete: there is a version with a file in it.
        case files([String: FileStamp], isComplete: Bool)
        /// It is there, and cannot be read: nothing can be said about it.
        case unreadable
    }

    enum Action: Equatable { case load(String), unload(String) }

    private struct Entry {
        /// What the last action was taken upon; `nil`: the model was not there.
        var settled: Look?
        /// What was seen since, and when it was first seen.
        var pending: (look: Look?, since: UInt64)?
        var isLoaded = false
    }

    /// In nanoseconds.
    let settlePeriod: UInt64
    private var entries: [String: Entry] = [:]

    init(settlePeriod: UInt64) { self.settlePeriod = settlePeriod }

    /// Takes the first look: what is complete is to be loaded at once, as a server does at its start.
    ///
    /// - Returns: Names, ascending.
    mutating func begin(_ looks: [String: Look]) -> [String] {
        var wanted: [String] = []
        for (name, look) in looks {
            if case .files(_, isComplete: false) = look {
                entries[name] = Entry(settled: look)
            } else {
                entries[name] = Entry(settled: look, isLoaded: true)
                wanted.append(name)
            }
        }
        return wanted.sorted()
    }

    /// What to do after a look at `now`, in the order of names.
    mutating func actions(for looks: [String: Look], at now: UInt64) -> [Action] {
        var actions: [Action] = []
        for name in Set(looks.keys).union(entries.keys).sorted() {
            let look = looks[name]
            if look == .unreadable, entries[name] != nil {
                // What was pending may have gone on changing meanwhile.
                settleNothing(name)
                continue
            }
            var entry = entries[name] ?? Entry()
            if look == entry.settled {
                entry.pending = nil
            } else if let pending = entry.pending, pending.look == look {
                if now &- pending.since >= settlePeriod {
                    entry.pending = nil
                    entry.settled = look
                    if let action = action(name, look, isLoaded: entry.isLoaded) {
                        actions.append(action)
                        entry.isLoaded = action == .load(name)
                    }
                }
            } else {
                entry.pending = (look, now)
            }
            keep(entry, name)
        }
        return actions
    }

    /// Notes that a look failed: a change that was pending has to settle anew.
    mutating func noteFailedLook() { for name in entries.keys { settleNothing(name) } }

    private mutating func settleNothing(_ name: String) {
        guard var entry = entries[name] else { return }
        entry.pending = nil
        keep(entry, name)
    }

    private mutating func keep(_ entry: Entry, _ name: String) {
        entries[name] = entry.settled == nil && entry.pending == nil ? nil : entry
    }

    /// When to look again after a look at `now`: after `period`, or sooner where a change that is pending may have
    /// settled; never before changes have had the time to gather.
    func nextLook(after now: UInt64, period: UInt64) -> UInt64 {
        guard let since = entries.values.compactMap(\.pending?.since).min() else { return now &+ period }
        return min(now &+ period, max(since &+ settlePeriod, now &+ gatherPeriod))
    }

    /// For so long changes gather before they are looked at, in nanoseconds.
    var gatherPeriod: UInt64 { settlePeriod / 4 }

    private func action(_ name: String, _ look: Look?, isLoaded: Bool) -> Action? {
        switch look {
        case .files(_, isComplete: true), .unreadable: .load(name)
        case .files(_, isComplete: false), nil: isLoaded ? .unload(name) : nil
        }
    }
}
