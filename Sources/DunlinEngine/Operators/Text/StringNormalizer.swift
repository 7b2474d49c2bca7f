import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX `StringNormalizer`: leaves out stop words and changes case, character by character.
struct StringNormalizer: EagerOperator {
    private let change: CaseChange?
    /// How elements are changed before they are compared with stop words; `nil`: not at all.
    private let comparison: CaseChange?
    private let stopWords: ByteStringTable

    init(_ node: Node) throws(InferError) {
        switch try node.string("case_change_action", default: "NONE") {
        case "NONE": change = nil
        case "LOWER": change = .lower
        case "UPPER": change = .upper
        case let name:
            throw InferError(
                .invalidArgument, "attribute 'case_change_action' is '\(name)'; expected LOWER, UPPER or NONE")
        }
        let isCaseSensitive = try node.bool("is_case_sensitive", default: false)
        comparison = isCaseSensitive ? nil : change ?? .lower
        // Turkish and Azeri change the case of i in their own way.
        let locale = try node.string("locale", default: "en_US")
        guard !locale.hasPrefix("tr"), !locale.hasPrefix("az") else {
            throw InferError(.unsupported, "case changes of the locale '\(locale)'")
        }
        var stopWords = ByteStringTable()
        for word in try node.strings("stopwords") ?? [] {
            stopWords.insert(try Self.changed(Bytes(word), comparison))
        }
        self.stopWords = stopWords
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bytes])
        try inputs.require(0, rank: 1...2)
        guard let extents = inputs[0].extents else { return [TensorFact(.bytes, nil)] }
        if extents.count == 2, extents[0] > 1 {
            throw InferError(.invalidArgument, "the input has \(extents[0]) rows, expected 1")
        }
        let columns = stopWords.count == 0 ? extents.last! : -1
        return [TensorFact(.bytes, extents.dropLast() + [columns])]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { throw InferError(.internal, "input 0 is absent") }
        guard input.elementCount > 0 else { throw InferError(.invalidArgument, "the input has no elements") }
        var builder = BytesBuilder(capacity: input.bytes.count + input.bytes.count / 4)
        var count = 0
        for (index, element) in input.bytesElements.enumerated() {
            do throws(InferError) {
                if stopWords.count > 0 {
                    let compared = try Self.changed(element, comparison)
                    if compared.withUnsafeBytes({ stopWords.find($0) }) != nil { continue }
                }
                try append(element, to: &builder)
                count += 1
            } catch {
                throw InferError(error.code, "element \(index) \(error.message)")
            }
        }
        if count == 0 {
            builder.append(littleEndian: UInt32(0))
            count = 1
        }
        return [
            Tensor(
                dataType: .bytes, shape: Shape(input.shape.dimensions.dropLast() + [count]), bytes: builder.finish())
        ]
    }

    /// Adds the changed element with its length before it.
    private func append(_ text: Bytes, to builder: inout BytesBuilder) throws(InferError) {
        guard let change else {
            builder.append(littleEndian: UInt32(text.count))
            builder.append(text)
            return
        }
        let start = builder.count
        builder.append(littleEndian: UInt32(0))
        guard text.withUnsafeBytes({ change.append($0, to: &builder) }) else {
            throw InferError(.invalidArgument, "is not valid UTF-8")
        }
        builder.overwrite(littleEndian: UInt32(builder.count - start - 4), at: start)
    }

    private static func changed(_ text: Bytes, _ change: CaseChange?) throws(InferError) -> Bytes {
        guard let change else { return text }
        var builder = BytesBuilder(capacity: text.count + 4)
        guard text.withUnsafeBytes({ change.append($0, to: &builder) }) else {
            throw InferError(.invalidArgument, "is not valid UTF-8")
        }
        return builder.finish()
    }
}

/// Lower or upper case by Unicode's simple mapping: one character for one.
enum CaseChange: Sendable {
    case lower, upper

    /// - Returns: False when `text` is not valid UTF-8.
    func append(_ text: UnsafeRawBufferPointer, to builder: inout BytesBuilder) -> Bool {
        let table = self == .lower ? Self.lowerTable : Self.upperTable
        var isValid = true
        builder.withSpace(text.count * 3) { target in
            let target = target.assumingMemoryBound(to: UInt8.self)
            var count = 0
            var index = 0
            while index < text.count {
                if index &+ 8 <= text.count,
                    let changed = ascii(text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                {
                    UnsafeMutableRawPointer(target + count).storeBytes(of: changed, as: UInt64.self)
                    (index, count) = (index &+ 8, count &+ 8)
                    continue
                }
                guard let character = UTF8Scan.next(text, &index) else {
                    isValid = false
                    return 0
                }
                let mapped = character < Self.tableCount ? table[Int(character)] : map(character)
                count &+= Self.encode(mapped, target + count)
            }
            return count
        }
        return isValid
    }

    /// Eight characters at once; `nil` when one of them is not ASCII.
    @inline(__always)
    private func ascii(_ characters: UInt64) -> UInt64? {
        let (every, highBits): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        guard characters & highBits == 0 else { return nil }
        // No sum carries into the next byte: both terms are below 0x80.
        let first: UInt64 = self == .lower ? 0x41 : 0x61
        let fromFirst = characters &+ every &* (0x80 - first)
        let afterLast = characters &+ every &* (0x80 - first - 26)
        return characters ^ (fromFirst & ~afterLast & highBits) &>> 2
    }

    /// The scripts that have case are nearly all below this.
    private static let tableCount: UInt32 = 0x600
    private static let lowerTable = (0..<tableCount).map { CaseChange.lower.map($0) }
    private static let upperTable = (0..<tableCount).map { CaseChange.upper.map($0) }

    private func map(_ character: UInt32) -> UInt32 {
        guard let scalar = Unicode.Scalar(character) else { return character }
        func single(_ text: String) -> UInt32? {
            text.unicodeScalars.count == 1 ? text.unicodeScalars.first!.value : nil
        }
        switch self {
        // İ: the full mapping has two characters, the simple one is i.
        case .lower: return character == 0x130 ? 0x69 : single(scalar.properties.lowercaseMapping) ?? character
        case .upper:
            return single(scalar.properties.uppercaseMapping) ?? single(scalar.properties.titlecaseMapping)
                ?? character
        }
    }

    private static func encode(_ character: UInt32, _ target: UnsafeMutablePointer<UInt8>) -> Int {
        switch character {
        case 0..<0x80:
            target[0] = UInt8(character)
            return 1
        case 0x80..<0x800:
            target[0] = UInt8(0xC0 | character >> 6)
            target[1] = UInt8(0x80 | character & 0x3F)
            return 2
        case 0x800..<0x10000:
            target[0] = UInt8(0xE0 | character >> 12)
            target[1] = UInt8(0x80 | character >> 6 & 0x3F)
            target[2] = UInt8(0x80 | character & 0x3F)
            return 3
        default:
            target[0] = UInt8(0xF0 | character >> 18)
            target[1] = UInt8(0x80 | character >> 12 & 0x3F)
            target[2] = UInt8(0x80 | character >> 6 & 0x3F)
            target[3] = UInt8(0x80 | character & 0x3F)
            return 4
        }
    }
}
