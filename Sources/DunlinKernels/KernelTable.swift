import DunlinKernelsBaseline

#if arch(x86_64)
    import DunlinKernelsV3
    import DunlinKernelsV4
#endif

/// The kernels of one instruction set: function pointers, filled once at start.
///
/// Every checked entry takes `kernels:` and uses `.current` when nothing is said, so that tests and
/// benchmarks can run each variant the CPU offers in one process (`KernelTable.all`).
package final class KernelTable: Sendable {
    package typealias Input = UnsafePointer<Float>
    package typealias Output = UnsafeMutablePointer<Float>

    /// The instruction set these kernels were compiled for.
    package let isa: ISA

    let unary: @Sendable (Int32, Input, Output, Int, Float, Float) -> Void
    let binary: @Sendable (Int32, Input, Input, Output, Int) -> Void
    let binaryScalar: @Sendable (Int32, Input, Float, Output, Int, Bool) -> Void

    /// The table for this process: the widest set the CPU has, or the one `DUNLIN_ISA` names.
    ///
    /// A `DUNLIN_ISA` that cannot be used ends the process here with a sentence; a program with a better place to
    /// say so calls `CPU.current.select(forced:)` first.
    package static let current: KernelTable = {
        do throws(UnusableISA) {
            return table(for: try CPU.current.select(forced: CPU.forcedISA))
        } catch {
            fatalError(error.message)
        }
    }()

    /// One table for each instruction set this CPU has, narrowest first.
    package static let all: [KernelTable] = CPU.current.available.map(table(for:))

    /// The table of one instruction set.
    ///
    /// - Precondition: The CPU has it.
    package static func table(for isa: ISA) -> KernelTable {
        precondition(CPU.current.available.contains(isa), "this CPU has no \(isa.rawValue) kernels")
        switch isa {
        case .baseline: return baseline
        #if arch(x86_64)
            case .v3: return v3
            case .v4: return v4
        #else
            case .v3, .v4: fatalError("\(isa.rawValue) is an x86-64 instruction set")
        #endif
        }
    }

    private static let baseline = KernelTable(
        isa: .baseline, unary: DunlinKernelsBaseline.unaryF32, binary: DunlinKernelsBaseline.binaryF32,
        binaryScalar: DunlinKernelsBaseline.binaryScalarF32)

    #if arch(x86_64)
        private static let v3 = KernelTable(
            isa: .v3, unary: DunlinKernelsV3.unaryF32, binary: DunlinKernelsV3.binaryF32,
            binaryScalar: DunlinKernelsV3.binaryScalarF32)
        private static let v4 = KernelTable(
            isa: .v4, unary: DunlinKernelsV4.unaryF32, binary: DunlinKernelsV4.binaryF32,
            binaryScalar: DunlinKernelsV4.binaryScalarF32)
    #endif

    private init(
        isa: ISA, unary: @escaping @Sendable (Int32, Input, Output, Int, Float, Float) -> Void,
        binary: @escaping @Sendable (Int32, Input, Input, Output, Int) -> Void,
        binaryScalar: @escaping @Sendable (Int32, Input, Float, Output, Int, Bool) -> Void
    ) {
        self.isa = isa
        self.unary = unary
        self.binary = binary
        self.binaryScalar = binaryScalar
    }
}
