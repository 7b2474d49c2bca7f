// The numbers of a moving window, as a table of integers: kernels take no structs. `Window2D.geometry` fills it.

@_transparent func inputHeight(_ g: UnsafePointer<Int>) -> Int { g[0] }
@_transparent func inputWidth(_ g: UnsafePointer<Int>) -> Int { g[1] }
@_transparent func outputHeight(_ g: UnsafePointer<Int>) -> Int { g[2] }
@_transparent func outputWidth(_ g: UnsafePointer<Int>) -> Int { g[3] }
@_transparent func windowHeight(_ g: UnsafePointer<Int>) -> Int { g[4] }
@_transparent func windowWidth(_ g: UnsafePointer<Int>) -> Int { g[5] }
@_transparent func strideY(_ g: UnsafePointer<Int>) -> Int { g[6] }
@_transparent func strideX(_ g: UnsafePointer<Int>) -> Int { g[7] }
@_transparent func dilationY(_ g: UnsafePointer<Int>) -> Int { g[8] }
@_transparent func dilationX(_ g: UnsafePointer<Int>) -> Int { g[9] }
@_transparent func padTop(_ g: UnsafePointer<Int>) -> Int { g[10] }
@_transparent func padLeft(_ g: UnsafePointer<Int>) -> Int { g[11] }
@_transparent func padBottom(_ g: UnsafePointer<Int>) -> Int { g[12] }
@_transparent func padRight(_ g: UnsafePointer<Int>) -> Int { g[13] }

/// Rows of the padded copy of a plane: all that the windows touch.
@_transparent func paddedHeight(_ g: UnsafePointer<Int>) -> Int {
    (outputHeight(g) &- 1) &* strideY(g) &+ (windowHeight(g) &- 1) &* dilationY(g) &+ 1
}

/// Columns of the padded copy of a plane: all that whole registers of outputs touch.
@_transparent func paddedWidth(_ g: UnsafePointer<Int>) -> Int {
    roundedUp(outputWidth(g), laneCount) &* strideX(g) &+ (windowWidth(g) &- 1) &* dilationX(g)
}

/// Copies a plane into the middle of `filler`.
@inline(never) func padPlane(
    _ g: UnsafePointer<Int>, _ plane: UnsafePointer<Float>, _ filler: Float, _ padded: UnsafeMutablePointer<Float>
) {
    let height = paddedHeight(g), width = paddedWidth(g)
    let columns = lesser(inputWidth(g), width &- padLeft(g))
    var y = 0
    while y < height {
        let target = padded + y &* width, row = y &- padTop(g)
        var x = 0
        if row >= 0 && row < inputHeight(g) && columns > 0 {
            while x < padLeft(g) { target[x] = filler; x &+= 1 }
            let source = plane + row &* inputWidth(g), middle = target + padLeft(g)
            var i = 0
            while i &+ laneCount <= columns { store(load(source, i), middle, i); i &+= laneCount }
            while i < columns { middle[i] = source[i]; i &+= 1 }
            x = padLeft(g) &+ columns
        }
        while x < width { target[x] = filler; x &+= 1 }
        y &+= 1
    }
}

/// One register of a padded row: p[i], p[i + step], …
@_transparent func loadStrided(_ p: UnsafePointer<Float>, _ step: Int) -> Lanes {
    if step == 1 { return load(p, 0) }
    if step == 2 { return loadEven(p, 0) }
    var v = splat(0)
    var i = 0
    while i < laneCount { v[i] = p[i &* step]; i &+= 1 }
    return v
}
