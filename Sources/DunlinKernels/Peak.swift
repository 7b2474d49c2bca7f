extension KernelTable {
    /// Does about as many floating-point operations as asked for, on registers alone: the yardstick of benchmarks.
    ///
    /// - Returns: A number that depends on all of them, so that none is left out.
    @discardableResult
    package func multiplyAdds(operations: Int) -> Float {
        // Eight registers, a multiplication and an addition in each lane; a panel of a tile is two registers wide.
        let operationsPerStep = 8 * 2 * tileSize(1) / 2
        return multiplyAdds(operations / operationsPerStep, 0.5, 0.25)
    }
}
