import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinONNX
import DunlinTensor
import Testing

@Suite struct StringNormalizerTests {
    /// All of ASCII, and the same with a character of two to four bytes at each place of the first two words.
    static let texts: [String] = {
        let ascii = String(String.UnicodeScalarView((0..<128).map { Unicode.Scalar(UInt8($0)) }))
        var texts = [ascii, "", "A", "ABCDEFG", "ABCDEFGH", "ABCDEFGHI"]
        for character in ["É", "Ж", "Ⱥ", "ẞ", "𐐀", "中"] as [Character] {
            for place in 0...16 {
                var text = Array("AbCdEfGhIjKlMnOp@[`{")
                text.insert(character, at: place)
                texts.append(String(text))
            }
        }
        return texts
    }()

    @Test("changes each character by itself, wherever it stands", arguments: ["LOWER", "UPPER"])
    func changes(action: String) throws {
        let output = try run(action, Tensor(strings: Self.texts, shape: [Self.texts.count]))
        for (text, changed) in zip(Self.texts, output.strings) {
            let expected = text.unicodeScalars.map { scalar -> String in
                let mapped = action == "LOWER" ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
                return mapped.unicodeScalars.count == 1 ? mapped : String(scalar)
            }
            #expect(changed == expected.joined())
        }
    }

    @Test("bytes that are no UTF-8 are refused wherever they stand", arguments: [0, 7, 8, 15, 16])
    func refuses(place: Int) {
        var bytes = [UInt8](repeating: 0x41, count: 20)
        bytes[place] = 0xFF
        let input = Tensor(dataType: .bytes, shape: [1], bytes: Bytes([20, 0, 0, 0] + bytes))
        let error = #expect(throws: InferError.self) { try run("LOWER", input) }
        #expect(error?.message == "element 0 is not valid UTF-8")
    }

    private func run(_ action: String, _ input: Tensor) throws -> Tensor {
        let entry = try #require(Operators.entry(domain: "", name: "StringNormalizer", opset: 17))
        let node = Node(
            type: "StringNormalizer", opset: 17, attributes: ["case_change_action": .string(Bytes(action))])
        return try evaluate(try entry.make(node), [input])[0]
    }
}
