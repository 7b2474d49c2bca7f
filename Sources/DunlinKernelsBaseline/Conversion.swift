// Conversions and copies: plain loops that the compiler turns into vectors.

/// FP32 from FP16 bits.
package func widenFP16(_ input: UnsafePointer<UInt16>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
        output[i] = Float(Float16(bitPattern: input[i]))
        i &+= 1
    }
}

/// FP16 bits from FP32, to nearest, ties to even.
package func narrowToFP16(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<UInt16>, _ count: Int) {
    var i = 0
    while i < count {
        output[i] = Float16(input[i]).bitPattern
        i &+= 1
    }
}

/// FP32 from BF16 bits.
package func widenBF16(_ input: UnsafePointer<UInt16>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
        output[i] = Float(bitPattern: UInt32(truncatingIfNeeded: input[i]) &<< 16)
        i &+= 1
    }
}

/// BF16 bits from FP32, to nearest, ties to even; NaN stays NaN.
package func narrowToBF16(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<UInt16>, _ count: Int) {
    var i = 0
    while i < count {
        let bits = input[i].bitPattern
        let rounded = (bits &+ 0x7FFF &+ ((bits &>> 16) & 1)) &>> 16
        let quiet = (bits &>> 16) | 0x40
        output[i] = UInt16(truncatingIfNeeded: bits & 0x7FFF_FFFF > 0x7F80_0000 ? quiet : rounded)
        i &+= 1
    }
}

/// Rows and columns of a block that is transposed in one go: both sides' lines stay in the first-level cache.
@_transparent var transposeBlock: Int { 32 }

/// output[c, r] = input[r, c] for elements of `byteCount` 1, 2, 4 or 8 bytes at their natural alignment.
package func transpose(
    _ rows: Int, _ columns: Int, _ byteCount: Int, _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer
) {
    switch byteCount {
    case 1: transpose8(rows, columns, input, output)
    case 2: transpose16(rows, columns, input, output)
    case 4: transpose32(rows, columns, input, output)
    default: transpose64(rows, columns, input, output)
    }
}

func transpose8(_ rows: Int, _ columns: Int, _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer) {
    let source = input.assumingMemoryBound(to: UInt8.self)
    let target = output.assumingMemoryBound(to: UInt8.self)
    if rows == 3 { return interleaveThree(columns, source, target) }
    var r0 = 0
    while r0 < rows {
        let r1 = lesser(r0 &+ transposeBlock, rows)
        var c0 = 0
        while c0 < columns {
            let c1 = lesser(c0 &+ transposeBlock, columns)
            var c = c0
            while c < c1 {
                var r = r0
                while r < r1 {
                    target[c &* rows &+ r] = source[r &* columns &+ c]
                    r &+= 1
                }
                c &+= 1
            }
            c0 = c1
        }
        r0 = r1
    }
}

/// Three rows as columns of three: the planes of an image as its pixels. Four pixels at a time, by shifts.
@inline(never) func interleaveThree(
    _ columns: Int, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
) {
    let from = UnsafeRawPointer(source), to = UnsafeMutableRawPointer(target)
    var c = 0
    #if _endian(little)
        while c &+ 4 <= columns {
            let x = from.loadUnaligned(fromByteOffset: c, as: UInt32.self)
            let y = from.loadUnaligned(fromByteOffset: columns &+ c, as: UInt32.self)
            let z = from.loadUnaligned(fromByteOffset: 2 &* columns &+ c, as: UInt32.self)
            let first = (x & 0xFF) | (y & 0xFF) &<< 8 | (z & 0xFF) &<< 16 | (x & 0xFF00) &<< 16
            let second = (y & 0xFF00) &>> 8 | (z & 0xFF00) | (x & 0xFF_0000) | (y & 0xFF_0000) &<< 8
            let third = (z & 0xFF_0000) &>> 16 | (x &>> 24) &<< 8 | (y &>> 24) &<< 16 | (z & 0xFF00_0000)
            to.storeBytes(of: first, toByteOffset: 3 &* c, as: UInt32.self)
            to.storeBytes(of: second, toByteOffset: 3 &* c &+ 4, as: UInt32.self)
            to.storeBytes(of: third, toByteOffset: 3 &* c &+ 8, as: UInt32.self)
            c &+= 4
        }
    #endif
    while c < columns {
        target[3 &* c] = source[c]
        target[3 &* c &+ 1] = source[columns &+ c]
        target[3 &* c &+ 2] = source[2 &* columns &+ c]
        c &+= 1
    }
}

func transpose16(_ rows: Int, _ columns: Int, _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer) {
    let source = input.assumingMemoryBound(to: UInt16.self)
    let target = output.assumingMemoryBound(to: UInt16.self)
    var r0 = 0
    while r0 < rows {
        let r1 = lesser(r0 &+ transposeBlock, rows)
        var c0 = 0
        while c0 < columns {
            let c1 = lesser(c0 &+ transposeBlock, columns)
            var c = c0
            while c < c1 {
                var r = r0
                while r < r1 {
                    target[c &* rows &+ r] = source[r &* columns &+ c]
                    r &+= 1
                }
                c &+= 1
            }
            c0 = c1
        }
        r0 = r1
    }
}

func transpose32(_ rows: Int, _ columns: Int, _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer) {
    let source = input.assumingMemoryBound(to: UInt32.self)
    let target = output.assumingMemoryBound(to: UInt32.self)
    var r0 = 0
    while r0 < rows {
        let r1 = lesser(r0 &+ transposeBlock, rows)
        var c0 = 0
        while c0 < columns {
            let c1 = lesser(c0 &+ transposeBlock, columns)
            var c = c0
            while c < c1 {
                var r = r0
                while r < r1 {
                    target[c &* rows &+ r] = source[r &* columns &+ c]
                    r &+= 1
                }
                c &+= 1
            }
            c0 = c1
        }
        r0 = r1
    }
}

func transpose64(_ rows: Int, _ columns: Int, _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer) {
    let source = input.assumingMemoryBound(to: UInt64.self)
    let target = output.assumingMemoryBound(to: UInt64.self)
    var r0 = 0
    while r0 < rows {
        let r1 = lesser(r0 &+ transposeBlock, rows)
        var c0 = 0
        while c0 < columns {
            let c1 = lesser(c0 &+ transposeBlock, columns)
            var c = c0
            while c < c1 {
                var r = r0
                while r < r1 {
                    target[c &* rows &+ r] = source[r &* columns &+ c]
                    r &+= 1
                }
                c &+= 1
            }
            c0 = c1
        }
        r0 = r1
    }
}
