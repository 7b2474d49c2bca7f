/// Multiply-adds on registers alone, `steps` times eight registers: what no kernel can be faster than.
package func multiplyAddsF32(_ steps: Int, _ x: Float, _ y: Float) -> Float {
    let a = splat(x), b = splat(y)
    var c0 = a, c1 = b, c2 = a + b, c3 = a - b, c4 = c2 + a, c5 = c2 + b, c6 = c3 + a, c7 = c3 + b
    var i = 0
    while i < steps {
        c0 = madd(c0, a, b)
        c1 = madd(c1, a, b)
        c2 = madd(c2, a, b)
        c3 = madd(c3, a, b)
        c4 = madd(c4, a, b)
        c5 = madd(c5, a, b)
        c6 = madd(c6, a, b)
        c7 = madd(c7, a, b)
        i &+= 1
    }
    return sumOfLanes(((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7)))
}
