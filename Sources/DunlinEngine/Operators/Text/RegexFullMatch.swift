import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX `RegexFullMatch`: which elements a regular expression describes from end to end.
struct RegexFullMatch: EagerOperator {
    private let pattern: TokenPattern

    init(_ node: Node) throws(InferError) {
        guard let text = try node.string("pattern") else { throw node.missing("pattern") }
        // By itself first: a pattern with unmatched parentheses must not become a right one by those put around it.
        _ = try TokenPattern(text)
        pattern = try TokenPattern("\\A(\(text))\\z")
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bytes])
        return [TensorFact(.bool, inputs[0].extents)]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { preconditionFailure("RegexFullMatch without input") }
        var scratch = TokenPattern.Scratch()
        var results: [Bool] = []
        results.reserveCapacity(input.elementCount)
        for (index, element) in input.bytesElements.enumerated() {
            guard let characters = Self.characters(element) else {
                throw InferError(.invalidArgument, "element \(index) is not valid UTF-8")
            }
            results.append(
                characters.withUnsafeBufferPointer {
                    pattern.firstMatch(in: $0, from: 0, to: $0.count, scratch: &scratch) != nil
                })
        }
        return [Tensor(results, shape: input.shape)]
    }

    private static func characters(_ text: Bytes) -> [UInt32]? {
        text.withUnsafeBytes { bytes in
            var characters: [UInt32] = []
            characters.reserveCapacity(bytes.count)
            var index = 0
            while index < bytes.count {
                guard let character = UTF8Scan.next(bytes, &index) else { return nil }
                characters.append(character)
            }
            return characters
        }
    }
}
