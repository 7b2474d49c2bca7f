/// A JSON number: an integer when it is written without point and exponent.
package enum JSONNumber: Sendable, Equatable {
    case int(Int64)
    case double(Double)
}

extension JSONScanner {
    /// Reads a number.
    ///
    /// - Throws: Also when an integer needs more than 64 bits or another number is too large for a `Double`.
    package mutating func readNumber() throws(JSONError) -> JSONNumber {
        skipBlanks()
        guard at < end, Self.beginsNumber(at) else { throw unexpected("a number") }
        let first = at
        guard let number = DecimalText(&at, end) else {
            at = first
            throw unexpected("a number")
        }
        didReadValue()
        if number.isInteger {
            guard let magnitude = number.magnitude, magnitude <= UInt64(Int64.max) + (number.isNegative ? 1 : 0)
            else {
                at = first
                throw unexpected("an integer in \(Int64.min)...\(Int64.max)")
            }
            return .int(number.isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude))
        }
        let value = number.double
        guard value.isFinite else {
            at = first
            throw unexpected(Double.expectation)
        }
        return .double(value)
    }

    /// Reads an integer: a number without point and exponent.
    package mutating func readInteger() throws(JSONError) -> Int {
        skipBlanks()
        let first = at
        guard at < end, Self.beginsNumber(at) else { throw unexpected("an integer") }
        guard case .int(let value) = try readNumber() else {
            at = first
            throw unexpected("an integer")
        }
        return Int(value)
    }

    /// Reads `true` or `false`.
    package mutating func readBool() throws(JSONError) -> Bool {
        skipBlanks()
        let value: Bool
        if at < end, Self.pass("true", &at, end) {
            value = true
        } else if at < end, Self.pass("false", &at, end) {
            value = false
        } else {
            throw unexpected("true or false")
        }
        didReadValue()
        return value
    }

    /// Reads `null`.
    package mutating func readNull() throws(JSONError) {
        skipBlanks()
        guard at < end, Self.pass("null", &at, end) else { throw unexpected("null") }
        didReadValue()
    }

    /// Passes one value of any kind, checking it as it goes; number tokens beyond JSON are let pass.
    package mutating func skipValue() throws(JSONError) {
        switch peek() {
        case .object:
            try enterObject()
            while try nextKey() != nil { try skipValue() }
        case .array:
            try enterArray()
            while try nextElement() { try skipValue() }
        case .string: _ = try passString()
        case .bool: _ = try readBool()
        case .null: try readNull()
        case .number, .other, .end:
            let first = at
            guard at < end, DecimalText(&at, end) != nil || Self.special(at: &at, end) != nil else {
                at = first
                throw unexpected("a value")
            }
            didReadValue()
        }
    }

    @inline(__always)
    static func beginsNumber(_ place: UnsafePointer<UInt8>) -> Bool {
        place.pointee &- UInt8(ascii: "0") < 10 || place.pointee == UInt8(ascii: "-")
    }

    /// Moves `place` behind `word` when that is what stands there.
    @inline(__always)
    static func pass(_ word: StaticString, _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - place >= count else { return false }
        for index in 0..<count where place[index] != word.utf8Start[index] { return false }
        place += count
        return true
    }

    /// The number of a token beyond JSON: `NaN`, `Infinity`, `-Infinity`, `Inf`, `-Inf`.
    @inline(never)
    private static func special(_ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double? {
        if pass("NaN", &place, end) { return .nan }
        if pass("Infinity", &place, end) || pass("Inf", &place, end) { return .infinity }
        if pass("-Infinity", &place, end) || pass("-Inf", &place, end) { return -.infinity }
        return nil
    }

    /// The same from a copy of `place`: whose address is given to a function that is called lies in memory, and a loop
    /// over numbers would wait for that memory with each.
    @inline(__always)
    static func special(at place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double? {
        var copy = place
        guard let value = special(&copy, end) else { return nil }
        place = copy
        return value
    }
}
