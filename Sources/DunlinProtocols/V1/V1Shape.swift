/// How nested lists become tensors of the shape that a model takes.
enum V1Shape {
    /// The extents under which values nested as `found` go into an input of shape `expected`; `nil` when none fit.
    ///
    /// The nesting may be the shape itself. Where the model says how many elements a row has, any nesting of so many is as
    /// good: a flat list of pixels, or one number for `[rows, 1]`.
    static func fit(_ found: [Int], to expected: [Int]) -> [Int]? {
        if matches(found, expected) { return found }
        guard let rows = found.first, let first = expected.first, first == -1 || first == rows else { return nil }
        var product = 1
        for extent in expected.dropFirst() {
            guard extent >= 0 else { return nil }
            let (next, isOver) = product.multipliedReportingOverflow(by: extent)
            if isOver { return nil }
            product = next
        }
        // Extents that were found are counted elements: their product cannot overflow.
        guard found.dropFirst().reduce(1, *) == product else { return nil }
        return [rows] + expected.dropFirst()
    }

    private static func matches(_ found: [Int], _ expected: [Int]) -> Bool {
        guard found.count == expected.count else { return false }
        for axis in found.indices where expected[axis] != -1 && expected[axis] != found[axis] { return false }
        return true
    }
}
