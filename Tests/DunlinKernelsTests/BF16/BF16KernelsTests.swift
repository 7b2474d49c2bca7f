import DunlinKernels
import Testing

extension BF16Kernels: CustomTestStringConvertible {
    public var testDescription: String { name }

    /// What this CPU has, and the tiles in plain C, which every CPU has.
    static var tested: [BF16Kernels] { all + [tileModel] }
}

/// The nearest BF16, half to even; numbers below the normal ones are 0.
func nearestBF16(_ x: Float) -> Float {
    guard x.isFinite else { return x }
    if x.magnitude < .leastNormalMagnitude { return 0 }
    let bits = x.bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
}

@Suite struct BF16KernelsTests {
    private static let v4 = [ISA.baseline, .v3, .v4]
    private static let both = ["avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16"]

    @Test(
        "tiles come before registers, and what a CPU lacks is not offered",
        arguments: [
            (v4, ["avx512_bf16"], ISA.v4, ["avx512_bf16"]),
            (v4, both, .v4, ["avx512_bf16", "amx_bf16"]),
            (v4, ["avx512_bf16", "amx_tile", "amx_int8"], .v4, ["avx512_bf16"]),
            (v4, ["avx512_vnni"], .v4, []),
            (v4, both, .v3, []), (v4, both, .baseline, []),
            ([.baseline, .v3], ["avx_vnni"], .v3, []),
        ])
    func selects(available: [ISA], extensions: [String], isa: ISA, names: [String]) {
        let cpu = CPU(available: available, extensions: extensions)
        #expect(BF16Kernels.names(for: cpu, isa: isa) == names)
        #expect((BF16Kernels.refusal(for: cpu, isa: isa) == nil) == !names.isEmpty)
    }

    @Test("a refusal tells what the CPU lacks, or that it is not allowed to use it")
    func refuses() {
        let old = CPU(available: [.baseline, .v3], extensions: ["avx_vnni"])
        #expect(
            BF16Kernels.refusal(for: old, isa: .v3)
                == "precision bf16 needs a CPU with AVX512-BF16 or AMX-BF16; this one has only baseline, v3, avx_vnni")
        let new = CPU(available: Self.v4, extensions: Self.both)
        #expect(
            BF16Kernels.refusal(for: new, isa: .v3)
                == "precision bf16 needs the v4 kernels; DUNLIN_ISA allows only v3")
        #expect(BF16Kernels.refusal(for: new, isa: .v4) == nil)
    }

    @Test("this process has kernels, or a reason")
    func current() {
        #expect((BF16Kernels.current == nil) == (BF16Kernels.refusal != nil))
        let listed = KernelTable.choices().first { $0.kernel == "gemm BF16" }
        #expect(listed?.variant == BF16Kernels.current?.name ?? "none")
    }
}
