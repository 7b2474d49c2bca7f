// Small matrices transposed or copied between row lengths, in blocks of four numbers.

@_transparent func loadFour(_ p: UnsafePointer<Float>) -> SIMD4<Float> {
    UnsafeRawPointer(p).loadUnaligned(as: SIMD4<Float>.self)
}

@_transparent func storeFour(_ v: SIMD4<Float>, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: SIMD4<Float>.self)
}

/// target[c · targetStride + r] = source[r · sourceStride + c] for `rows` and `columns` of the source.
func turn(
    _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ sourceStride: Int,
    _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
    var r = 0
    while r < rows {
        // The last block of rows reaches back where it can, and writes some numbers twice.
        if rows &- r < 4 && rows >= 4 { r = rows &- 4 }
        var c = 0
        if rows &- r >= 4 {
            let s0 = source + r &* sourceStride, s1 = s0 + sourceStride, s2 = s1 + sourceStride, s3 = s2 + sourceStride
            var to = target + r
            while c &+ 4 <= columns {
                let a = loadFour(s0 + c), b = loadFour(s1 + c), d = loadFour(s2 + c), e = loadFour(s3 + c)
                storeFour(SIMD4(a[0], b[0], d[0], e[0]), to)
                storeFour(SIMD4(a[1], b[1], d[1], e[1]), to + targetStride)
                storeFour(SIMD4(a[2], b[2], d[2], e[2]), to + 2 &* targetStride)
                storeFour(SIMD4(a[3], b[3], d[3], e[3]), to + 3 &* targetStride)
                to += 4 &* targetStride
                c &+= 4
            }
        }
        let end = lesser(r &+ 4, rows)
        while c < columns {
            var row = r
            while row < end {
                target[c &* targetStride &+ row] = source[row &* sourceStride &+ c]
                row &+= 1
            }
            c &+= 1
        }
        r &+= 4
    }
}

/// Copies rows of `columns` numbers between places where they are apart differently.
func copyRows(
    _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ sourceStride: Int,
    _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
    var from = source, to = target
    var r = 0
    while r < rows {
        var c = 0
        while c &+ 4 <= columns {
            storeFour(loadFour(from + c), to + c)
            c &+= 4
        }
        while c < columns { to[c] = from[c]; c &+= 1 }
        from += sourceStride
        to += targetStride
        r &+= 1
    }
}
