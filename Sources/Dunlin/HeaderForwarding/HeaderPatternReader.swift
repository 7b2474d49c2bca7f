/// What a pattern says.
struct HeaderPatternNode: Sendable {
    indirect enum Kind: Sendable {
        case set(HeaderPattern.ByteSet)
        case start, end
        case sequence([HeaderPatternNode])
        case choice([HeaderPatternNode])
        case optional(HeaderPatternNode)
        case any(HeaderPatternNode)
        case times(HeaderPatternNode, Int)
    }

    let kind: Kind
    /// States it becomes, at most; known before any is made, and never 0, so that nothing is repeated for nothing.
    let stateCount: Int

    init(_ kind: Kind) {
        self.kind = kind
        let count =
            switch kind {
            case .set, .start, .end: 1
            case .sequence(let nodes): Self.sum(nodes)
            case .choice(let nodes): Self.sum(nodes) + nodes.count
            case .optional(let node), .any(let node): node.stateCount + 1
            // Neither is more than some thousands.
            case .times(let node, let count): node.stateCount * count
            }
        stateCount = min(max(count, 1), HeaderPattern.maxStateCount + 1)
    }

    private static func sum(_ nodes: [HeaderPatternNode]) -> Int { nodes.reduce(0) { $0 + $1.stateCount } }
}

/// Reads a pattern from front to back.
struct HeaderPatternReader {
    private let bytes: [UInt8]
    private var position = 0
    private var ignoresCase = true

    private static let digits = HeaderPattern.ByteSet(0x30...0x39)
    private static let words = HeaderPattern.ByteSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
    private static let blanks = HeaderPattern.ByteSet(0x09...0x0D, 0x20...0x20)

