import DunlinKernelsBaseline

#if arch(x86_64)
    import DunlinKernelsV3
    import DunlinKernelsV4
#endif

/// The kernels for blocked images, of one instruction set (`DunlinKernelsBaseline/Blocks.swift`).
struct BlockKernels: Sendable {
    typealias Input = UnsafePointer<Float>
    typealias Output = UnsafeMutablePointer<Float>
    /// `Window2D.geometry`, continued.
    typealias Geometry = UnsafePointer<Int>

    let blockSize: @Sendable () -> Int
    let block: @Sendable (Int, Int, Input, Output) -> Void
    let unblock: @Sendable (Int, Int, Input, Output) -> Void
    let packPanels: @Sendable (Int, Int, Int, Bool, Input, Output) -> Void
    let blockMeans: @Sendable (Int, Int, Input, Output) -> Void
    let scaleBlocks: @Sendable (Int, Int, Input, Input, Output) -> Void
    let blockedBand: @Sendable (Geometry) -> Int
    let blockedScratch: @Sendable (Geometry, Int) -> Int
    let convolveBlocked:
        @Sendable (Geometry, Input, Input, Input, Input?, Int32, Float, Float, Output, Output, Int, Int, Int, Int) ->
            Void
    let depthwiseBlocked:
        @Sendable (Geometry, Input, Input, Input, Input?, Int32, Float, Float, Output, Int, Int) -> Void
    let poolBlocked: @Sendable (Int32, Geometry, Int, Input, Output) -> Void
    let winogradBand: @Sendable (Geometry, Int) -> Int
    let winogradScratch: @Sendable (Geometry, Int) -> Int
    let packWinograd: @Sendable (Int, Int, Input, Output, UnsafeMutablePointer<Double>) -> Void
    let winograd:
        @Sendable (Geometry, Input, Input, Input, Input?, Int32, Float, Float, Output, Output, Int, Int, Int, Int) ->
            Void
}

extension BlockKernels {
    static let baseline = BlockKernels(
        blockSize: DunlinKernelsBaseline.blockSizeF32,
        block: DunlinKernelsBaseline.blockF32,
        unblock: DunlinKernelsBaseline.unblockF32,
        packPanels: DunlinKernelsBaseline.packPanelsF32,
        blockMeans: DunlinKernelsBaseline.blockMeansF32,
        scaleBlocks: DunlinKernelsBaseline.scaleBlocksF32,
        blockedBand: DunlinKernelsBaseline.blockedBandF32,
        blockedScratch: DunlinKernelsBaseline.blockedScratchF32,
        convolveBlocked: DunlinKernelsBaseline.convolveBlockedF32,
        depthwiseBlocked: DunlinKernelsBaseline.depthwiseBlockedF32,
        poolBlocked: DunlinKernelsBaseline.poolBlockedF32,
        winogradBand: DunlinKernelsBaseline.winogradBandF32,
        winogradScratch: DunlinKernelsBaseline.winogradScratchF32,
        packWinograd: DunlinKernelsBaseline.packWinogradF32,
        winograd: DunlinKernelsBaseline.winogradF32)

    #if arch(x86_64)
        static let v3 = BlockKernels(
            blockSize: DunlinKernelsV3.blockSizeF32,
            block: DunlinKernelsV3.blockF32,
            unblock: DunlinKernelsV3.unblockF32,
            packPanels: DunlinKernelsV3.packPanelsF32,
            blockMeans: DunlinKernelsV3.blockMeansF32,
            scaleBlocks: DunlinKernelsV3.scaleBlocksF32,
            blockedBand: DunlinKernelsV3.blockedBandF32,
            blockedScratch: DunlinKernelsV3.blockedScratchF32,
            convolveBlocked: DunlinKernelsV3.convolveBlockedF32,
            depthwiseBlocked: DunlinKernelsV3.depthwiseBlockedF32,
            poolBlocked: DunlinKernelsV3.poolBlockedF32,
            winogradBand: DunlinKernelsV3.winogradBandF32,
            winogradScratch: DunlinKernelsV3.winogradScratchF32,
            packWinograd: DunlinKernelsV3.packWinogradF32,
            winograd: DunlinKernelsV3.winogradF32)

        static let v4 = BlockKernels(
            blockSize: DunlinKernelsV4.blockSizeF32,
            block: DunlinKernelsV4.blockF32,
            unblock: DunlinKernelsV4.unblockF32,
            packPanels: DunlinKernelsV4.packPanelsF32,
            blockMeans: DunlinKernelsV4.blockMeansF32,
            scaleBlocks: DunlinKernelsV4.scaleBlocksF32,
            blockedBand: DunlinKernelsV4.blockedBandF32,
            blockedScratch: DunlinKernelsV4.blockedScratchF32,
            convolveBlocked: DunlinKernelsV4.convolveBlockedF32,
            depthwiseBlocked: DunlinKernelsV4.depthwiseBlockedF32,
            poolBlocked: DunlinKernelsV4.poolBlockedF32,
            winogradBand: DunlinKernelsV4.winogradBandF32,
            winogradScratch: DunlinKernelsV4.winogradScratchF32,
            packWinograd: DunlinKernelsV4.packWinogradF32,
            winograd: DunlinKernelsV4.winogradF32)
    #endif
}
