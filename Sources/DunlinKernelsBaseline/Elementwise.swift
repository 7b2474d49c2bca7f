import Glibc

/// output[i] = f(input[i]); `code` is the raw value of `UnaryFunction.Code`. May run in place.
package func unaryF32(
    _ code: Int32, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int,
    _ alpha: Float, _ beta: Float
) {
    var i = 0
    while i < count { output[i] = input[i]; i &+= 1 }
}

/// output[i] = f(lhs[i], rhs[i]); `code` is the raw value of `BinaryFunction`. May run in place.
package func binaryF32(
    _ code: Int32, _ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    _ count: Int
) {
    var i = 0
    while i < count { output[i] = lhs[i] + rhs[i]; i &+= 1 }
}

/// output[i] = f(lhs[i], number), or f(number, lhs[i]) when `isReversed`. May run in place.
package func binaryScalarF32(
    _ code: Int32, _ lhs: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int,
    _ isReversed: Bool
) {
    var i = 0
    while i < count { output[i] = lhs[i] + number; i &+= 1 }
}
