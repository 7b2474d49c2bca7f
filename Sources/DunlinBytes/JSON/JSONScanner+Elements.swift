extension JSONScanner {
    /// Reads an array, flat or nested in any way, and stores its elements one after the other.
    ///
    /// Integers must have integral values in the type's range, exactly; `1.0` and `1e3` are integral. Floating-point
    /// numbers are rounded to the nearest value and refused when that is infinite, but for the tokens `Infinity` and
    /// `-Infinity`.
    ///
    /// - Parameters:
    ///   - memory: Room for `capacity` elements, aligned for `type`. Elements beyond are checked and counted only.
    /// - Returns: How many elements the array has.
    package mutating func readElements(
        _ type: JSONElementType, into memory: UnsafeMutableRawPointer, capacity: Int
    ) throws(JSONError) -> Int {
        switch type {
        case .bool: try read(JSONBool.self, memory, capacity)
        case .uint8: try read(UInt8.self, memory, capacity)
        case .uint16: try read(UInt16.self, memory, capacity)
        case .uint32: try read(UInt32.self, memory, capacity)
        case .uint64: try read(UInt64.self, memory, capacity)
        case .int8: try read(Int8.self, memory, capacity)
        case .int16: try read(Int16.self, memory, capacity)
        case .int32: try read(Int32.self, memory, capacity)
        case .int64: try read(Int64.self, memory, capacity)
        case .float: try read(Float.self, memory, capacity)
        case .double: try read(Double.self, memory, capacity)
        }
    }

    /// Reads one element that stands outside any array of its kind, and appends it to `builder`.
    package mutating func readElement(
        _ type: JSONElementType, appendedTo builder: inout BytesBuilder
    ) throws(JSONError) {
        switch type {
        case .bool: try readOne(JSONBool.self, &builder)
        case .uint8: try readOne(UInt8.self, &builder)
        case .uint16: try readOne(UInt16.self, &builder)
        case .uint32: try readOne(UInt32.self, &builder)
        case .uint64: try readOne(UInt64.self, &builder)
        case .int8: try readOne(Int8.self, &builder)
        case .int16: try readOne(Int16.self, &builder)
        case .int32: try readOne(Int32.self, &builder)
        case .int64: try readOne(Int64.self, &builder)
        case .float: try readOne(Float.self, &builder)
        case .double: try readOne(Double.self, &builder)
        }
    }

    private mutating func readOne<Element: JSONElement>(
        _ type: Element.Type, _ builder: inout BytesBuilder
    ) throws(JSONError) {
        skipBlanks()
        guard at < end else { throw unexpected(Element.expectation) }
        let end = end
        var place = at
        let isRead = withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { slot in
            guard Element.read(&place, end, into: slot.baseAddress.unsafelyUnwrapped) else { return false }
            builder.append(UnsafeRawBufferPointer(slot))
            return true
        }
        guard isRead else { throw unexpected(Element.expectation) }
        at = place
        didReadValue()
    }

    /// Reads an array of strings, flat or nested in any way, and appends each in the raw form of `BYTES`: a 4-byte
    /// little-endian length, then the string's UTF-8.
    ///
    /// - Parameter byteLimit: Bytes that `builder` may hold.
    /// - Returns: How many strings the array has.
    package mutating func readStrings(
        lengthPrefixedInto builder: inout BytesBuilder, byteLimit: Int
    ) throws(JSONError) -> Int {
        guard peek() == .array else { throw unexpected("an array") }
        let levelLimit = remainingDepth
        var levels = 0
        var count = 0
        elements: while true {
            skipBlanks()
            if at < end, at.pointee == UInt8(ascii: "[") {
                levels += 1
                if levels > levelLimit { try deepen(by: levels) }
                at += 1
                skipBlanks()
                guard at < end else { throw unexpected("a string") }
                if at.pointee != UInt8(ascii: "]") { continue }
            } else {
                let text = try readText()
                guard text.count <= UInt32.max, builder.count + 4 + text.count <= byteLimit else {
                    throw JSONError(offset: offset, message: "expected at most \(byteLimit) bytes of strings")
                }
                builder.append(littleEndian: UInt32(text.count))
                builder.append(text.buffer)
                count += 1
            }
            while true {
                skipBlanks()
                guard at < end else { throw unexpected("',' or ']'") }
                if at.pointee == UInt8(ascii: ",") {
                    at += 1
                    continue elements
                }
                guard at.pointee == UInt8(ascii: "]") else { throw unexpected("',' or ']'") }
                at += 1
                levels -= 1
                if levels == 0 { break elements }
            }
        }
        didReadValue()
        return count
    }

    private mutating func read<Element: JSONElement>(
        _ type: Element.Type, _ memory: UnsafeMutableRawPointer, _ capacity: Int
    ) throws(JSONError) -> Int {
        skipBlanks()
        guard at < end, at.pointee == UInt8(ascii: "[") else { throw unexpected("an array") }
        let slots = memory.assumingMemoryBound(to: Element.self)
        let levelLimit = remainingDepth
        let end = end
        var place = at
        var levels = 0
        var count = 0
        elements: while true {
            // A value: an element, or an array that begins.
            while Self.isBlank(place.pointee) { place += 1 }
            if place.pointee == UInt8(ascii: "[") {
                levels += 1
                if levels > levelLimit {
                    at = place
                    try deepen(by: levels)
                }
                place += 1
                while Self.isBlank(place.pointee) { place += 1 }
                if place.pointee != UInt8(ascii: "]") { continue }
            } else {
                let first = place
                let isRead =
                    count < capacity
                    ? Element.read(&place, end, into: slots + count) : Self.readBeyond(type, at: &place, end)
                if !isRead {
                    at = first
                    throw unexpected(Element.expectation)
                }
                count += 1
            }
            // Behind a value: a comma, or arrays that end.
            while true {
                while Self.isBlank(place.pointee) { place += 1 }
                if place.pointee == UInt8(ascii: ",") {
                    place += 1
                    continue elements
                }
                guard place.pointee == UInt8(ascii: "]") else {
                    at = place
                    throw unexpected("',' or ']'")
                }
                place += 1
                levels -= 1
                if levels == 0 { break elements }
                if place == end {
                    at = place
                    throw unexpected("',' or ']'")
                }
            }
        }
        at = place
        didReadValue()
        return count
    }

    /// Checks an element there is no room for.
    @inline(__always)
    private static func readBeyond<Element: JSONElement>(
        _ type: Element.Type, at place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> Bool {
        // A copy, so that `place` stays in a register.
        var copy = place
        let isRead = readBeyond(type, &copy, end)
        place = copy
        return isRead
    }

    @inline(never)
    private static func readBeyond<Element: JSONElement>(
        _ type: Element.Type, _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> Bool {
        withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) {
            Element.read(&place, end, into: $0.baseAddress.unsafelyUnwrapped)
        }
    }
}