    static func read(_ text: String) throws(InvalidHeaderPattern) -> HeaderPatternNode {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw InvalidHeaderPattern("must not be empty") }
        guard bytes.count <= HeaderPattern.maxByteCount else {
            throw InvalidHeaderPattern("must have at most \(HeaderPattern.maxByteCount) bytes")
        }
        var reader = HeaderPatternReader(bytes)
        let node = try reader.readChoice(depth: 0)
        guard reader.position == bytes.count else { throw reader.failure("a ) without its (") }
        return node
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // Triton puts (?i) in front, so that what follows it counts.
        if take("(?-i)") { ignoresCase = false } else { _ = take("(?i)") }
    }

    private func failure(_ what: String) -> InvalidHeaderPattern {
        InvalidHeaderPattern("has \(what) at byte \(position)")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count, (0..<count).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
        else { return false }
        position += count
        return true
    }

    private mutating func readChoice(depth: Int) throws(InvalidHeaderPattern) -> HeaderPatternNode {
        guard depth <= HeaderPattern.maxDepth else {
            throw failure("more than \(HeaderPattern.maxDepth) groups inside each other")
        }
        var choices = [try readSequence(depth: depth)]
        while take("|") { choices.append(try readSequence(depth: depth)) }
        return choices.count == 1 ? choices[0] : HeaderPatternNode(.choice(choices))
    }

    private mutating func readSequence(depth: Int) throws(InvalidHeaderPattern) -> HeaderPatternNode {
        var nodes: [HeaderPatternNode] = []
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            nodes.append(try readRepeated(try readAtom(depth: depth)))
        }
        return HeaderPatternNode(.sequence(nodes))
    }

    private mutating func readAtom(depth: Int) throws(InvalidHeaderPattern) -> HeaderPatternNode {
        if take("^") { return HeaderPatternNode(.start) }
        if take("$") { return HeaderPatternNode(.end) }
        if take(".") { return HeaderPatternNode(.set(HeaderPattern.ByteSet(0...255))) }
        if take("[") { return HeaderPatternNode(.set(try readClass())) }
        if take("(") {
            if !take("?:"), next == UInt8(ascii: "?") { throw failure("an unsupported group (only ( and (?: are)") }
            let node = try readChoice(depth: depth + 1)
            guard take(")") else { throw failure("no ) for a (") }
            return node
        }
        if let byte = next, "*+?{".utf8.contains(byte) { throw failure("nothing to repeat") }
        var set = HeaderPattern.ByteSet.zero
        if take("\\") { set = try readEscape() } else { set.insert(takeByte()) }
        return HeaderPatternNode(.set(ignoresCase ? set.inBothCases : set))
    }

    private mutating func takeByte() -> UInt8 {
        position += 1
        return bytes[position - 1]
    }

    /// What follows a backslash.
    private mutating func readEscape() throws(InvalidHeaderPattern) -> HeaderPattern.ByteSet {
        guard let byte = next else { throw failure("a backslash without what it is for") }
        position += 1
        switch byte {
        case UInt8(ascii: "d"): return Self.digits
        case UInt8(ascii: "D"): return ~Self.digits
        case UInt8(ascii: "w"): return Self.words
        case UInt8(ascii: "W"): return ~Self.words
        case UInt8(ascii: "s"): return Self.blanks
        case UInt8(ascii: "S"): return ~Self.blanks
        default:
            guard !Self.words.has(byte) || byte == UInt8(ascii: "_") else {
                position -= 1
                throw failure("the unsupported \\\(Character(Unicode.Scalar(byte)))")
            }
            var set = HeaderPattern.ByteSet.zero
            set.insert(byte)
            return set
        }
    }

    /// What stands between brackets.
    private mutating func readClass() throws(InvalidHeaderPattern) -> HeaderPattern.ByteSet {
        let isNegated = take("^")
        var set = HeaderPattern.ByteSet.zero
        var isFirst = true
        while isFirst || next != UInt8(ascii: "]") {
            isFirst = false
            guard next != nil else { throw failure("no ] for a [") }
            if take("\\") {
                set |= try readEscape()
                continue
            }
            let low = takeByte()
            guard next == UInt8(ascii: "-"), position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "]") else {
                set.insert(low)
                continue
            }
            position += 1
            let high = takeByte()
            guard low <= high, high != UInt8(ascii: "\\") else { throw failure("a range that has no bytes") }
            for byte in low...high { set.insert(byte) }
        }
        position += 1
        if ignoresCase { set = set.inBothCases }
        return isNegated ? ~set : set
    }

    private mutating func readRepeated(_ atom: HeaderPatternNode) throws(InvalidHeaderPattern) -> HeaderPatternNode {
        let node: HeaderPatternNode
        if take("*") {
            node = HeaderPatternNode(.any(atom))
        } else if take("+") {
            node = HeaderPatternNode(.sequence([atom, HeaderPatternNode(.any(atom))]))
        } else if take("?") {
            node = HeaderPatternNode(.optional(atom))
        } else if take("{") {
            node = try readCounted(atom)
        } else {
            return atom
        }
        // Lazy ones find the same names.
        _ = take("?")
        if let byte = next, "*+?{".utf8.contains(byte) { throw failure("a repetition of a repetition") }
        return node
    }

    /// What follows the brace of a repetition.
    private mutating func readCounted(_ atom: HeaderPatternNode) throws(InvalidHeaderPattern) -> HeaderPatternNode {
        let least = try readCount()
        var most: Int? = least
        if take(",") { most = next == UInt8(ascii: "}") ? nil : try readCount() }
        guard take("}"), most ?? least >= least else { throw failure("a repetition that is not {n}, {n,} or {n,m}") }
        var nodes = [HeaderPatternNode(.times(atom, least))]
        if let most {
            if most > least {
                nodes.append(HeaderPatternNode(.times(HeaderPatternNode(.optional(atom)), most - least)))
            }
        } else {
            nodes.append(HeaderPatternNode(.any(atom)))
        }
        return HeaderPatternNode(.sequence(nodes))
    }

    private mutating func readCount() throws(InvalidHeaderPattern) -> Int {
        var count: Int?
        while let byte = next, (0x30...0x39).contains(byte) {
            count = min((count ?? 0) * 10 + Int(byte & 15), HeaderPattern.maxStateCount + 1)
            position += 1
        }
        guard let count else { throw failure("no number for a repetition") }
        return count
    }
}
