extension JSONWriter {
    /// Writes `count` elements at `elements` as one flat array.
    ///
    /// - Precondition: `elements` is aligned for `type`; programmer error otherwise.
    package mutating func array(_ type: JSONElementType, _ elements: UnsafeRawPointer?, count: Int) {
        separate()
        builder.append(UInt8(ascii: "["))
        if count > 0, let elements { write(type, elements, count: count) }
        builder.append(UInt8(ascii: "]"))
    }

    /// Writes the element at `element` by itself, without brackets.
    ///
    /// - Precondition: `element` is aligned for `type`; programmer error otherwise.
    package mutating func element(_ type: JSONElementType, _ element: UnsafeRawPointer) {
        separate()
        write(type, element, count: 1)
    }

    private mutating func write(_ type: JSONElementType, _ elements: UnsafeRawPointer, count: Int) {
        switch type {
        case .bool:
            write(elements, as: UInt8.self, count: count, most: 5) { value, out in
                let word: StaticString = value != 0 ? "true" : "false"
                out.copyMemory(from: word.utf8Start, byteCount: word.utf8CodeUnitCount)
                return word.utf8CodeUnitCount
            }
        case .uint8:
            write(elements, as: UInt8.self, count: count, most: 3) { DecimalInteger.write(UInt64($0), to: $1) }
        case .uint16:
            write(elements, as: UInt16.self, count: count, most: 5) { DecimalInteger.write(UInt64($0), to: $1) }
        case .uint32:
            write(elements, as: UInt32.self, count: count, most: 10) { DecimalInteger.write(UInt64($0), to: $1) }
        case .uint64:
            write(elements, as: UInt64.self, count: count, most: 20) { DecimalInteger.write($0, to: $1) }
        case .int8:
            write(elements, as: Int8.self, count: count, most: 4) { DecimalInteger.write(Int64($0), to: $1) }
        case .int16:
            write(elements, as: Int16.self, count: count, most: 6) { DecimalInteger.write(Int64($0), to: $1) }
        case .int32:
            write(elements, as: Int32.self, count: count, most: 11) { DecimalInteger.write(Int64($0), to: $1) }
        case .int64:
            write(elements, as: Int64.self, count: count, most: 20) { DecimalInteger.write($0, to: $1) }
        case .float:
            write(elements, as: Float.self, count: count, most: ShortestDecimal.maxByteCount) {
                ShortestDecimal.write($0, to: $1.assumingMemoryBound(to: UInt8.self))
            }
        case .double:
            write(elements, as: Double.self, count: count, most: ShortestDecimal.maxByteCount) {
                ShortestDecimal.write($0, to: $1)
            }
        }
    }

    /// Writes elements in the raw form of `BYTES` (each a 4-byte little-endian length, then that many bytes) as an
    /// array of strings.
    ///
    /// - Returns: The index of the first element that is not UTF-8 or is cut short, or `nil` when all were written.
    ///   After a failure what was written is not to be used.
    package mutating func strings(lengthPrefixed bytes: Bytes) -> Int? {
        beginArray()
        let failure = bytes.withUnsafeBytes { source -> Int? in
            var offset = 0
            var index = 0
            while offset < source.count {
                guard offset + 4 <= source.count else { return index }
                let length = Int(UInt32(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                offset += 4
                guard offset + length <= source.count else { return index }
                let element = UnsafeRawBufferPointer(rebasing: source[offset..<(offset + length)])
                guard JSONText.isUTF8(element) else { return index }
                separate()
                quote(element)
                offset += length
                index += 1
            }
            return nil
        }
        endArray()
        return failure
    }

    /// Writes bytes as one string.
    ///
    /// - Returns: False when they are not UTF-8; what was written is not to be used then.
    package mutating func string(_ bytes: Bytes) -> Bool {
        bytes.withUnsafeBytes { source in
            guard JSONText.isUTF8(source) else { return false }
            separate()
            quote(source)
            return true
        }
    }

    /// The loop over one element type; closures are inlined, and room is made for a block of elements at a time.
    @inline(__always)
    private mutating func write<Element: BitwiseCopyable>(
        _ elements: UnsafeRawPointer, as type: Element.Type, count: Int, most: Int,
        _ one: (Element, UnsafeMutableRawPointer) -> Int
    ) {
        let block = 512
        let source = elements.assumingMemoryBound(to: Element.self)
        var index = 0
        while index < count {
            let stop = min(index + block, count)
            // A comma each, and slack for writers that store whole words.
            builder.withSpace((stop - index) * (most + 1)) { space in
                var out = space
                while index < stop {
                    if index > 0 {
                        out.storeBytes(of: UInt8(ascii: ","), as: UInt8.self)
                        out += 1
                    }
                    out += one(source[index], out)
                    index += 1
                }
                return out - space
            }
        }
    }
}
