import Glibc

// Images of 8-bit elements with the channels innermost: [height, width, channels].

/// Copies bytes, few at a time as a rule: a call of memcpy would take longer.
@_transparent func copyBytes(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) {
    let from = UnsafeRawPointer(source), to = UnsafeMutableRawPointer(target)
    if count >= 16 {
        var i = 0
        while i &+ 16 <= count {
            to.storeBytes(
                of: from.loadUnaligned(fromByteOffset: i, as: SIMD4<UInt32>.self), toByteOffset: i,
                as: SIMD4<UInt32>.self)
            i &+= 16
        }
        // The last bytes again, together with some before them.
        let last = count &- 16
        to.storeBytes(
            of: from.loadUnaligned(fromByteOffset: last, as: SIMD4<UInt32>.self), toByteOffset: last,
            as: SIMD4<UInt32>.self)
    } else if count >= 4 {
        var i = 0
        while i &+ 4 <= count {
            to.storeBytes(of: from.loadUnaligned(fromByteOffset: i, as: UInt32.self), toByteOffset: i, as: UInt32.self)
            i &+= 4
        }
        let last = count &- 4
        to.storeBytes(
            of: from.loadUnaligned(fromByteOffset: last, as: UInt32.self), toByteOffset: last, as: UInt32.self)
    } else {
        if count & 2 != 0 { to.storeBytes(of: from.loadUnaligned(as: UInt16.self), as: UInt16.self) }
        if count & 1 != 0 { target[count &- 1] = source[count &- 1] }
    }
}

/// Rows of windows, one for each output from `first` on: what a matrix product takes as its left side.
///
///     rows[p, (ky · width + kx) · count + c] = image[y, x, channel + c], or `filler` in the padding
///
/// - Parameters:
///   - geometry: The table of `Window.swift`.
///   - channels: Channels of the image; the window takes `count` of them from `channel` on.
///   - stride: Bytes from one row to the next; what lies beyond the window is not written.
package func windowRowsU8(
    _ geometry: UnsafePointer<Int>, _ image: UnsafePointer<UInt8>, _ channels: Int, _ channel: Int, _ count: Int,
    _ filler: UInt8, _ first: Int, _ rowCount: Int, _ rows: UnsafeMutablePointer<UInt8>, _ stride: Int
) {
    let height = geometry[0], width = geometry[1], outputWidth = geometry[3]
    let kernelHeight = geometry[4], kernelWidth = geometry[5], strideY = geometry[6], strideX = geometry[7]
    let dilationY = geometry[8], dilationX = geometry[9], padTop = geometry[10], padLeft = geometry[11]
    let isWhole = count == channels && dilationX == 1
    let lineBytes = kernelWidth &* count
    var oy = first / outputWidth
    var ox = first &- oy &* outputWidth
    var p = 0
    while p < rowCount {
        let x0 = ox &* strideX &- padLeft
        let isInside = x0 >= 0 && x0 &+ (kernelWidth &- 1) &* dilationX < width
        var target = rows + p &* stride
        var ky = 0
        while ky < kernelHeight {
            let y = oy &* strideY &- padTop &+ ky &* dilationY
            if y < 0 || y >= height {
                memset(target, Int32(truncatingIfNeeded: filler), lineBytes)
            } else if isWhole && isInside {
                copyBytes(image + (y &* width &+ x0) &* channels, target, lineBytes)
            } else {
                let line = image + (y &* width &* channels &+ channel)
                var kx = 0
                while kx < kernelWidth {
                    let x = x0 &+ kx &* dilationX
                    if x < 0 || x >= width {
                        memset(target + kx &* count, Int32(truncatingIfNeeded: filler), count)
                    } else {
                        copyBytes(line + x &* channels, target + kx &* count, count)
                    }
                    kx &+= 1
                }
            }
            target += lineBytes
            ky &+= 1
        }
        ox &+= 1
        if ox == outputWidth {
            ox = 0
            oy &+= 1
        }
        p &+= 1
    }
}

/// For each output of line `oy` and each of `taps` places of the window, where its channels begin; `filler` in the
/// padding and for the places beyond the window. Lines come one after the other: `pointers` holds those of the line before.
package func windowPointersU8(
    _ geometry: UnsafePointer<Int>, _ image: UnsafePointer<UInt8>, _ channels: Int, _ filler: UnsafePointer<UInt8>,
    _ oy: Int, _ taps: Int, _ pointers: UnsafeMutablePointer<UnsafePointer<UInt8>?>
) {
    let height = geometry[0], width = geometry[1], outputWidth = geometry[3]
    let kernelHeight = geometry[4], kernelWidth = geometry[5], strideY = geometry[6], strideX = geometry[7]
    let dilationY = geometry[8], dilationX = geometry[9], padTop = geometry[10], padLeft = geometry[11]
    let top = oy &* strideY &- padTop
    if oy > 0 && top >= strideY && top &+ (kernelHeight &- 1) &* dilationY < height {
        // The line before was inside the image as well: its windows move down.
        return movePointers(taps &* outputWidth, strideY &* width &* channels, filler, pointers)
    }
    var tap = 0
    while tap < taps {
        let ky = tap / kernelWidth
        let y = oy &* strideY &- padTop &+ ky &* dilationY
        let isOutside = ky >= kernelHeight || y < 0 || y >= height
        let line = isOutside ? image : image + y &* width &* channels
        var x = (tap &- ky &* kernelWidth) &* dilationX &- padLeft
        var place = pointers + tap
        var ox = 0
        while ox < outputWidth {
            place.pointee = isOutside || x < 0 || x >= width ? filler : line + x &* channels
            place += taps
            x &+= strideX
            ox &+= 1
        }
        tap &+= 1
    }
}

