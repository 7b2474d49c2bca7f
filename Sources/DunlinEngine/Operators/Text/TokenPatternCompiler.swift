import DunlinInference

/// Turns the text of a pattern into states, by recursive descent and Thompson's construction.
///
/// Fragments are laid out from the end: `parse…` gets the state to go on with and gives the one to begin with.
struct TokenPatternCompiler {
    /// How deep groups may stand in groups.
    static let mostDepth = 100

    private indirect enum Tree {
        case empty
        case characters(CharacterSet)
        case assertion(TokenPattern.Assertion)
        case sequence([Tree])
        case alternatives([Tree])
        case repeated(Tree, least: Int, most: Int?)

        /// Every other tree adds a state when it is laid out, so that their limit bounds the work too.
        var isEmpty: Bool { if case .empty = self { true } else { false } }
    }

    private let pattern: String
    private let characters: [UInt32]
    private var position = 0
    private var depth = 0
    private var states: [TokenPattern.State] = []

    init(_ pattern: String) {
        self.pattern = pattern
        characters = pattern.unicodeScalars.map(\.value)
    }

    mutating func compile() throws(InferError) -> (states: [TokenPattern.State], start: Int) {
        let tree = try parseAlternatives()
        guard position == characters.count else { throw refused("an unmatched ')'") }
        states = [.match]
        let start = try lay(tree, next: 0)
        return (states, start)
    }

    private func refused(_ what: String) -> InferError {
        InferError(.unsupported, "the pattern '\(pattern)' has \(what), which is not supported")
    }

    // MARK: Parsing

