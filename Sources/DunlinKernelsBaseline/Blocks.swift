// Blocked images: [channel blocks, height, width, laneCount], one register of channels at each pixel. Channels past the
// last one hold what zero weights leave there, and zero weights take them in again.

// What `Window.swift` begins, continued by `BlockedGeometry`.

/// Registers of channels of the input, or its channels where it `isPlanar`.
@_transparent func inputBlocks(_ g: UnsafePointer<Int>) -> Int { g[14] }
/// Registers of channels of the output.
@_transparent func outputBlocks(_ g: UnsafePointer<Int>) -> Int { g[15] }
/// Whether the input is [channels, height, width], not blocked.
@_transparent func isPlanar(_ g: UnsafePointer<Int>) -> Bool { g[16] != 0 }

/// Numbers in a register: what the channels are blocked by.
package func blockSizeF32() -> Int { laneCount }

/// min(max(x, lower), upper); NaN stays.
@_transparent func clipped(_ x: Lanes, _ lower: Lanes, _ upper: Lanes) -> Lanes {
    let raised = select(x .< lower, lower, x)
    return select(raised .> upper, upper, raised)
}

/// Whether an activation is a clip between `clipLower` and `clipUpper`, which needs no pass of its own.
@_transparent func isClip(_ code: Int32) -> Bool { code == 1 || code == 3 }
@_transparent func clipLower(_ code: Int32, _ alpha: Float) -> Float { code == 1 ? 0 : alpha }
@_transparent func clipUpper(_ code: Int32, _ beta: Float) -> Float { code == 1 ? .infinity : beta }

/// [channels, pixels] to [blocks, pixels, laneCount]; lanes without a channel become 0.
package func blockF32(
    _ channels: Int, _ pixels: Int, _ planes: UnsafePointer<Float>, _ blocked: UnsafeMutablePointer<Float>
) {
    var first = 0
    while first < channels {
        let target = blocked + first &* pixels, source = planes + first &* pixels
        let count = lesser(laneCount, channels &- first)
        // A few pixels at a time, so that the lines they are written to stay in the first-level cache.
        var from = 0
        while from < pixels {
            let end = lesser(from &+ 64, pixels)
            var lane = 0
            while lane < laneCount {
                var p = from
                if lane < count {
                    while p < end { target[p &* laneCount &+ lane] = source[lane &* pixels &+ p]; p &+= 1 }
                } else {
                    while p < end { target[p &* laneCount &+ lane] = 0; p &+= 1 }
                }
                lane &+= 1
            }
            from = end
        }
        first &+= laneCount
    }
}

/// [blocks, pixels, laneCount] to [channels, pixels].
package func unblockF32(
    _ channels: Int, _ pixels: Int, _ blocked: UnsafePointer<Float>, _ planes: UnsafeMutablePointer<Float>
) {
    var first = 0
    while first < channels {
        let source = blocked + first &* pixels, target = planes + first &* pixels
        let count = lesser(laneCount, channels &- first)
        var from = 0
        while from < pixels {
            let end = lesser(from &+ 64, pixels)
            var lane = 0
            while lane < count {
                var p = from
                while p < end { target[lane &* pixels &+ p] = source[p &* laneCount &+ lane]; p &+= 1 }
                lane &+= 1
            }
            from = end
        }
        first &+= laneCount
    }
}

/// Packs a convolution's weights, `[outputs, depth]`, as panels of two registers of outputs (the last may have one):
/// panel after panel, each [depth, outputs of the panel].
///
/// The depth is [input channels, taps] in `weights` and [input blocks, taps, laneCount] in a panel, or as it is where the
/// input `isPlanar`. Channels that fill up a register are 0.
package func packPanelsF32(
    _ outputs: Int, _ inputs: Int, _ taps: Int, _ isPlanar: Bool, _ weights: UnsafePointer<Float>,
    _ packed: UnsafeMutablePointer<Float>
) {
    let inner = isPlanar ? 1 : laneCount
    let blocks = (outputs &+ laneCount &- 1) / laneCount, steps = (inputs &+ inner &- 1) / inner
    var to = packed
    var block = 0
    while block < blocks {
        let width = lesser(2, blocks &- block) &* laneCount
        var step = 0
        while step < steps {
            var tap = 0
            while tap < taps {
                var k = 0
                while k < inner {
                    let input = step &* inner &+ k
                    var o = 0
                    while o < width {
                        let output = block &* laneCount &+ o
                        to[o] =
                            input < inputs && output < outputs
                            ? weights[(output &* inputs &+ input) &* taps &+ tap] : 0
                        o &+= 1
                    }
                    to += width
                    k &+= 1
                }
                tap &+= 1
            }
            step &+= 1
        }
        block &+= 2
    }
}

/// The mean of each channel's pixels: [blocks, pixels, laneCount] to [channels].
package func blockMeansF32(
    _ channels: Int, _ pixels: Int, _ blocked: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
) {
    var first = 0
    while first < channels {
        let source = blocked + first &* pixels
        var s0 = splat(0), s1 = s0, s2 = s0, s3 = s0
        var p = 0
        while p &+ 4 <= pixels {
            s0 += load(source, p &* laneCount)
            s1 += load(source, (p &+ 1) &* laneCount)
            s2 += load(source, (p &+ 2) &* laneCount)
            s3 += load(source, (p &+ 3) &* laneCount)
            p &+= 4
        }
        while p < pixels {
            s0 += load(source, p &* laneCount)
            p &+= 1
        }
        let mean = ((s0 + s1) + (s2 + s3)) / splat(Float(pixels))
        if channels &- first >= laneCount {
            store(mean, output, first)
        } else {
            store(mean, output, first, count: channels &- first)
        }
        first &+= laneCount
    }
}

/// Multiplies each pixel of [blocks, pixels, laneCount] by its channel's factor in [blocks, laneCount].
package func scaleBlocksF32(
    _ blocks: Int, _ pixels: Int, _ image: UnsafePointer<Float>, _ factors: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
) {
    var b = 0
    while b < blocks {
        let factor = load(factors, b &* laneCount), from = b &* pixels &* laneCount
        var i = from
        while i < from &+ pixels &* laneCount {
            store(load(image, i) * factor, output, i)
            i &+= laneCount
        }
        b &+= 1
    }
}
