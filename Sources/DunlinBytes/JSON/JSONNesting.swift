/// The extents of nested arrays, found while they are read: all arrays of one level must have as many elements.
///
/// Given to several reads, as the rows of a table are, it demands the same of all of them.
package struct JSONNesting: Sendable {
    /// Arrays around each element; `nil` before an element, or an empty array, was seen.
    package private(set) var rank: Int?
    /// Outermost first; -1 while an extent is not known.
    package private(set) var extents: [Int] = []
    /// Arrays open now.
    private(set) var level = 0
    /// Elements so far of each array that is open.
    private var counts: [Int] = []

    package init() {}

    /// Whether an array may begin here: the innermost ones hold elements only.
    var mayOpen: Bool { rank.map { level < $0 } ?? true }

    mutating func open() {
        level += 1
        if counts.count < level {
            counts.append(0)
            extents.append(-1)
        } else {
            counts[level - 1] = 0
        }
    }

    /// Notes that elements begin here; false when they stood deeper before.
    mutating func beginRun() -> Bool {
        guard let rank else {
            rank = level
            return true
        }
        return rank == level
    }

    /// Counts the elements of the array opened last.
    mutating func endRun(count: Int) {
        if level > 0 { counts[level - 1] = count }
    }

    /// Leaves the array opened last.
    ///
    /// - Returns: The number of elements it had to have and the number it has, where they differ.
    mutating func close() -> (expected: Int, found: Int)? {
        let count = counts[level - 1]
        if extents[level - 1] < 0 { extents[level - 1] = count }
        guard extents[level - 1] == count else { return (extents[level - 1], count) }
        level -= 1
        if level > 0 { counts[level - 1] += 1 }
        return nil
    }

    /// Demands the extents of `other` from now on; false when others were found before.
    package mutating func adopt(_ other: JSONNesting) -> Bool {
        guard rank != nil else {
            self = other
            return true
        }
        return rank == other.rank && extents == other.extents
    }
}
