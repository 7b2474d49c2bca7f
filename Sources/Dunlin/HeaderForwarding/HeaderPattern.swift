/// A regular expression for names of header fields, found anywhere in a name unless it is anchored.
///
/// The part of RE2's language that such patterns use: bytes, `.`, `[a-z]` and `[^a-z]`, `\d` `\w` `\s` and their opposites,
/// a backslash before punctuation, `( )` and `(?: )`, `|`, `*` `+` `?` `{n}` `{n,}` `{n,m}`, `^` and `$`. Letters match in
/// both cases, as names of fields do, unless the pattern begins with `(?-i)`.
///
/// All alternatives are followed at once, so a name takes no longer than its bytes times the pattern's states.
struct HeaderPattern: Sendable {
    static let maxByteCount = 512
    /// What a pattern may become once its repetitions are written out.
    static let maxStateCount = 1000
    static let maxDepth = 32

    /// Bytes as bits.
    typealias ByteSet = SIMD4<UInt64>

    private enum State {
        case byte(ByteSet, next: Int)
        case split(Int, Int)
        case start(next: Int)
        case end(next: Int)
        case match
    }

    private var states: [State] = [.match]
    private var first = 0

    /// - Throws: What is wrong with the pattern, and where.
    init(_ text: String) throws(InvalidHeaderPattern) {
        let node = try HeaderPatternReader.read(text)
        guard node.stateCount <= Self.maxStateCount else {
            throw InvalidHeaderPattern("stands for more than \(Self.maxStateCount) states")
        }
        first = build(node, 0)
    }

    /// Appends the states of `node`, which go on at `next`; returns the first of them.
    private mutating func build(_ node: HeaderPatternNode, _ next: Int) -> Int {
        switch node.kind {
        case .set(let set): return append(.byte(set, next: next))
        case .start: return append(.start(next: next))
        case .end: return append(.end(next: next))
        case .sequence(let nodes): return nodes.reversed().reduce(next) { build($1, $0) }
        case .choice(let nodes):
            let firsts = nodes.map { build($0, next) }
            return firsts.dropFirst().reduce(firsts[0]) { append(.split($0, $1)) }
        case .optional(let node):
            let body = build(node, next)
            return append(.split(body, next))
        case .any(let node):
            let loop = append(.match)
            states[loop] = .split(build(node, loop), next)
            return loop
        case .times(let node, let count): return (0..<count).reduce(next) { at, _ in build(node, at) }
        }
    }

    private mutating func append(_ state: State) -> Int {
        states.append(state)
        return states.count - 1
    }

    func matches(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        var current: [Int] = []
        var seen = [Int](repeating: -1, count: states.count)
        for position in 0...bytes.count {
            if follow(first, position, bytes.count, &seen, &current) { return true }
            guard position < bytes.count else { return false }
            let byte = bytes[position]
            var next: [Int] = []
            for index in current {
                guard case .byte(let set, let following) = states[index], set.has(byte) else { continue }
                if follow(following, position + 1, bytes.count, &seen, &next) { return true }
            }
            current = next
        }
        return false
    }

    /// Adds the states that are reached from `index` without a byte; true when the match is.
    private func follow(
        _ index: Int, _ position: Int, _ count: Int, _ seen: inout [Int], _ reached: inout [Int]
    ) -> Bool {
        var open = [index]
        while let index = open.popLast() {
            guard seen[index] != position else { continue }
            seen[index] = position
            switch states[index] {
            case .byte: reached.append(index)
            case .split(let one, let other): open += [other, one]
            case .start(let next): if position == 0 { open.append(next) }
            case .end(let next): if position == count { open.append(next) }
            case .match: return true
            }
        }
        return false
    }
}

extension HeaderPattern.ByteSet {
    func has(_ byte: UInt8) -> Bool { self[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }

    mutating func insert(_ byte: UInt8) { self[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    init(_ ranges: ClosedRange<UInt8>...) {
        self = .zero
        for range in ranges { for byte in range { insert(byte) } }
    }

    /// With the letters' other cases.
    var inBothCases: Self {
        var set = self
        for upper in UInt8(ascii: "A")...UInt8(ascii: "Z") where has(upper) || has(upper | 0x20) {
            set.insert(upper)
            set.insert(upper | 0x20)
        }
        return set
    }
}

/// What is wrong with a pattern, to be read behind its name.
struct InvalidHeaderPattern: Error, Equatable {
    let message: String
    init(_ message: String) { self.message = message }
}
