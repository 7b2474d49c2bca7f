import DunlinKernelsBaseline

#if arch(x86_64)
    import DunlinKernelsV3
    import DunlinKernelsV4
#endif

extension KernelTable {
    /// SSE2 on x86-64, NEON on arm64.
    static let baseline = KernelTable(
        isa: .baseline,
        unary: DunlinKernelsBaseline.unaryF32,
        binary: DunlinKernelsBaseline.binaryF32,
        binaryScalar: DunlinKernelsBaseline.binaryScalarF32,
        reduceRows: DunlinKernelsBaseline.reduceRowsF32,
        argMaxRows: DunlinKernelsBaseline.argMaxRowsF32,
        softmaxRows: DunlinKernelsBaseline.softmaxRowsF32,
        logSoftmaxRows: DunlinKernelsBaseline.logSoftmaxRowsF32,
        layerNormalization: DunlinKernelsBaseline.layerNormalizationF32,
        scale: DunlinKernelsBaseline.scaleF32,
        tileSize: DunlinKernelsBaseline.tileSizeF32,
        packRows: DunlinKernelsBaseline.packRowsF32,
        packColumns: DunlinKernelsBaseline.packColumnsF32,
        gemmPackedScratch: DunlinKernelsBaseline.gemmPackedScratchF32,
        gemmPacked: DunlinKernelsBaseline.gemmPackedF32,
        gemmScratch: DunlinKernelsBaseline.gemmScratchF32,
        gemm: DunlinKernelsBaseline.gemmF32,
        gemv: DunlinKernelsBaseline.gemvF32,
        gemmDouble: DunlinKernelsBaseline.gemmF64,
        convolveScratch: DunlinKernelsBaseline.convolveScratchF32,
        convolve: DunlinKernelsBaseline.convolveF32,
        planeScratch: DunlinKernelsBaseline.planeScratchF32,
        depthwise: DunlinKernelsBaseline.depthwiseF32,
        pool: DunlinKernelsBaseline.poolF32,
        widenFP16: DunlinKernelsBaseline.widenFP16,
        narrowToFP16: DunlinKernelsBaseline.narrowToFP16,
        widenBF16: DunlinKernelsBaseline.widenBF16,
        narrowToBF16: DunlinKernelsBaseline.narrowToBF16,
        multiplyAdds: DunlinKernelsBaseline.multiplyAddsF32,
        transpose: DunlinKernelsBaseline.transpose)

    #if arch(x86_64)
        /// AVX2 and FMA.
        static let v3 = KernelTable(
            isa: .v3,
            unary: DunlinKernelsV3.unaryF32,
            binary: DunlinKernelsV3.binaryF32,
            binaryScalar: DunlinKernelsV3.binaryScalarF32,
            reduceRows: DunlinKernelsV3.reduceRowsF32,
            argMaxRows: DunlinKernelsV3.argMaxRowsF32,
            softmaxRows: DunlinKernelsV3.softmaxRowsF32,
            logSoftmaxRows: DunlinKernelsV3.logSoftmaxRowsF32,
            layerNormalization: DunlinKernelsV3.layerNormalizationF32,
            scale: DunlinKernelsV3.scaleF32,
            tileSize: DunlinKernelsV3.tileSizeF32,
            packRows: DunlinKernelsV3.packRowsF32,
            packColumns: DunlinKernelsV3.packColumnsF32,
            gemmPackedScratch: DunlinKernelsV3.gemmPackedScratchF32,
            gemmPacked: DunlinKernelsV3.gemmPackedF32,
            gemmScratch: DunlinKernelsV3.gemmScratchF32,
            gemm: DunlinKernelsV3.gemmF32,
            gemv: DunlinKernelsV3.gemvF32,
            gemmDouble: DunlinKernelsV3.gemmF64,
            convolveScratch: DunlinKernelsV3.convolveScratchF32,
            convolve: DunlinKernelsV3.convolveF32,
            planeScratch: DunlinKernelsV3.planeScratchF32,
            depthwise: DunlinKernelsV3.depthwiseF32,
            pool: DunlinKernelsV3.poolF32,
            widenFP16: DunlinKernelsV3.widenFP16,
            narrowToFP16: DunlinKernelsV3.narrowToFP16,
            widenBF16: DunlinKernelsV3.widenBF16,
            narrowToBF16: DunlinKernelsV3.narrowToBF16,
            multiplyAdds: DunlinKernelsV3.multiplyAddsF32,
            transpose: DunlinKernelsV3.transpose)

        /// AVX-512.
        static let v4 = KernelTable(
            isa: .v4,
            unary: DunlinKernelsV4.unaryF32,
            binary: DunlinKernelsV4.binaryF32,
            binaryScalar: DunlinKernelsV4.binaryScalarF32,
            reduceRows: DunlinKernelsV4.reduceRowsF32,
            argMaxRows: DunlinKernelsV4.argMaxRowsF32,
            softmaxRows: DunlinKernelsV4.softmaxRowsF32,
            logSoftmaxRows: DunlinKernelsV4.logSoftmaxRowsF32,
            layerNormalization: DunlinKernelsV4.layerNormalizationF32,
            scale: DunlinKernelsV4.scaleF32,
            tileSize: DunlinKernelsV4.tileSizeF32,
            packRows: DunlinKernelsV4.packRowsF32,
            packColumns: DunlinKernelsV4.packColumnsF32,
            gemmPackedScratch: DunlinKernelsV4.gemmPackedScratchF32,
            gemmPacked: DunlinKernelsV4.gemmPackedF32,
            gemmScratch: DunlinKernelsV4.gemmScratchF32,
            gemm: DunlinKernelsV4.gemmF32,
            gemv: DunlinKernelsV4.gemvF32,
            gemmDouble: DunlinKernelsV4.gemmF64,
            convolveScratch: DunlinKernelsV4.convolveScratchF32,
            convolve: DunlinKernelsV4.convolveF32,
            planeScratch: DunlinKernelsV4.planeScratchF32,
            depthwise: DunlinKernelsV4.depthwiseF32,
            pool: DunlinKernelsV4.poolF32,
            widenFP16: DunlinKernelsV4.widenFP16,
            narrowToFP16: DunlinKernelsV4.narrowToFP16,
            widenBF16: DunlinKernelsV4.widenBF16,
            narrowToBF16: DunlinKernelsV4.narrowToBF16,
            multiplyAdds: DunlinKernelsV4.multiplyAddsF32,
            transpose: DunlinKernelsV4.transpose)
    #endif
}
