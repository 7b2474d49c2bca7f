/// The taps of a window from `start` on that lie in `lower..<upper`.
@_transparent func tapsInside(_ start: Int, _ taps: Int, _ dilation: Int, _ lower: Int, _ upper: Int) -> Int {
    var count = 0, k = 0
    while k < taps {
        let at = start &+ k &* dilation
        if at >= lower && at < upper { count &+= 1 }
        k &+= 1
    }
    return count
}

/// Slides a window over one plane. `mode`: 0 maximum, 1 average of the image, 2 average of image and padding.
package func poolF32(
    _ mode: Int32, _ g: UnsafePointer<Int>, _ plane: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
) {
    padPlane(g, plane, mode == 0 ? -.infinity : 0, scratch)
    let width = paddedWidth(g), outWidth = outputWidth(g), step = strideX(g)
    // The part of the padding that counts: all of it or nothing.
    let before = mode == 2 ? 1 : 0
    let counts = scratch + paddedHeight(g) &* width
    var x = 0
    while mode != 0 && x < roundedUp(outWidth, laneCount) {
        let count = tapsInside(
            x &* step &- padLeft(g), windowWidth(g), dilationX(g), 0 &- before &* padLeft(g),
            inputWidth(g) &+ before &* padRight(g))
        counts[x] = Float(count)
        x &+= 1
    }
    var y = 0
    while y < outputHeight(g) {
        let rows = scratch + y &* strideY(g) &* width, target = output + y &* outWidth
        let tapsY = tapsInside(
            y &* strideY(g) &- padTop(g), windowHeight(g), dilationY(g), 0 &- before &* padTop(g),
            inputHeight(g) &+ before &* padBottom(g))
        x = 0
        while x < outWidth {
            var result = splat(mode == 0 ? -.infinity : 0)
            var ky = 0
            while ky < windowHeight(g) {
                var source = UnsafePointer(rows) + (ky &* dilationY(g) &* width &+ x &* step)
                var kx = 0
                while kx < windowWidth(g) {
                    let v = loadStrided(source, step)
                    result = mode == 0 ? maximum(result, v) : result + v
                    source += dilationX(g)
                    kx &+= 1
                }
                ky &+= 1
            }
            if mode != 0 {
                let count = load(counts, x) * splat(Float(tapsY))
                result = select(count .> splat(0), result / count, splat(0))
            }
            if outWidth &- x >= laneCount {
                store(result, target, x)
            } else {
                store(result, target, x, count: outWidth &- x)
            }
            x &+= laneCount
        }
        y &+= 1
    }
}
