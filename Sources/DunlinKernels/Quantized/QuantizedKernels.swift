import CDunlinKernels
import DunlinKernelsBaseline

#if arch(x86_64)
    import DunlinKernelsV3
    import DunlinKernelsV4
#endif

/// The kernels for 8-bit integers: products from C, everything else from the kernel module of the same instruction set.
package final class QuantizedKernels: Sendable {
    typealias Bytes = UnsafePointer<UInt8>
    typealias MutableBytes = UnsafeMutablePointer<UInt8>
    typealias Product =
        @Sendable (
            Int, Int, Int, UnsafePointer<UInt8>?, Int, UnsafePointer<Int8>?, UnsafeMutableRawPointer?, Int,
            UnsafePointer<dk_sums>?
        ) -> Void
    typealias Depthwise<Weight> =
        @Sendable (
            Int, Int, Int, UnsafePointer<UnsafePointer<UInt8>?>?, UnsafePointer<Weight>?, UnsafeMutableRawPointer?, Int,
            Int, UnsafePointer<dk_sums>?
        ) -> Void
    typealias Combine =
        @Sendable (Bytes, Bytes, MutableBytes, Int, UnsafePointer<Float>, UnsafePointer<Int32>) -> Void

    /// The instructions of the integer products: `portable`, `avx2`, `avx_vnni`, `avx512_vnni`, `amx_int8`.
    package let name: String
    /// The instruction set of the other kernels.
    package let isa: ISA
    let product: Product
    /// `nil` where the one with weights of 16 bits serves for both.
    let depthwise8: Depthwise<Int8>?
    let depthwise16: Depthwise<Int16>
    let elements: Elements

    /// Kernels that were compiled from Swift.
    struct Elements: Sendable {
        let quantize: @Sendable (UnsafePointer<Float>, MutableBytes, Int, Float, Int32, Float, Float) -> Void
        let dequantize: @Sendable (Bytes, UnsafeMutablePointer<Float>, Int, UInt8, Int32, Float) -> Void
        let range: @Sendable (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
        let add: Combine
        let multiply: Combine
        let lookUp: @Sendable (Bytes, MutableBytes, Int, Bytes) -> Void
        let copyRows: @Sendable (Int, Int, Bytes, Int, UInt8, MutableBytes, Int) -> Void
        let rowSums: @Sendable (Int, Int, Bytes, Int, UInt8, UnsafeMutablePointer<Int32>) -> Void
        let windowRows: @Sendable (UnsafePointer<Int>, Bytes, Int, Int, Int, UInt8, Int, Int, MutableBytes, Int) -> Void
        let windowPointers:
            @Sendable (UnsafePointer<Int>, Bytes, Int, Bytes, Int, Int, UnsafeMutablePointer<Bytes?>) -> Void
        let maximumPool: @Sendable (UnsafePointer<Int>, Bytes, Int, UInt8, MutableBytes) -> Void
        let columnSums: @Sendable (Int, Int, Bytes, UInt8, UnsafeMutablePointer<Int32>) -> Void
        let settleSums:
            @Sendable (
                Int, UnsafePointer<Int32>, UnsafePointer<Int32>, Int32, UnsafeMutablePointer<Int32>,
                UnsafePointer<Float>, Float, UnsafeMutablePointer<Float>
            ) -> Void
    }

    private init(
        name: String, isa: ISA, product: @escaping Product, depthwise8: Depthwise<Int8>? = nil,
        depthwise16: @escaping Depthwise<Int16>, elements: Elements
    ) {
        self.name = name
        self.isa = isa
        self.product = product
        self.depthwise8 = depthwise8
        self.depthwise16 = depthwise16
        self.elements = elements
    }

    /// The kernels for this process: the fastest of the instruction set that `KernelTable.current` has.
    package static let current = all.last { $0.isa <= KernelTable.current.isa }!

    /// The AMX product on tiles in plain C: for tests on CPUs that have none. Nothing selects it.
    package static let tileModel = QuantizedKernels(
        name: "tile_model", isa: .baseline, product: dk_gemm_u8s8_amx_model, depthwise16: dk_depthwise_u8s16_portable,
        elements: .baseline)

    /// Every variant that this CPU can run, slowest first.
    package static let all: [QuantizedKernels] = {
        var all = [
            QuantizedKernels(
                name: "portable", isa: .baseline, product: dk_gemm_u8s8_portable,
                depthwise16: dk_depthwise_u8s16_portable, elements: .baseline)
        ]
        #if arch(x86_64)
            let cpu = CPU.current
            if cpu.available.contains(.v3) {
                all.append(
                    QuantizedKernels(
                        name: "avx2", isa: .v3, product: dk_gemm_u8s8_avx2, depthwise16: dk_depthwise_u8s16_avx2,
                        elements: .v3))
                if cpu.extensions.contains("avx_vnni") {
                    all.append(
                        QuantizedKernels(
                            name: "avx_vnni", isa: .v3, product: dk_gemm_u8s8_avxvnni,
                            depthwise16: dk_depthwise_u8s16_avx2, elements: .v3))
                }
            }
            if cpu.available.contains(.v4), cpu.extensions.contains("avx512_vnni") {
                all.append(
                    QuantizedKernels(
                        name: "avx512_vnni", isa: .v4, product: dk_gemm_u8s8_avx512vnni,
                        depthwise8: dk_depthwise_u8s8_avx512vnni, depthwise16: dk_depthwise_u8s16_avx2, elements: .v4))
                if cpu.extensions.contains("amx_tile"), cpu.extensions.contains("amx_int8") {
                    all.append(
                        QuantizedKernels(
                            name: "amx_int8", isa: .v4, product: dk_gemm_u8s8_amx,
                            depthwise8: dk_depthwise_u8s8_avx512vnni, depthwise16: dk_depthwise_u8s16_avx2,
                            elements: .v4))
                }
            }
        #endif
        return all
    }()
}

extension QuantizedKernels.Elements {
    fileprivate static let baseline = Self(
        quantize: DunlinKernelsBaseline.quantizeF32,
        dequantize: DunlinKernelsBaseline.dequantizeF32,
        range: DunlinKernelsBaseline.rangeF32,
        add: DunlinKernelsBaseline.addU8,
        multiply: DunlinKernelsBaseline.multiplyU8,
        lookUp: DunlinKernelsBaseline.lookUpU8,
        copyRows: DunlinKernelsBaseline.copyRowsU8,
        rowSums: DunlinKernelsBaseline.rowSumsU8,
        windowRows: DunlinKernelsBaseline.windowRowsU8,
        windowPointers: DunlinKernelsBaseline.windowPointersU8,
        maximumPool: DunlinKernelsBaseline.maximumPoolU8,
        columnSums: DunlinKernelsBaseline.columnSumsU8,
        settleSums: DunlinKernelsBaseline.settleSums)

    #if arch(x86_64)
        fileprivate static let v3 = Self(
            quantize: DunlinKernelsV3.quantizeF32,
            dequantize: DunlinKernelsV3.dequantizeF32,
            range: DunlinKernelsV3.rangeF32,
            add: DunlinKernelsV3.addU8,
            multiply: DunlinKernelsV3.multiplyU8,
            lookUp: DunlinKernelsV3.lookUpU8,
            copyRows: DunlinKernelsV3.copyRowsU8,
            rowSums: DunlinKernelsV3.rowSumsU8,
            windowRows: DunlinKernelsV3.windowRowsU8,
            windowPointers: DunlinKernelsV3.windowPointersU8,
            maximumPool: DunlinKernelsV3.maximumPoolU8,
            columnSums: DunlinKernelsV3.columnSumsU8,
            settleSums: DunlinKernelsV3.settleSums)

        fileprivate static let v4 = Self(
            quantize: DunlinKernelsV4.quantizeF32,
            dequantize: DunlinKernelsV4.dequantizeF32,
            range: DunlinKernelsV4.rangeF32,
            add: DunlinKernelsV4.addU8,
            multiply: DunlinKernelsV4.multiplyU8,
            lookUp: DunlinKernelsV4.lookUpU8,
            copyRows: DunlinKernelsV4.copyRowsU8,
            rowSums: DunlinKernelsV4.rowSumsU8,
            windowRows: DunlinKernelsV4.windowRowsU8,
            windowPointers: DunlinKernelsV4.windowPointersU8,
            maximumPool: DunlinKernelsV4.maximumPoolU8,
            columnSums: DunlinKernelsV4.columnSumsU8,
            settleSums: DunlinKernelsV4.settleSums)
    #endif
}
