import DunlinInference

/// The text of an `Einsum`, read: a letter for each axis of each operand and of the result.
struct EinsumEquation: Sendable {
    /// The axes of `...`, which no letter names.
    static let ellipsis: UInt8 = 0

    let operands: [[UInt8]]
    let output: [UInt8]

    /// - Throws: `.invalidArgument` for anything but letters, `,`, `...`, spaces and one `->`.
    init(_ text: String) throws(InferError) {
        let bytes = text.utf8.filter { $0 != UInt8(ascii: " ") }
        let invalid = InferError(.invalidArgument, "attribute 'equation' is '\(text.prefix(200))'")
        var terms: [[UInt8]] = [[]]
        var arrow: Int?
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
                terms[terms.count - 1].append(bytes[index])
            case UInt8(ascii: "."):
                guard bytes[index...].prefix(3).elementsEqual("...".utf8),
                    !(terms.last?.contains(Self.ellipsis) ?? false)
                else { throw invalid }
                terms[terms.count - 1].append(Self.ellipsis)
                index += 2
            case UInt8(ascii: ",") where arrow == nil: terms.append([])
            case UInt8(ascii: "-") where arrow == nil && bytes[index...].prefix(2).elementsEqual("->".utf8):
                arrow = terms.count
                terms.append([])
                index += 1
            default: throw invalid
            }
            index += 1
        }
        let inputs = Array(terms[..<(arrow ?? terms.count)])
        operands = inputs
        let letters = inputs.flatMap { $0 }
        guard arrow != nil else {
            // Without a result the letters that appear once, in the alphabet's order, after the unnamed axes.
            let once = Set(letters).filter { letter in
                letter != Self.ellipsis && letters.count(where: { $0 == letter }) == 1
            }
            output = (letters.contains(Self.ellipsis) ? [Self.ellipsis] : []) + once.sorted()
            return
        }
        output = terms[terms.count - 1]
        guard Set(output).count == output.count, Set(output).isSubset(of: letters) else { throw invalid }
    }
}
