// Written by scripts/generate-kernels.swift: change that, not this file.
// swift-format-ignore-file

/// output[i] = f(input[i]); `code` is the raw value of `UnaryFunction.Code`. May run in place.
package func unaryF32(
    _ code: Int32, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float
) {
    if count < laneCount {
        if count <= 0 { return }
        var x = load(input, 0, count: count, filler: 1)
        unaryRegister(code, &x, alpha, beta)
        store(x, output, 0, count: count)
        return
    }
    switch code {
    case 1: reluLoop(input, alpha, beta, output, count)
    case 2: leakyReluLoop(input, alpha, beta, output, count)
    case 3: clipLoop(input, alpha, beta, output, count)
    case 4: negateLoop(input, alpha, beta, output, count)
    case 5: absoluteLoop(input, alpha, beta, output, count)
    case 6: squareRootLoop(input, alpha, beta, output, count)
    case 7: reciprocalLoop(input, alpha, beta, output, count)
    case 8: exponentialLoop(input, alpha, beta, output, count)
    case 9: logarithmLoop(input, alpha, beta, output, count)
    case 10: sigmoidLoop(input, alpha, beta, output, count)
    case 11: tanhLoop(input, alpha, beta, output, count)
    case 12: erfLoop(input, alpha, beta, output, count)
    case 13: geluLoop(input, alpha, beta, output, count)
    case 14: geluTanhLoop(input, alpha, beta, output, count)
    case 15: softplusLoop(input, alpha, beta, output, count)
    case 16: hardSigmoidLoop(input, alpha, beta, output, count)
    case 17: hardSwishLoop(input, alpha, beta, output, count)
    case 18: eluLoop(input, alpha, beta, output, count)
    case 19: seluLoop(input, alpha, beta, output, count)
    case 20: celuLoop(input, alpha, beta, output, count)
    case 21: siluLoop(input, alpha, beta, output, count)
    case 22: softsignLoop(input, alpha, beta, output, count)
    case 23: mishLoop(input, alpha, beta, output, count)
    case 24: thresholdedReluLoop(input, alpha, beta, output, count)
    case 25: floorLoop(input, alpha, beta, output, count)
    case 26: ceilLoop(input, alpha, beta, output, count)
    case 27: roundLoop(input, alpha, beta, output, count)
    case 28: signLoop(input, alpha, beta, output, count)
    default: identityLoop(input, alpha, beta, output, count)
    }
}

@inline(never) func identityLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = identityLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(identityLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func reluLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = reluLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(reluLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func leakyReluLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = leakyReluLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(leakyReluLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func clipLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = clipLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(clipLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func negateLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = negateLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(negateLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func absoluteLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = absoluteLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(absoluteLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func squareRootLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = squareRootLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(squareRootLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func reciprocalLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = reciprocalLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(reciprocalLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func exponentialLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = exponentialLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(exponentialLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func logarithmLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = logarithmLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(logarithmLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func sigmoidLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = sigmoidLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(sigmoidLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func tanhLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = tanhLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(tanhLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func erfLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = erfLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(erfLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func geluLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = geluLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(geluLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func geluTanhLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = geluTanhLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(geluTanhLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func softplusLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = softplusLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(softplusLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func hardSigmoidLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = hardSigmoidLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(hardSigmoidLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func hardSwishLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = hardSwishLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(hardSwishLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func eluLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = eluLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(eluLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func seluLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = seluLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(seluLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func celuLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = celuLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(celuLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func siluLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = siluLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(siluLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func softsignLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = softsignLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(softsignLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func mishLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = mishLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(mishLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func thresholdedReluLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = thresholdedReluLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(thresholdedReluLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func floorLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = floorLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(floorLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func ceilLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = ceilLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(ceilLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func roundLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = roundLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(roundLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func signLoop(_ input: UnsafePointer<Float>, _ alpha: Float, _ beta: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = signLanes(load(input, end), alpha, beta)
    var i = 0
    while i < end {
        store(signLanes(load(input, i), alpha, beta), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}
