/// What a text must be instead, for the sentence that tells whoever wrote it.
package struct TextProblem: Error, Equatable {
    package let text: String

    package init(_ text: String) { self.text = text }
}

/// The values of trace settings, which are texts in Triton's protocol and on its command line.
package enum TraceSettingText {
    /// `OFF` or `TIMESTAMPS`.
    package static func level(_ text: String) -> Result<TraceSetting.Level, TextProblem> {
        switch text {
        case "OFF": .success(.off)
        case "TIMESTAMPS": .success(.timestamps)
        case "TENSORS":
            .failure(
                TextProblem("TENSORS is not supported: it would write what clients send into a file; use TIMESTAMPS"))
        default: .failure(TextProblem("must be OFF or TIMESTAMPS"))
        }
    }

    /// - Returns: `nil` unless the text is a whole number in `range`, in digits.
    package static func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
        guard !text.hasPrefix("+"), let number = Int(text), range.contains(number) else { return nil }
        return number
    }
}

enum PercentText {
    /// With `%41` read as `A`; what is no such escape stays as it is.
    static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let byte = UInt8(String(decoding: source[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
