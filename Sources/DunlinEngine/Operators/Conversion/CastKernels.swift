import DunlinInference
import DunlinKernels
import DunlinTensor

/// One kernel for each pair of fixed-size types. Half types go through FP32.
enum CastKernels {
    static func kernel(from source: DataType, to target: DataType) throws(InferError) -> Kernel {
        switch source {
        case .bool: return try fromBool(target)
        case .int8: return fromInteger(Int8.self, target)
        case .int16: return fromInteger(Int16.self, target)
        case .int32: return fromInteger(Int32.self, target)
        case .int64: return fromInteger(Int64.self, target)
        case .uint8: return fromInteger(UInt8.self, target)
        case .uint16: return fromInteger(UInt16.self, target)
        case .uint32: return fromInteger(UInt32.self, target)
        case .uint64: return fromInteger(UInt64.self, target)
        case .fp32: return fromFloat(Float.self, target)
        case .fp64: return fromFloat(Double.self, target)
        case .fp16:
            return target == .fp32 ? Kernel { widenFP16($0.input(0), into: $0.output(0)) } : fromHalf(source, target)
        case .bf16:
            return target == .fp32 ? Kernel { widenBF16($0.input(0), into: $0.output(0)) } : fromHalf(source, target)
        case .bytes: preconditionFailure("text is evaluated")
        }
    }

    private static func fromInteger<Source: FixedWidthInteger & TensorElement>(
        _ type: Source.Type, _ target: DataType
    ) -> Kernel {
        switch target {
        case .bool: return map(type, Bool.self) { $0 != 0 }
        case .int8: return map(type, Int8.self) { Int8(truncatingIfNeeded: $0) }
        case .int16: return map(type, Int16.self) { Int16(truncatingIfNeeded: $0) }
        case .int32: return map(type, Int32.self) { Int32(truncatingIfNeeded: $0) }
        case .int64: return map(type, Int64.self) { Int64(truncatingIfNeeded: $0) }
        case .uint8: return map(type, UInt8.self) { UInt8(truncatingIfNeeded: $0) }
        case .uint16: return map(type, UInt16.self) { UInt16(truncatingIfNeeded: $0) }
        case .uint32: return map(type, UInt32.self) { UInt32(truncatingIfNeeded: $0) }
        case .uint64: return map(type, UInt64.self) { UInt64(truncatingIfNeeded: $0) }
        case .fp16: return map(type, Float16.self) { Float16($0) }
        case .bf16: return map(type, BFloat16.self) { BFloat16(Float($0)) }
        case .fp32: return map(type, Float.self) { Float($0) }
        case .fp64: return map(type, Double.self) { Double($0) }
        case .bytes: preconditionFailure("text is evaluated")
        }
    }

    private static func fromFloat<Source: BinaryFloatingPoint & TensorElement>(
        _ type: Source.Type, _ target: DataType
    ) -> Kernel {
        switch target {
        case .bool: return map(type, Bool.self) { $0 != 0 }
        case .int8: return map(type, Int8.self) { Int8(saturating: Double($0)) }
        case .int16: return map(type, Int16.self) { Int16(saturating: Double($0)) }
        case .int32: return map(type, Int32.self) { Int32(saturating: Double($0)) }
        case .int64: return map(type, Int64.self) { Int64(saturating: Double($0)) }
        case .uint8: return map(type, UInt8.self) { UInt8(saturating: Double($0)) }
        case .uint16: return map(type, UInt16.self) { UInt16(saturating: Double($0)) }
        case .uint32: return map(type, UInt32.self) { UInt32(saturating: Double($0)) }
        case .uint64: return map(type, UInt64.self) { UInt64(saturating: Double($0)) }
        case .fp16:
            if type == Float.self { return Kernel { narrowToFP16($0.input(0), into: $0.output(0)) } }
            return map(type, Float16.self) { Float16($0) }
        case .bf16:
            if type == Float.self { return Kernel { narrowToBF16($0.input(0), into: $0.output(0)) } }
            return map(type, BFloat16.self) { BFloat16(Float($0)) }
        case .fp32: return map(type, Float.self) { Float($0) }
        case .fp64: return map(type, Double.self) { Double($0) }
        case .bytes: preconditionFailure("text is evaluated")
        }
    }

    private static func fromBool(_ target: DataType) throws(InferError) -> Kernel {
        let access = try NumberAccess(target)
        return Kernel { buffers in
            let input = buffers.input(0, as: Bool.self)
            let output = buffers.bytes(ofOutput: 0)
            for index in input.indices { access.store(input[index] ? 1 : 0, output, index) }
        }
    }

    private static func fromHalf(_ source: DataType, _ target: DataType) -> Kernel {
        let isBFloat = source == .bf16
        let load: @Sendable (UInt16) -> Float = { bits in
            isBFloat ? BFloat16(bitPattern: bits).float : Float(Float16(bitPattern: bits))
        }
        switch target {
        case .bool: return map(UInt16.self, Bool.self) { load($0) != 0 }
        case .int8: return map(UInt16.self, Int8.self) { Int8(saturating: Double(load($0))) }
        case .int16: return map(UInt16.self, Int16.self) { Int16(saturating: Double(load($0))) }
        case .int32: return map(UInt16.self, Int32.self) { Int32(saturating: Double(load($0))) }
        case .int64: return map(UInt16.self, Int64.self) { Int64(saturating: Double(load($0))) }
        case .uint8: return map(UInt16.self, UInt8.self) { UInt8(saturating: Double(load($0))) }
        case .uint16: return map(UInt16.self, UInt16.self) { UInt16(saturating: Double(load($0))) }
        case .uint32: return map(UInt16.self, UInt32.self) { UInt32(saturating: Double(load($0))) }
        case .uint64: return map(UInt16.self, UInt64.self) { UInt64(saturating: Double(load($0))) }
        case .fp16: return map(UInt16.self, Float16.self) { Float16(load($0)) }
        case .bf16: return map(UInt16.self, BFloat16.self) { BFloat16(load($0)) }
        case .fp32: return map(UInt16.self, Float.self) { load($0) }
        case .fp64: return map(UInt16.self, Double.self) { Double(load($0)) }
        case .bytes: preconditionFailure("text is evaluated")
        }
    }

    private static func map<Source: BitwiseCopyable, Target: BitwiseCopyable>(
        _ source: Source.Type, _ target: Target.Type, _ convert: @escaping @Sendable (Source) -> Target
    ) -> Kernel {
        Kernel { buffers in
            let input = buffers.input(0, as: source)
            let output = buffers.output(0, as: target)
            for index in input.indices { output[index] = convert(input[index]) }
        }
    }
}
