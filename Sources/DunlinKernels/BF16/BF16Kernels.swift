import CDunlinKernels

/// The kernels for products of BF16 with sums in FP32, from C: where a model asks for `precision` `bf16`.
package final class BF16Kernels: Sendable {
    typealias Multiply = @Sendable (UnsafePointer<dk_bf16_product>?) -> Void
    typealias NarrowRows =
        @Sendable (Int, Int, Int, UnsafePointer<Float>?, Int, UnsafeMutablePointer<UInt16>?, Int) -> Void
    typealias NarrowPixels =
        @Sendable (Int, Int, Int, UnsafePointer<Float>?, Int, Int, UnsafeMutablePointer<UInt16>?) -> Void

    /// The instructions of the products: `avx512_bf16`, `amx_bf16`, or `tile_model`.
    package let name: String
    let multiply: Multiply
    let narrowRows: NarrowRows
    let narrowPixels: NarrowPixels

    private init(
        name: String, multiply: @escaping Multiply, narrowRows: @escaping NarrowRows,
        narrowPixels: @escaping NarrowPixels
    ) {
        self.name = name
        self.multiply = multiply
        self.narrowRows = narrowRows
        self.narrowPixels = narrowPixels
    }

    /// The AMX kernel on tiles in plain C: for tests on CPUs that have none. Nothing selects it.
    package static let tileModel = BF16Kernels(
        name: "tile_model", multiply: dk_multiply_bf16_amx_model, narrowRows: dk_narrow_rows_bf16_portable,
        narrowPixels: dk_narrow_pixels_bf16_portable)

    /// Every variant that this CPU can run, slowest first.
    package static let all: [BF16Kernels] = {
        var all: [BF16Kernels] = []
        #if arch(x86_64)
            for name in names(for: .current, isa: CPU.current.available.last!) {
                all.append(
                    BF16Kernels(
                        name: name,
                        multiply: name == "amx_bf16" ? dk_multiply_bf16_amx : dk_multiply_bf16_avx512bf16,
                        narrowRows: dk_narrow_rows_bf16_avx512bf16, narrowPixels: dk_narrow_pixels_bf16_avx512bf16))
            }
        #endif
        return all
    }()

    /// The fastest variant of the instruction set that `KernelTable.current` has; `nil` where there is none.
    package static let current: BF16Kernels? = KernelTable.current.isa == .v4 ? all.last : nil

    /// The variants that a CPU can run with kernels of an instruction set, slowest first.
    package static func names(for cpu: CPU, isa: ISA) -> [String] {
        guard isa == .v4, cpu.available.contains(.v4), cpu.extensions.contains("avx512_bf16") else { return [] }
        let hasTiles = cpu.extensions.contains("amx_tile") && cpu.extensions.contains("amx_bf16")
        return hasTiles ? ["avx512_bf16", "amx_bf16"] : ["avx512_bf16"]
    }

    /// Why a CPU cannot compute in BF16 with kernels of an instruction set; `nil` where it can.
    package static func refusal(for cpu: CPU, isa: ISA) -> String? {
        guard names(for: cpu, isa: isa).isEmpty else { return nil }
        guard cpu.available.contains(.v4), cpu.extensions.contains("avx512_bf16") else {
            return "precision bf16 needs a CPU with AVX512-BF16 or AMX-BF16; this one has only "
                + (cpu.available.map(\.rawValue) + cpu.extensions).joined(separator: ", ")
        }
        return "precision bf16 needs the v4 kernels; DUNLIN_ISA allows only \(isa.rawValue)"
    }

    /// Why this process cannot compute in BF16; `nil` where it can.
    package static var refusal: String? { refusal(for: .current, isa: KernelTable.current.isa) }
}
