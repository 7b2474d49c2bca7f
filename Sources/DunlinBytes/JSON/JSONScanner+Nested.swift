extension JSONScanner {
    /// Reads one element, or arrays of elements nested in a regular way, and appends the elements to `builder`.
    ///
    /// The extents need not be known: `nesting` finds them. Elements are as for `readElements`, but integers must be
    /// written without point and exponent.
    ///
    /// - Parameters:
    ///   - builder: Holds elements of this type only.
    ///   - byteLimit: Bytes that `builder` may hold.
    package mutating func readNested(
        _ type: JSONElementType, _ nesting: inout JSONNesting, into builder: inout BytesBuilder, byteLimit: Int
    ) throws(JSONError) {
        switch type {
        case .bool: try read(JSONBool.self, &nesting, &builder, byteLimit)
        case .uint8: try read(UInt8.self, &nesting, &builder, byteLimit)
        case .uint16: try read(UInt16.self, &nesting, &builder, byteLimit)
        case .uint32: try read(UInt32.self, &nesting, &builder, byteLimit)
        case .uint64: try read(UInt64.self, &nesting, &builder, byteLimit)
        case .int8: try read(Int8.self, &nesting, &builder, byteLimit)
        case .int16: try read(Int16.self, &nesting, &builder, byteLimit)
        case .int32: try read(Int32.self, &nesting, &builder, byteLimit)
        case .int64: try read(Int64.self, &nesting, &builder, byteLimit)
        case .float: try read(Float.self, &nesting, &builder, byteLimit)
        case .double: try read(Double.self, &nesting, &builder, byteLimit)
        }
    }

    /// The same for strings, and for `{"b64": "…"}`, which stands for the bytes it encodes. Each is appended in the raw
    /// form of `BYTES`: a 4-byte little-endian length, then the bytes.
    package mutating func readNestedStrings(
        _ nesting: inout JSONNesting, into builder: inout BytesBuilder, byteLimit: Int
    ) throws(JSONError) {
        guard try enterRun(&nesting) else { return }
        while true {
            var count = 0
            while true {
                try appendString(to: &builder, byteLimit)
                count += 1
                if nesting.level == 0 { break }
                skipBlanks()
                guard at < end, at.pointee == UInt8(ascii: ",") else { break }
                at += 1
            }
            guard try leaveRun(&nesting, count: count) else { return }
            guard try enterRun(&nesting) else { return }
        }
    }

    private mutating func appendString(to builder: inout BytesBuilder, _ byteLimit: Int) throws(JSONError) {
        switch peek() {
        case .string: try append(try readText(), isBase64: false, to: &builder, byteLimit)
        case .object:
            try enterObject()
            guard let key = try nextKey(), key == "b64" else {
                throw JSONError(offset: offset, message: #"expected a string or {"b64": "…"}, found an object"#)
            }
            try append(try readText(), isBase64: true, to: &builder, byteLimit)
            guard try nextKey() == nil else {
                throw JSONError(offset: offset, message: #"expected 'b64' as the only key, found another one"#)
            }
        default: throw unexpected(#"a string or {"b64": "…"}"#)
        }
    }

    private mutating func append(
        _ text: JSONText, isBase64: Bool, to builder: inout BytesBuilder, _ byteLimit: Int
    ) throws(JSONError) {
        guard text.count <= UInt32.max, builder.count + 4 + text.count <= byteLimit else {
            throw JSONError(offset: offset, message: "expected at most \(byteLimit) bytes of strings")
        }
        let start = builder.count
        builder.append(littleEndian: UInt32(text.count))
        guard isBase64 else { return builder.append(text.buffer) }
        guard Base64.decode(text.buffer, into: &builder) else {
            throw JSONError(offset: offset, message: "expected base64 after 'b64', found other text")
        }
        builder.overwrite(littleEndian: UInt32(builder.count - start - 4), at: start)
    }

    // MARK: Numbers

    private mutating func read<Element: JSONElement>(
        _ type: Element.Type, _ nesting: inout JSONNesting, _ builder: inout BytesBuilder, _ byteLimit: Int
    ) throws(JSONError) {
        guard try enterRun(&nesting) else { return }
        // A guess: numbers of eight bytes, commas included. There may be many columns, and the body is only one's.
        if nesting.level > 0, builder.count == 0 {
            builder.reserve(min(remainingCount / 8 * MemoryLayout<Element>.stride, byteLimit, Self.mostReserved))
        }
        while true {
            let count = try readRun(type, isSingle: nesting.level == 0, into: &builder, byteLimit)
            guard try leaveRun(&nesting, count: count) else { return }
            guard try enterRun(&nesting) else { return }
        }
    }

    /// Bytes that are set aside before anything is read.
    private static var mostReserved: Int { 4 << 20 }

    /// Elements that are read before more room is made.
    private static var blockCount: Int { 256 }

    /// Reads elements and the commas between them; the first one stands here.
    private mutating func readRun<Element: JSONElement>(
        _ type: Element.Type, isSingle: Bool, into builder: inout BytesBuilder, _ byteLimit: Int
    ) throws(JSONError) -> Int {
        let size = MemoryLayout<Element>.stride
        let end = end
        var place = at
        var count = 0
        var isMore = true
        while isMore {
            let room = min(Self.blockCount, (end - place) / 2 + 1, (byteLimit - builder.count) / size)
            guard room > 0 else {
                at = place
                throw JSONError(
                    offset: offset,
                    message: "data expands beyond the maximum allowed input size of \(byteLimit) bytes")
            }
            var first = place
            var isRead = true
            var read = 0
            builder.withSpace(room * size) { space in
                let slots = space.assumingMemoryBound(to: Element.self)
                while read < room {
                    first = place
                    guard Element.readPlain(&place, end, into: slots + read) else {
                        isRead = false
                        break
                    }
                    read &+= 1
                    while Self.isBlank(place.pointee) { place += 1 }
                    if isSingle || place.pointee != UInt8(ascii: ",") {
                        isMore = false
                        break
                    }
                    place += 1
                    while Self.isBlank(place.pointee) { place += 1 }
                }
                return read &* size
            }
            guard isRead else {
                at = first
                throw unexpected(Element.expectation)
            }
            count += read
        }
        at = place
        return count
    }

    // MARK: Arrays

    /// Enters arrays up to the next element; false when the value ends before one, in empty arrays.
    private mutating func enterRun(_ nesting: inout JSONNesting) throws(JSONError) -> Bool {
        while true {
            skipBlanks()
            guard at < end else { throw unexpected("a value") }
            guard at.pointee == UInt8(ascii: "[") else {
                guard nesting.beginRun() else { throw unexpected("an array, as before") }
                return true
            }
            guard nesting.mayOpen else { throw unexpected("no array at this depth") }
            guard nesting.level < remainingDepth else {
                throw JSONError(
                    offset: offset, message: "JSON nesting depth exceeds maximum allowed limit (\(Self.maxDepth))")
            }
            nesting.open()
            at += 1
            skipBlanks()
            guard at < end, at.pointee == UInt8(ascii: "]") else { continue }
            guard nesting.beginRun() else { throw unexpected("an array, as before") }
            guard try leaveRun(&nesting, count: 0) else { return false }
        }
    }

    /// Leaves the arrays that end behind `count` elements; true when another value follows.
    private mutating func leaveRun(_ nesting: inout JSONNesting, count: Int) throws(JSONError) -> Bool {
        nesting.endRun(count: count)
        while nesting.level > 0 {
            skipBlanks()
            guard at < end else { throw unexpected("',' or ']'") }
            if at.pointee == UInt8(ascii: ",") {
                at += 1
                return true
            }
            guard at.pointee == UInt8(ascii: "]") else { throw unexpected("',' or ']'") }
            if let (expected, found) = nesting.close() {
                throw JSONError(
                    offset: offset, message: "expected \(expected) elements as in the arrays before, found \(found)")
            }
            at += 1
        }
        didReadValue()
        return false
    }
}
