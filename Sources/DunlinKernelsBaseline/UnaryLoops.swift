// Written by scripts/generate-kernel-loops.swift: change that, not this file.
// swift-format-ignore-file

import Glibc

/// output[i] = f(input[i]); `code` is the raw value of `UnaryFunction.Code`. May run in place.
package func unaryF32(
    _ code: Int32, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float
) {
    if UnsafePointer(output) == input { return unaryInPlace(code, output, count, alpha, beta) }
    // Copied piece by piece, so that a loop has one pointer: with two it could not know whether they overlap.
    var i = 0
    while i < count {
        let part = count &- i < 2048 ? count &- i : 2048
        memcpy(output + i, input + i, part &* 4)
        unaryInPlace(code, output + i, part, alpha, beta)
        i &+= part
    }
}

@inline(never) func unaryInPlace(_ code: Int32, _ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    switch code {
    case 1: reluLoop(values, count, alpha, beta)
    case 2: leakyReluLoop(values, count, alpha, beta)
    case 3: clipLoop(values, count, alpha, beta)
    case 4: negateLoop(values, count, alpha, beta)
    case 5: absoluteLoop(values, count, alpha, beta)
    case 6: squareRootLoop(values, count, alpha, beta)
    case 7: reciprocalLoop(values, count, alpha, beta)
    case 8: exponentialLoop(values, count, alpha, beta)
    case 9: logarithmLoop(values, count, alpha, beta)
    case 10: sigmoidLoop(values, count, alpha, beta)
    case 11: tanhLoop(values, count, alpha, beta)
    case 12: erfLoop(values, count, alpha, beta)
    case 13: geluLoop(values, count, alpha, beta)
    case 14: geluTanhLoop(values, count, alpha, beta)
    case 15: softplusLoop(values, count, alpha, beta)
    case 16: hardSigmoidLoop(values, count, alpha, beta)
    case 17: hardSwishLoop(values, count, alpha, beta)
    case 18: eluLoop(values, count, alpha, beta)
    case 19: seluLoop(values, count, alpha, beta)
    case 20: celuLoop(values, count, alpha, beta)
    case 21: siluLoop(values, count, alpha, beta)
    case 22: softsignLoop(values, count, alpha, beta)
    case 23: mishLoop(values, count, alpha, beta)
    case 24: thresholdedReluLoop(values, count, alpha, beta)
    case 25: floorLoop(values, count, alpha, beta)
    case 26: ceilLoop(values, count, alpha, beta)
    case 27: roundLoop(values, count, alpha, beta)
    case 28: signLoop(values, count, alpha, beta)
    default: break
    }
}

@inline(never) func reluLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = reluOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func leakyReluLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = leakyReluOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func clipLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = clipOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func negateLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = negateOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func absoluteLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = absoluteOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func squareRootLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = squareRootOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func reciprocalLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = reciprocalOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func exponentialLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = exponentialOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func logarithmLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = logarithmOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func sigmoidLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = sigmoidOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func tanhLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = tanhOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func erfLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = erfOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func geluLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = geluOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func geluTanhLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = geluTanhOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func softplusLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = softplusOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func hardSigmoidLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = hardSigmoidOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func hardSwishLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = hardSwishOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func eluLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = eluOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func seluLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = seluOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func celuLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = celuOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func siluLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = siluOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func softsignLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = softsignOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func mishLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = mishOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func thresholdedReluLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = thresholdedReluOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func floorLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = floorOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func ceilLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = ceilOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func roundLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = roundOf(values[i], alpha, beta)
        i &+= 1
    }
}

@inline(never) func signLoop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
    var i = 0
    while i < count {
        values[i] = signOf(values[i], alpha, beta)
        i &+= 1
    }
}
