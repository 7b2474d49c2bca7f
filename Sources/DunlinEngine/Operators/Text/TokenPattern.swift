import DunlinInference

/// A regular expression in the part of RE2's syntax that tokenizers use, run without backtracking.
///
/// Supported: literals, `.`, classes, escapes, groups, alternatives, repetition up to `mostRepeats`, `^ $ \A \z \b \B`.
/// Refused, so that another backend may take the model: flags, named groups, Unicode classes. Of all matches the
/// leftmost counts, of those the longest. Text is matched in one pass, whatever the pattern.
struct TokenPattern: Sendable {
    /// The most times a `{m,n}` may repeat.
    static let mostRepeats = 1000
    /// The most states a pattern may come to.
    static let mostStates = 10_000

    enum State: Sendable {
        /// Goes on with any of the listed code points.
        case characters(CharacterSet, next: Int)
        case split(Int, Int)
        case assert(Assertion, next: Int)
        case match
    }

    enum Assertion: Sendable {
        case start, end, wordEdge, noWordEdge
    }

    private let states: [State]
    private let start: Int

    /// - Throws: `.unsupported` with the pattern and what is not understood in it.
    init(_ pattern: String) throws(InferError) {
        var compiler = TokenPatternCompiler(pattern)
        (states, start) = try compiler.compile()
    }

    /// The leftmost-longest match in `text` at `position` or later, as code point indices.
    ///
    /// - Parameters:
    ///   - text: The whole text, which `^` and `\b` look at.
    ///   - end: Where the part that is searched ends.
    ///   - scratch: Kept from call to call.
    func firstMatch(
        in text: UnsafeBufferPointer<UInt32>, from position: Int, to end: Int, scratch: inout Scratch
    ) -> Range<Int>? {
        scratch.reset(states.count)
        var found: Range<Int>?
        var index = position
        while true {
            if found == nil { follow(start, began: index, text, index, &scratch) }
            // States were reached in the order of their beginnings: the earliest is kept.
            for entry in scratch.current {
                if case .match = states[entry.state], found == nil || entry.began <= found!.lowerBound {
                    found = entry.began..<index
                }
            }
            if index == end || scratch.current.isEmpty && found != nil { return found }
            scratch.advance()
            let character = text[index]
            for position in scratch.previous.indices {
                let entry = scratch.previous[position]
                if let found, entry.began > found.lowerBound { continue }
                guard case .characters(let set, let next) = states[entry.state], set.contains(character) else {
                    continue
                }
                follow(next, began: entry.began, text, index + 1, &scratch)
            }
            index += 1
        }
    }

    /// Adds a state and all that it leads to without reading.
    private func follow(
        _ state: Int, began: Int, _ text: UnsafeBufferPointer<UInt32>, _ index: Int, _ scratch: inout Scratch
    ) {
        scratch.pending.append(state)
        while let state = scratch.pending.popLast() {
            guard scratch.mark(state) else { continue }
            switch states[state] {
            case .characters, .match: scratch.current.append((state, began))
            case .split(let first, let second):
                scratch.pending.append(second)
                scratch.pending.append(first)
            case .assert(let assertion, let next):
                if Self.holds(assertion, text, index) { scratch.pending.append(next) }
            }
        }
    }

    private static func holds(_ assertion: Assertion, _ text: UnsafeBufferPointer<UInt32>, _ index: Int) -> Bool {
        let before = index > 0 && CharacterSet.word.contains(text[index - 1])
        let after = index < text.count && CharacterSet.word.contains(text[index])
        return switch assertion {
        case .start: index == 0
        case .end: index == text.count
        case .wordEdge: before != after
        case .noWordEdge: before == after
        }
    }

    /// The states that are alive, with where their match began.
    struct Scratch {
        fileprivate var current: [(state: Int, began: Int)] = []
        fileprivate var previous: [(state: Int, began: Int)] = []
        fileprivate var pending: [Int] = []
        private var marks: [Int] = []
        private var round = 0

        init() {}

        fileprivate mutating func reset(_ stateCount: Int) {
            current.removeAll(keepingCapacity: true)
            if marks.count < stateCount { marks = Array(repeating: 0, count: stateCount) }
            round += 1
        }

        fileprivate mutating func advance() {
            swap(&current, &previous)
            current.removeAll(keepingCapacity: true)
            round += 1
        }

        /// False when the state was reached before at this place.
        fileprivate mutating func mark(_ state: Int) -> Bool {
            if marks[state] == round { return false }
            marks[state] = round
            return true
        }
    }
}

/// Code points as sorted ranges, with a bit for each ASCII character.
struct CharacterSet: Sendable {
    private let ascii: (UInt64, UInt64)
    private let ranges: [ClosedRange<UInt32>]

    static let highest: UInt32 = 0x10FFFF
    static let digit = CharacterSet([48...57])
    static let word = CharacterSet([48...57, 65...90, 95...95, 97...122])
    static let space = CharacterSet([9...10, 12...13, 32...32])

    init(_ unsorted: [ClosedRange<UInt32>], isNegated: Bool = false) {
        var merged: [ClosedRange<UInt32>] = []
        for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound &+ 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        if isNegated {
            var next: UInt32 = 0
            var inverse: [ClosedRange<UInt32>] = []
            for range in merged {
                if range.lowerBound > next { inverse.append(next...range.lowerBound - 1) }
                next = range.upperBound + 1
            }
            if next <= Self.highest { inverse.append(next...Self.highest) }
            merged = inverse
        }
        ranges = merged
        var bits: (UInt64, UInt64) = (0, 0)
        for character in UInt32(0)..<128 where merged.contains(where: { $0.contains(character) }) {
            if character < 64 { bits.0 |= 1 << UInt64(character) } else { bits.1 |= 1 << UInt64(character - 64) }
        }
        ascii = bits
    }

    var inverse: CharacterSet { CharacterSet(ranges, isNegated: true) }
    var allRanges: [ClosedRange<UInt32>] { ranges }

    func contains(_ character: UInt32) -> Bool {
        if character < 64 { return ascii.0 >> UInt64(character) & 1 != 0 }
        if character < 128 { return ascii.1 >> UInt64(character - 64) & 1 != 0 }
        var range = 0..<ranges.count
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            if ranges[middle].contains(character) { return true }
            range =
                ranges[middle].upperBound < character
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }
}
