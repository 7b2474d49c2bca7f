extension JSONWriter {
    /// Writes elements as arrays nested as `extents` say; no extents: the one element.
    ///
    /// - Parameters:
    ///   - elements: As many as the product of the extents, aligned for `type`; not read when that is 0.
    package mutating func nested(_ type: JSONElementType, _ elements: UnsafeRawPointer?, _ extents: ArraySlice<Int>) {
        guard let count = extents.first else {
            if let elements { element(type, elements) } else { null() }
            return
        }
        guard extents.count > 1 else { return array(type, elements, count: count) }
        let inner = extents.dropFirst()
        let step = inner.reduce(type.byteCount, *)
        beginArray()
        for index in 0..<count { nested(type, elements.map { $0 + index * step }, inner) }
        endArray()
    }

    /// Writes elements in the raw form of `BYTES` as arrays nested as `extents` say.
    ///
    /// - Parameters:
    ///   - offset: Where the first element begins in `elements`; moved behind the last.
    ///   - asBase64: Writes each as `{"b64": "…"}`; otherwise only those that are not UTF-8 are.
    /// - Precondition: `elements` holds as many elements as the extents say. Those that are cut short are empty.
    package mutating func nestedStrings(
        _ elements: UnsafeRawBufferPointer, at offset: inout Int, _ extents: ArraySlice<Int>, asBase64: Bool
    ) {
        guard let count = extents.first else { return string(elements, at: &offset, asBase64) }
        beginArray()
        for _ in 0..<count { nestedStrings(elements, at: &offset, extents.dropFirst(), asBase64: asBase64) }
        endArray()
    }

    private mutating func string(_ elements: UnsafeRawBufferPointer, at offset: inout Int, _ asBase64: Bool) {
        var text = UnsafeRawBufferPointer(start: nil, count: 0)
        if offset + 4 <= elements.count {
            let length = Int(UInt32(littleEndian: elements.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            let start = offset + 4
            let stop = min(start + length, elements.count)
            text = UnsafeRawBufferPointer(rebasing: elements[start..<stop])
            offset = stop
        }
        separate()
        guard asBase64 || !JSONText.isUTF8(text) else { return quote(text) }
        builder.append("{\"b64\":\"")
        Base64.encode(text, into: &builder)
        builder.append("\"}")
    }
}
