import DunlinBytes
import DunlinTensor
import Glibc

/// Memory that typed contents are written to, as a tensor has them; what does not fit is counted only.
struct GRPCElementSink {
    private let memory: UnsafeMutableRawPointer
    private let capacity: Int
    private let dataType: DataType
    private(set) var count = 0

    /// - Parameter capacity: Elements that `memory` has room for.
    init(memory: UnsafeMutableRawPointer, capacity: Int, _ dataType: DataType) {
        self.memory = memory
        self.capacity = capacity
        self.dataType = dataType
    }

    /// Reads the field that the cursor came to: one element, or packed ones.
    mutating func read(_ cursor: inout ProtobufCursor) throws(ProtobufError) {
        switch dataType {
        case .fp32: try readFixed(&cursor, UInt32.self, .fixed32)
        case .fp64: try readFixed(&cursor, UInt64.self, .fixed64)
        case .bool: try readNumbers(&cursor, UInt8.self) { $0 == 0 ? 0 : 1 }
        case .int8: try readNumbers(&cursor, Int8.self) { Int8(exactly: Int32(truncatingIfNeeded: $0)) }
        case .int16: try readNumbers(&cursor, Int16.self) { Int16(exactly: Int32(truncatingIfNeeded: $0)) }
        case .int32: try readNumbers(&cursor, Int32.self) { Int32(truncatingIfNeeded: $0) }
        case .int64: try readNumbers(&cursor, Int64.self) { Int64(bitPattern: $0) }
        case .uint8: try readNumbers(&cursor, UInt8.self) { UInt8(exactly: UInt32(truncatingIfNeeded: $0)) }
        case .uint16: try readNumbers(&cursor, UInt16.self) { UInt16(exactly: UInt32(truncatingIfNeeded: $0)) }
        case .uint32: try readNumbers(&cursor, UInt32.self) { UInt32(truncatingIfNeeded: $0) }
        case .uint64: try readNumbers(&cursor, UInt64.self) { $0 }
        case .fp16, .bf16, .bytes: preconditionFailure("\(dataType) has no numbers in contents")
        }
    }

    private mutating func readFixed<Element: FixedWidthInteger & BitwiseCopyable>(
        _ cursor: inout ProtobufCursor, _ type: Element.Type, _ wire: ProtobufCursor.Wire
    ) throws(ProtobufError) {
        let size = MemoryLayout<Element>.size
        if cursor.wire == wire {
            let element = try cursor.fixed(Element.self)
            if count < capacity { memory.storeBytes(of: element, toByteOffset: count * size, as: Element.self) }
            count += 1
            return
        }
        let packed = try cursor.payload()
        guard packed.count % size == 0 else {
            throw ProtobufError("\(packed.count) bytes of packed numbers is no multiple of \(size)")
        }
        let found = packed.count / size
        if let source = packed.baseAddress, count + found <= capacity {
            memcpy(memory + count * size, source, packed.count)
        }
        count += found
    }

    /// - Parameter convert: `nil` when the number is none of the tensor's type.
    @inline(__always)
    private mutating func readNumbers<Element: FixedWidthInteger & BitwiseCopyable>(
        _ cursor: inout ProtobufCursor, _ type: Element.Type, _ convert: (UInt64) -> Element?
    ) throws(ProtobufError) {
        var count = count
        let (capacity, memory) = (capacity, memory)
        let dataType = dataType
        try cursor.eachNumber { (value) throws(ProtobufError) in
            guard let element = convert(value) else {
                throw ProtobufError(
                    "expected \(dataType) numbers in \(Element.min)...\(Element.max), found "
                        + "\(Element.isSigned ? String(Int64(bitPattern: value)) : String(value)) in element \(count)")
            }
            if count < capacity {
                memory.storeBytes(of: element, toByteOffset: count * MemoryLayout<Element>.size, as: Element.self)
            }
            count += 1
        } failure: {
            $0
        }
        self.count = count
    }
}
