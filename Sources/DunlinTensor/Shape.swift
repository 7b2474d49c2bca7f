/// The extents of a tensor, outermost first. `[]` is a scalar: one element.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// Extents, each 0 or more.
    public let dimensions: [Int]

    /// - Precondition: No extent is negative. Programmer error: traps; text from outside is checked before.
    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "negative extent in shape \(dimensions)")
        self.dimensions = dimensions
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    public var rank: Int { dimensions.count }

    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The product of the extents; 1 for a scalar.
    /// - Precondition: The product fits in `Int`; use `elementCount(of:)` on numbers from outside.
    public var elementCount: Int {
        guard let product = Self.elementCount(of: dimensions) else { preconditionFailure("shape \(self) overflows") }
        return product
    }

    /// The product of `dimensions`, or `nil` when one is negative or the product overflows.
    public static func elementCount(of dimensions: [Int]) -> Int? {
        if dimensions.contains(where: { $0 < 0 }) { return nil }
        if dimensions.contains(0) { return 0 }
        var product = 1
        for extent in dimensions {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            if overflow { return nil }
            product = next
        }
        return product
    }
}

extension Shape: CustomStringConvertible {
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ",") + "]" }
}
