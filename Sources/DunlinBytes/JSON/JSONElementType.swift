/// The fixed-size elements that JSON arrays are read into and written from.
///
/// Little-endian in memory, aligned to their size; the V2 datatypes of the same names. `bool` is one byte, 0 or 1.
package enum JSONElementType: Sendable, CaseIterable {
    case bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float, double

    /// Bytes of one element.
    package var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float: 4
        case .uint64, .int64, .double: 8
        }
    }
}
