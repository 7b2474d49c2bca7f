/// Tokens as byte ranges of the memory that the texts stand in.
struct TokenSplitter {
    private(set) var tokens: [Range<Int>] = []
    /// Each text's tokens, as a range of `tokens`.
    private(set) var rows: [Range<Int>] = []
    private var characters: [UInt32] = []
    /// Where each character begins, and where the text ends.
    private var offsets: [Int] = []
    private var scratch = TokenPattern.Scratch()

    init() {}

    /// Splits one text.
    ///
    /// - Parameter offset: Where `text` begins in the memory that tokens refer to.
    /// - Returns: False when the text is not valid UTF-8.
    mutating func append(
        _ text: UnsafeRawBufferPointer, offset: Int, with split: (inout Text) -> Void
    ) -> Bool {
        characters.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        let isValid = UTF8Scan.decode(text) { character, start in
            characters.append(character)
            offsets.append(offset + start)
        }
        guard isValid else { return false }
        offsets.append(offset + text.count)
        let first = tokens.count
        characters.withUnsafeBufferPointer { characters in
            var view = Text(characters: characters, offsets: offsets, tokens: tokens, scratch: scratch)
            (tokens, scratch) = ([], TokenPattern.Scratch())
            split(&view)
            (tokens, scratch) = (view.tokens, view.scratch)
        }
        rows.append(first..<tokens.count)
        return true
    }

    /// One text while it is split.
    struct Text {
        fileprivate let characters: UnsafeBufferPointer<UInt32>
        fileprivate let offsets: [Int]
        fileprivate var tokens: [Range<Int>]
        fileprivate var scratch: TokenPattern.Scratch

        /// The matches of `pattern` that have at least `least` characters.
        mutating func appendMatches(of pattern: TokenPattern, least: Int) {
            guard characters.count >= least else { return }
            var start = 0
            while start <= characters.count,
                let match = pattern.firstMatch(in: characters, from: start, to: characters.count, scratch: &scratch)
            {
                if match.count >= least { tokens.append(offsets[match.lowerBound]..<offsets[match.upperBound]) }
                start = match.isEmpty ? match.upperBound + 1 : match.upperBound
            }
        }

        /// What stands between the matches of all patterns, one after another.
        mutating func appendParts(between patterns: [TokenPattern], least: Int) {
            var parts = [0..<characters.count]
            for pattern in patterns {
                var next: [Range<Int>] = []
                for part in parts { appendParts(of: part, between: pattern, least: least, to: &next) }
                parts = next
                if parts.isEmpty { break }
            }
            for part in parts { tokens.append(offsets[part.lowerBound]..<offsets[part.upperBound]) }
        }

        private mutating func appendParts(
            of part: Range<Int>, between pattern: TokenPattern, least: Int, to parts: inout [Range<Int>]
        ) {
            // A part is a text of its own: anchors hold at its edges.
            let text = UnsafeBufferPointer(rebasing: characters[part])
            var start = 0
            while start <= text.count,
                let match = pattern.firstMatch(in: text, from: start, to: text.count, scratch: &scratch)
            {
                if match.isEmpty, match.upperBound == text.count { break }
                if match.lowerBound - start >= least {
                    parts.append(part.lowerBound + start..<part.lowerBound + match.lowerBound)
                }
                start = match.isEmpty ? match.upperBound + 1 : match.upperBound
            }
            if text.count - start >= least { parts.append(part.lowerBound + start..<part.upperBound) }
        }
    }
}