/// Adds `step` to all pointers that are not `filler`.
@inline(never) func movePointers(
    _ count: Int, _ step: Int, _ filler: UnsafePointer<UInt8>, _ pointers: UnsafeMutablePointer<UnsafePointer<UInt8>?>
) {
    let places = UnsafeMutableRawPointer(pointers).assumingMemoryBound(to: Int.self)
    let outside = Int(bitPattern: filler)
    var i = 0
    while i < count {
        let place = places[i]
        places[i] = place == outside ? place : place &+ step
        i &+= 1
    }
}

/// The largest elements of each window, an output line at a time; a window without elements gives 0.
package func maximumPoolU8(
    _ geometry: UnsafePointer<Int>, _ image: UnsafePointer<UInt8>, _ channels: Int, _ sign: UInt8,
    _ output: UnsafeMutablePointer<UInt8>
) {
    let height = geometry[0], width = geometry[1], outputHeight = geometry[2], outputWidth = geometry[3]
    let kernelHeight = geometry[4], kernelWidth = geometry[5], strideY = geometry[6], strideX = geometry[7]
    let dilationY = geometry[8], dilationX = geometry[9], padTop = geometry[10], padLeft = geometry[11]
    var position = 0
    while position < outputHeight &* outputWidth {
        let oy = position / outputWidth
        let ox = position &- oy &* outputWidth
        // The part of the window that is inside.
        var y = oy &* strideY &- padTop, rows = kernelHeight
        while y < 0 && rows > 0 {
            y &+= dilationY
            rows &-= 1
        }
        while rows > 0 && y &+ (rows &- 1) &* dilationY >= height { rows &-= 1 }
        var x = ox &* strideX &- padLeft, columns = kernelWidth
        while x < 0 && columns > 0 {
            x &+= dilationX
            columns &-= 1
        }
        while columns > 0 && x &+ (columns &- 1) &* dilationX >= width { columns &-= 1 }
        let target = output + position &* channels
        if rows == 0 || columns == 0 {
            memset(target, 0, channels)
        } else {
            largestU8(
                image + (y &* width &+ x) &* channels, rows, dilationY &* width &* channels, columns,
                dilationX &* channels, channels, sign, target)
        }
        position &+= 1
    }
}

/// output[c] = the largest of input[r · rowStride + k · columnStride + c]
@_transparent func largestU8(
    _ input: UnsafePointer<UInt8>, _ rows: Int, _ rowStride: Int, _ columns: Int, _ columnStride: Int, _ count: Int,
    _ sign: UInt8, _ output: UnsafeMutablePointer<UInt8>
) {
    let signs = SIMD16<UInt8>(repeating: sign)
    var c = 0
    while count >= 16 && c < count {
        // The last sixteen may be some of those before them again.
        if c &+ 16 > count { c = count &- 16 }
        var largest = SIMD16<UInt8>(repeating: 0)
        var line = UnsafeRawPointer(input + c)
        var r = 0
        while r < rows {
            var from = line
            var k = 0
            while k < columns {
                let x = from.loadUnaligned(as: SIMD16<UInt8>.self) ^ signs
                largest.replace(with: x, where: x .> largest)
                from += columnStride
                k &+= 1
            }
            line += rowStride
            r &+= 1
        }
        UnsafeMutableRawPointer(output + c).storeBytes(of: largest ^ signs, as: SIMD16<UInt8>.self)
        c &+= 16
    }
    while c < count {
        var largest: UInt8 = 0
        var r = 0
        while r < rows {
            var k = 0
            while k < columns {
                let x = input[r &* rowStride &+ k &* columnStride &+ c] ^ sign
                largest = x > largest ? x : largest
                k &+= 1
            }
            r &+= 1
        }
        output[c] = largest ^ sign
        c &+= 1
    }
}

/// sums[c] += input[r, c] for all rows; the sign is taken off first.
package func columnSumsU8(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<UInt8>, _ sign: UInt8, _ sums: UnsafeMutablePointer<Int32>
) {
    var r = 0
    while r < rows {
        let source = input + r &* columns
        var c = 0
        while c < columns {
            sums[c] = sums[c] &+ unsignedElement(source[c], sign)
            c &+= 1
        }
        r &+= 1
    }
}