    private var next: UInt32? { position < characters.count ? characters[position] : nil }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard next == character.value else { return false }
        position += 1
        return true
    }

    private mutating func parseAlternatives() throws(InferError) -> Tree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.mostDepth else { throw refused("more than \(Self.mostDepth) groups in one another") }
        var alternatives = [try parseSequence()]
        while accept("|") { alternatives.append(try parseSequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func parseSequence() throws(InferError) -> Tree {
        var parts: [Tree] = []
        while let character = next, character != 0x7C, character != 0x29 {
            var part = try parseAtom()
            if let (least, most) = try parseRepetition() {
                part = part.isEmpty || most == 0 ? .empty : .repeated(part, least: least, most: most)
            }
            if !part.isEmpty { parts.append(part) }
        }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func parseRepetition() throws(InferError) -> (Int, Int?)? {
        var found: (Int, Int?)?
        if accept("*") {
            found = (0, nil)
        } else if accept("+") {
            found = (1, nil)
        } else if accept("?") {
            found = (0, 1)
        } else if next == 0x7B {
            found = try parseBraces()
        }
        // Of all matches the longest counts, so that lazy and greedy are the same.
        if found != nil { _ = accept("?") }
        return found
    }

    /// `{m}`, `{m,}` or `{m,n}`; anything else is the literal brace.
    private mutating func parseBraces() throws(InferError) -> (Int, Int?)? {
        let start = position
        position += 1
        let least = parseNumber()
        var most = least
        if accept(",") { most = parseNumber() }
        guard let least, accept("}") else {
            position = start
            return nil
        }
        guard least <= TokenPattern.mostRepeats, (most ?? 0) <= TokenPattern.mostRepeats, most == nil || most! >= least
        else { throw refused("a repetition outside 0...\(TokenPattern.mostRepeats)") }
        return (least, most)
    }

    private mutating func parseNumber() -> Int? {
        var number: Int?
        while let character = next, CharacterSet.digit.contains(character), (number ?? 0) <= TokenPattern.mostRepeats {
            number = (number ?? 0) * 10 + Int(character - 48)
            position += 1
        }
        return number
    }

    private mutating func parseAtom() throws(InferError) -> Tree {
        let character = characters[position]
        position += 1
        switch Unicode.Scalar(character) {
        case ".": return .characters(CharacterSet([10...10], isNegated: true))
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "[": return .characters(try parseClass())
        case "\\": return try parseEscape()
        case "(":
            if accept("?") {
                guard accept(":") else { throw refused("a '(?' other than '(?:'") }
            }
            let group = try parseAlternatives()
            guard accept(")") else { throw refused("an unmatched '('") }
            return group
        case "*", "+", "?": throw refused("a repetition of nothing")
        default: return .characters(CharacterSet([character...character]))
        }
    }

    private mutating func parseEscape() throws(InferError) -> Tree {
        guard let character = next else { throw refused("a '\\' at the end") }
        let assertions: [UInt32: TokenPattern.Assertion] = [
            0x62: .wordEdge, 0x42: .noWordEdge, 0x41: .start, 0x7A: .end,
        ]
        if let assertion = assertions[character] {
            position += 1
            return .assertion(assertion)
        }
        return .characters(try parseEscapedSet())
    }

    /// After a backslash: a class such as `\w`, or one character.
    private mutating func parseEscapedSet() throws(InferError) -> CharacterSet {
        guard let character = next else { throw refused("a '\\' at the end") }
        position += 1
        let single: UInt32
        switch Unicode.Scalar(character) {
        case "d": return .digit
        case "D": return CharacterSet.digit.inverse
        case "w": return .word
        case "W": return CharacterSet.word.inverse
        case "s": return .space
        case "S": return CharacterSet.space.inverse
        case "t": single = 9
        case "n": single = 10
        case "v": single = 11
        case "f": single = 12
        case "r": single = 13
        case "a": single = 7
        case "x": single = try parseHexadecimal()
        case let scalar?:
            guard scalar.isASCII, !CharacterSet.word.contains(character) else {
                throw refused("the escape '\\\(scalar)'")
            }
            single = character
        case nil: throw refused("a lone surrogate")
        }
        return CharacterSet([single...single])
    }

    private mutating func parseHexadecimal() throws(InferError) -> UInt32 {
        let isBraced = accept("{")
        var value: UInt32 = 0
        var digits = 0
        while let character = next, digits < (isBraced ? 6 : 2),
            let digit = Unicode.Scalar(character).flatMap({ Character($0).hexDigitValue })
        {
            value = value << 4 | UInt32(digit)
            digits += 1
            position += 1
        }
        guard digits > 0, isBraced ? accept("}") : digits == 2, value <= CharacterSet.highest else {
            throw refused("an incomplete '\\x'")
        }
        return value
    }

    /// After `[`: ranges up to `]`.
    private mutating func parseClass() throws(InferError) -> CharacterSet {
        let isNegated = accept("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while isFirst || next != 0x5D {
            isFirst = false
            guard let character = next else { throw refused("an unmatched '['") }
            if character == 0x5B, position + 1 < characters.count, characters[position + 1] == 0x3A {
                throw refused("a named class")
            }
            let low = try parseClassItem()
            guard low.count == 1, low[0].count == 1, next == 0x2D, position + 1 < characters.count,
                characters[position + 1] != 0x5D
            else {
                ranges += low
                continue
            }
            position += 1
            let high = try parseClassItem()
            guard high.count == 1, high[0].count == 1, high[0].lowerBound >= low[0].lowerBound else {
                throw refused("a range that ends before it begins")
            }
            ranges.append(low[0].lowerBound...high[0].upperBound)
        }
        position += 1
        return CharacterSet(ranges, isNegated: isNegated)
    }

    private mutating func parseClassItem() throws(InferError) -> [ClosedRange<UInt32>] {
        guard let character = next else { throw refused("an unmatched '['") }
        position += 1
        return character == 0x5C ? try parseEscapedSet().allRanges : [character...character]
    }

    // MARK: Laying out states

    private mutating func add(_ state: TokenPattern.State) throws(InferError) -> Int {
        guard states.count < TokenPattern.mostStates else {
            throw refused("more than \(TokenPattern.mostStates) states")
        }
        states.append(state)
        return states.count - 1
    }

    /// Lays out `tree` so that it goes on with `next`; gives its first state.
    private mutating func lay(_ tree: Tree, next: Int) throws(InferError) -> Int {
        switch tree {
        case .empty: return next
        case .characters(let set): return try add(.characters(set, next: next))
        case .assertion(let assertion): return try add(.assert(assertion, next: next))
        case .sequence(let parts):
            var next = next
            for part in parts.reversed() { next = try lay(part, next: next) }
            return next
        case .alternatives(let alternatives):
            var first = try lay(alternatives[alternatives.count - 1], next: next)
            for alternative in alternatives.dropLast().reversed() {
                first = try add(.split(try lay(alternative, next: next), first))
            }
            return first
        case .repeated(let part, let least, let most):
            var next = next
            if let most {
                let end = next
                for _ in 0..<most - least { next = try add(.split(try lay(part, next: next), end)) }
            } else {
                let loop = try add(.split(0, next))
                states[loop] = .split(try lay(part, next: loop), next)
                next = loop
            }
            for _ in 0..<least { next = try lay(part, next: next) }
            return next
        }
    }
}
