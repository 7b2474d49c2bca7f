/// The kernels of one instruction set: function pointers, filled once at start.
///
/// Every checked entry takes `kernels:` and uses `.current` when nothing is said, so that tests and
/// benchmarks can run each variant the CPU offers in one process (`KernelTable.all`).
package final class KernelTable: Sendable {
    typealias Input = UnsafePointer<Float>
    typealias Output = UnsafeMutablePointer<Float>
    /// `Window2D.geometry`.
    typealias Geometry = UnsafePointer<Int>

    /// The instruction set these kernels were compiled for.
    package let isa: ISA

    let blocks: BlockKernels
    let unary: @Sendable (Int32, Input, Output, Int, Float, Float) -> Void
    let binary: @Sendable (Int32, Input, Input, Output, Int) -> Void
    let binaryScalar: @Sendable (Int32, Input, Float, Output, Int, Bool) -> Void
    let reduceRows: @Sendable (Int32, Input, Int, Int, Output) -> Void
    let argMaxRows: @Sendable (Input, Int, Int, UnsafeMutablePointer<Int64>) -> Void
    let softmaxRows: @Sendable (Input, Int, Int, Output) -> Void
    let logSoftmaxRows: @Sendable (Input, Int, Int, Output) -> Void
    let layerNormalization: @Sendable (Input, Int, Int, Input, Input?, Float, Output, Output?, Output?) -> Void
    let rmsNormalization: @Sendable (Input, Int, Int, Input, Float, Output) -> Void
    let skipNormalization:
        @Sendable (Input, Input, Int, Input?, Int, Int, Input, Input?, Float, Bool, Output, Output?) -> Void
    let gemmSharedScratch: @Sendable (Int, Int) -> Int
    let gemmShared:
        @Sendable (
            Int, Int, Int, Int, Input, Int, UnsafePointer<Input>, Geometry, UnsafePointer<Output>,
            UnsafePointer<Input?>,
            UnsafePointer<Int32>, Input, Input, Output
        ) -> Void
    let attentionScratch: @Sendable (Geometry, Int) -> Int
    let attentionPack: @Sendable (Geometry, Input, Input, Output) -> Void
    let attention: @Sendable (Geometry, Input, Input, Input?, Input?, Float, Float, Output, Output) -> Void
    let scale: @Sendable (Input, Float, Float, Int32, Float, Float, Output, Int) -> Void
    let tileSize: @Sendable (Int) -> Int
    let packRows: @Sendable (Int, Int, Input, Int, Int, Float, Output) -> Void
    let packColumns: @Sendable (Int, Int, Input, Int, Bool, Output) -> Void
    let gemmPackedScratch: @Sendable (Int, Int) -> Int
    let gemmPacked:
        @Sendable (Int, Int, Int, Input, Int, Input, Output, Int, Bool, Input?, Int32, Float, Float, Output) -> Void
    let sparseRowLimit: @Sendable () -> Int
    let gemmSkippingScratch: @Sendable (Int, Int) -> Int
    let gemmSkipping:
        @Sendable (Int, Int, Int, Input, Int, Input, Output, Int, Bool, Input?, Int32, Float, Float, Output) -> Void
    let gemmScratch: @Sendable (Int, Int, Int) -> Int
    let gemm: @Sendable (Int, Int, Int, Float, Input, Int, Bool, Input, Int, Bool, Output, Int, Bool, Output) -> Void
    let gemv: @Sendable (Int, Int, Input, Input, Int, Int, Output, Bool, Output) -> Void
    let gemmDouble:
        @Sendable (
            Int, Int, Int, Double, UnsafePointer<Double>, Int, Int, UnsafePointer<Double>, Int,
            UnsafeMutablePointer<Double>, Int, Bool
        ) -> Void
    let convolveScratch: @Sendable (Int, Int) -> Int
    let convolve: @Sendable (Geometry, Input, Int, Int, Input, Input, Int32, Float, Float, Bool, Output, Output) -> Void
    let convolveSmallScratch: @Sendable (Geometry, Int, Int, Geometry?) -> Int
    let convolveSmall:
        @Sendable (
            Int, Geometry, Input, Int, Int, Int, Input, Int32, Float, Float, Geometry?, Output, Int, Output
        ) -> Void
    let planeScratch: @Sendable (Geometry) -> Int
    let depthwise: @Sendable (Geometry, Input, Input, Float, Int32, Float, Float, Bool, Output, Output) -> Void
    let pool: @Sendable (Int32, Geometry, Input, Output, Output) -> Void
    let widenFP16: @Sendable (UnsafePointer<UInt16>, Output, Int) -> Void
    let narrowToFP16: @Sendable (Input, UnsafeMutablePointer<UInt16>, Int) -> Void
    let widenBF16: @Sendable (UnsafePointer<UInt16>, Output, Int) -> Void
    let narrowToBF16: @Sendable (Input, UnsafeMutablePointer<UInt16>, Int) -> Void
    let multiplyAdds: @Sendable (Int, Float, Float) -> Float
    let transpose: @Sendable (Int, Int, Int, UnsafeRawPointer, UnsafeMutableRawPointer) -> Void

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

    init(
        isa: ISA,
        blocks: BlockKernels,
        unary: @escaping @Sendable (Int32, Input, Output, Int, Float, Float) -> Void,
        binary: @escaping @Sendable (Int32, Input, Input, Output, Int) -> Void,
        binaryScalar: @escaping @Sendable (Int32, Input, Float, Output, Int, Bool) -> Void,
        reduceRows: @escaping @Sendable (Int32, Input, Int, Int, Output) -> Void,
        argMaxRows: @escaping @Sendable (Input, Int, Int, UnsafeMutablePointer<Int64>) -> Void,
        softmaxRows: @escaping @Sendable (Input, Int, Int, Output) -> Void,
        logSoftmaxRows: @escaping @Sendable (Input, Int, Int, Output) -> Void,
        layerNormalization:
            @escaping @Sendable (Input, Int, Int, Input, Input?, Float, Output, Output?, Output?) -> Void,
        rmsNormalization: @escaping @Sendable (Input, Int, Int, Input, Float, Output) -> Void,
        skipNormalization:
            @escaping @Sendable (Input, Input, Int, Input?, Int, Int, Input, Input?, Float, Bool, Output, Output?) ->
            Void,
        gemmSharedScratch: @escaping @Sendable (Int, Int) -> Int,
        gemmShared:
            @escaping @Sendable (
                Int, Int, Int, Int, Input, Int, UnsafePointer<Input>, Geometry, UnsafePointer<Output>,
                UnsafePointer<Input?>,
                UnsafePointer<Int32>, Input, Input, Output
            ) -> Void,
        attentionScratch: @escaping @Sendable (Geometry, Int) -> Int,
        attentionPack: @escaping @Sendable (Geometry, Input, Input, Output) -> Void,
        attention: @escaping @Sendable (Geometry, Input, Input, Input?, Input?, Float, Float, Output, Output) -> Void,
        scale: @escaping @Sendable (Input, Float, Float, Int32, Float, Float, Output, Int) -> Void,
        tileSize: @escaping @Sendable (Int) -> Int,
        packRows: @escaping @Sendable (Int, Int, Input, Int, Int, Float, Output) -> Void,
        packColumns: @escaping @Sendable (Int, Int, Input, Int, Bool, Output) -> Void,
        gemmPackedScratch: @escaping @Sendable (Int, Int) -> Int,
        gemmPacked:
            @escaping @Sendable (
                Int, Int, Int, Input, Int, Input, Output, Int, Bool, Input?, Int32, Float, Float, Output
            ) -> Void,
        sparseRowLimit: @escaping @Sendable () -> Int,
        gemmSkippingScratch: @escaping @Sendable (Int, Int) -> Int,
        gemmSkipping:
            @escaping @Sendable (
                Int, Int, Int, Input, Int, Input, Output, Int, Bool, Input?, Int32, Float, Float, Output
            ) -> Void,
        gemmScratch: @escaping @Sendable (Int, Int, Int) -> Int,
        gemm:
            @escaping @Sendable (Int, Int, Int, Float, Input, Int, Bool, Input, Int, Bool, Output, Int, Bool, Output) ->
            Void,
        gemv: @escaping @Sendable (Int, Int, Input, Input, Int, Int, Output, Bool, Output) -> Void,
        gemmDouble:
            @escaping @Sendable (
                Int, Int, Int, Double, UnsafePointer<Double>, Int, Int, UnsafePointer<Double>, Int,
                UnsafeMutablePointer<Double>, Int, Bool
            ) -> Void,
        convolveScratch: @escaping @Sendable (Int, Int) -> Int,
        convolve:
            @escaping @Sendable (Geometry, Input, Int, Int, Input, Input, Int32, Float, Float, Bool, Output, Output) ->
            Void,
        convolveSmallScratch: @escaping @Sendable (Geometry, Int, Int, Geometry?) -> Int,
        convolveSmall:
            @escaping @Sendable (
                Int, Geometry, Input, Int, Int, Int, Input, Int32, Float, Float, Geometry?, Output, Int, Output
            ) -> Void,
        planeScratch: @escaping @Sendable (Geometry) -> Int,
        depthwise:
            @escaping @Sendable (Geometry, Input, Input, Float, Int32, Float, Float, Bool, Output, Output) -> Void,
        pool: @escaping @Sendable (Int32, Geometry, Input, Output, Output) -> Void,
        widenFP16: @escaping @Sendable (UnsafePointer<UInt16>, Output, Int) -> Void,
        narrowToFP16: @escaping @Sendable (Input, UnsafeMutablePointer<UInt16>, Int) -> Void,
        widenBF16: @escaping @Sendable (UnsafePointer<UInt16>, Output, Int) -> Void,
        narrowToBF16: @escaping @Sendable (Input, UnsafeMutablePointer<UInt16>, Int) -> Void,
        multiplyAdds: @escaping @Sendable (Int, Float, Float) -> Float,
        transpose: @escaping @Sendable (Int, Int, Int, UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
    ) {
        self.isa = isa
        self.blocks = blocks
        self.unary = unary
        self.binary = binary
        self.binaryScalar = binaryScalar
        self.reduceRows = reduceRows
        self.argMaxRows = argMaxRows
        self.softmaxRows = softmaxRows
        self.logSoftmaxRows = logSoftmaxRows
        self.layerNormalization = layerNormalization
        self.rmsNormalization = rmsNormalization
        self.skipNormalization = skipNormalization
        self.gemmSharedScratch = gemmSharedScratch
        self.gemmShared = gemmShared
        self.attentionScratch = attentionScratch
        self.attentionPack = attentionPack
        self.attention = attention
        self.scale = scale
        self.tileSize = tileSize
        self.packRows = packRows
        self.packColumns = packColumns
        self.gemmPackedScratch = gemmPackedScratch
        self.gemmPacked = gemmPacked
        self.sparseRowLimit = sparseRowLimit
        self.gemmSkippingScratch = gemmSkippingScratch
        self.gemmSkipping = gemmSkipping
        self.gemmScratch = gemmScratch
        self.gemm = gemm
        self.gemv = gemv
        self.gemmDouble = gemmDouble
        self.convolveScratch = convolveScratch
        self.convolve = convolve
        self.convolveSmallScratch = convolveSmallScratch
        self.convolveSmall = convolveSmall
        self.planeScratch = planeScratch
        self.depthwise = depthwise
        self.pool = pool
        self.widenFP16 = widenFP16
        self.narrowToFP16 = narrowToFP16
        self.widenBF16 = widenBF16
        self.narrowToBF16 = narrowToBF16
        self.multiplyAdds = multiplyAdds
        self.transpose = transpose
    }
}
