/// A type that elements of JSON arrays are read into.
protocol JSONElement: BitwiseCopyable {
    /// What is expected of an element, for messages.
    static var expectation: String { get }

    /// Reads the element at `place`, stores it in `slot` and moves `place` behind it; false, with `place` and `slot`
    /// anyhow, when what stands there is not what is expected.
    static func read(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool

    /// The same, but integers must be written without point and exponent.
    static func readPlain(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool
}

extension JSONElement {
    @inline(__always)
    static func readPlain(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool {
        read(&place, end, into: slot)
    }
}

/// One byte, 0 or 1.
struct JSONBool: JSONElement {
    let byte: UInt8

    static var expectation: String { "true or false" }

    @inline(__always)
    static func read(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool {
        if JSONScanner.pass("true", &place, end) {
            slot.pointee = JSONBool(byte: 1)
        } else if JSONScanner.pass("false", &place, end) {
            slot.pointee = JSONBool(byte: 0)
        } else {
            return false
        }
        return true
    }
}

protocol JSONIntegerElement: JSONElement, FixedWidthInteger {}

extension JSONIntegerElement {
    static var expectation: String { "an integer in \(Self.min)...\(Self.max)" }

    @inline(__always)
    static func read(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool {
        read(&place, end, into: slot, isPlain: false)
    }

    @inline(__always)
    static func readPlain(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool {
        read(&place, end, into: slot, isPlain: true)
    }

    @inline(__always)
    private static func read(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>,
        isPlain: Bool
    ) -> Bool {
        let first = place
        let isNegative = first.pointee == UInt8(ascii: "-")
        let digits = isNegative ? first + 1 : first
        var at = digits
        var magnitude: UInt64 = 0
        DecimalText.digits(&at, &magnitude)
        let count = at - digits
        let next = at.pointee
        if isPlain, next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") { return false }
        if count == 0 || count > 19 || next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e")
            || (digits.pointee == UInt8(ascii: "0") && count > 1)
        {
            // A copy, so that `place` stays in a register.
            var copy = place
            let isRead = readUnusual(&copy, end, into: slot)
            place = copy
            return isRead
        }
        place = at
        return store(magnitude, isNegative: isNegative, into: slot)
    }

    /// More than 19 digits, a point or an exponent, or no number at all.
    @inline(never)
    private static func readUnusual(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool {
        guard let number = DecimalText(&place, end) else { return false }
        guard let magnitude = number.magnitude else { return false }
        return store(magnitude, isNegative: number.isNegative, into: slot)
    }

    @inline(__always)
    private static func store(
        _ magnitude: UInt64, isNegative: Bool, into slot: UnsafeMutablePointer<Self>
    ) -> Bool {
        if isNegative {
            // The magnitude of `min` is one more than `max`; for unsigned types it is 0.
            if magnitude > UInt64(Self.min.magnitude) { return false }
            slot.pointee = Self(truncatingIfNeeded: 0 &- magnitude)
        } else {
            if magnitude > UInt64(Self.max.magnitude) { return false }
            slot.pointee = Self(truncatingIfNeeded: magnitude)
        }
        return true
    }
}

extension Int8: JSONIntegerElement {}
extension Int16: JSONIntegerElement {}
extension Int32: JSONIntegerElement {}
extension Int64: JSONIntegerElement {}
extension UInt8: JSONIntegerElement {}
extension UInt16: JSONIntegerElement {}
extension UInt32: JSONIntegerElement {}
extension UInt64: JSONIntegerElement {}

extension Float: JSONElement {
    static var expectation: String { "a number within ±3.4028235e38 (FP32)" }

    @inline(__always)
    static func read(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool {
        guard let number = DecimalText(&place, end) else {
            guard let special = JSONScanner.special(at: &place, end) else { return false }
            slot.pointee = Float(special)
            return true
        }
        let value = number.float
        if value.magnitude == .infinity { return false }
        slot.pointee = value
        return true
    }
}

extension Double: JSONElement {
    static var expectation: String { "a number within ±1.7976931348623157e308 (FP64)" }

    @inline(__always)
    static func read(
        _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into slot: UnsafeMutablePointer<Self>
    ) -> Bool {
        guard let number = DecimalText(&place, end) else {
            guard let special = JSONScanner.special(at: &place, end) else { return false }
            slot.pointee = special
            return true
        }
        let value = number.double
        if value.magnitude == .infinity { return false }
        slot.pointee = value
        return true
    }
}
