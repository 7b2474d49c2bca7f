// Writes the kernels' loops: one for each element function, and the reductions of rows.
//
//     swift scripts/generate-kernel-loops.swift <directory>
//
// The output in Sources/DunlinKernelsBaseline is committed, and `GeneratedKernelsTests` compares. Text is generated
// because the kernel modules may hold neither closures nor generics. Tiles: generate-kernel-tiles.swift. `swift` runs
// one file, so each script writes its files alone.

import Glibc

func heading(_ summary: String) -> String {
    """
    // Written by scripts/generate-kernel-loops.swift: change that, not this file.
    // swift-format-ignore-file

    \(summary.isEmpty ? "" : "// \(summary)\n\n")
    """
}

// MARK: - Element-wise loops

/// In the order of `UnaryFunction.Code`; each is a function `<name>Of(x, alpha, beta)` in Unary.swift.
let unaryNames = [
    "identity", "relu", "leakyRelu", "clip", "negate", "absolute", "squareRoot", "reciprocal", "exponential",
    "logarithm", "sigmoid", "tanh", "erf", "gelu", "geluTanh", "softplus", "hardSigmoid", "hardSwish", "elu", "selu",
    "celu", "silu", "softsign", "mish", "thresholdedRelu", "floor", "ceil", "round", "sign",
]

/// A loop over registers. In place is allowed, so the last, overlapping register is computed before any store.
func loop(_ name: String, parameters: String, setup: String = "", result: (String) -> String) -> String {
    """

    @inline(never) func \(name)(\(parameters), _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    \(setup)    let end = count &- laneCount
        let last = \(result("end"))
        var i = 0
        while i < end {
            store(\(result("i")), output, i)
            i &+= laneCount
        }
        store(last, output, end)
    }

    """
}

func unaryFile() -> String {
    var text = heading("")
    text += """
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

        """
    for (code, name) in unaryNames.enumerated().dropFirst() {
        text += "    case \(code): \(name)Loop(values, count, alpha, beta)\n"
    }
    text += "    default: break\n    }\n}\n"
    for name in unaryNames.dropFirst() {
        text += """

            @inline(never) func \(name)Loop(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ alpha: Float, _ beta: Float) {
                var i = 0
                while i < count {
                    values[i] = \(name)Of(values[i], alpha, beta)
                    i &+= 1
                }
            }

            """
    }
    return text
}

/// In the order of `BinaryFunction`; whether the sides can be exchanged.
let binaryNames = [
    ("add", true), ("subtract", false), ("multiply", true), ("divide", false), ("minimum", true), ("maximum", true),
    ("prelu", false), ("squaredDifference", true),
]

func binaryFile() -> String {
    var text = heading("")
    text += """
        /// output[i] = f(lhs[i], rhs[i]); `code` is the raw value of `BinaryFunction`. May run in place on either side.
        package func binaryF32(
            _ code: Int32, _ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int
        ) {
            if count < laneCount {
                if count <= 0 { return }
                var x = load(lhs, 0, count: count, filler: 1)
                var y = load(rhs, 0, count: count, filler: 1)
                binaryRegister(code, &x, &y)
                store(x, output, 0, count: count)
                return
            }
            switch code {

        """
    for (code, (name, _)) in binaryNames.enumerated().dropFirst() {
        text += "    case \(code): \(name)Loop(lhs, rhs, output, count)\n"
    }
    text += """
            default: addLoop(lhs, rhs, output, count)
            }
        }

        /// output[i] = f(values[i], number), or f(number, values[i]) when `isReversed`. May run in place.
        package func binaryScalarF32(
            _ code: Int32, _ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int, _ isReversed: Bool
        ) {
            if count < laneCount {
                if count <= 0 { return }
                var x = load(values, 0, count: count, filler: 1)
                binaryScalarRegister(code, &x, number, isReversed)
                store(x, output, 0, count: count)
                return
            }
            switch code {

        """
    for (code, (name, commutes)) in binaryNames.enumerated().dropFirst() {
        if !commutes {
            text += "    case \(code) where isReversed: \(name)ReversedLoop(values, number, output, count)\n"
        }
        text += "    case \(code): \(name)ScalarLoop(values, number, output, count)\n"
    }
    text += "    default: addScalarLoop(values, number, output, count)\n    }\n}\n"
    for (name, commutes) in binaryNames {
        text += loop("\(name)Loop", parameters: "_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>") {
            "\(name)Lanes(load(lhs, \($0)), load(rhs, \($0)))"
        }
        let scalar = "_ values: UnsafePointer<Float>, _ number: Float"
        text += loop("\(name)ScalarLoop", parameters: scalar, setup: "    let y = splat(number)\n") {
            "\(name)Lanes(load(values, \($0)), y)"
        }
        if !commutes {
            text += loop("\(name)ReversedLoop", parameters: scalar, setup: "    let y = splat(number)\n") {
                "\(name)Lanes(y, load(values, \($0)))"
            }
        }
    }
    return text
}

// MARK: - Row reductions

/// In the order of `RowReduction` without the mean: neutral element, one step, and how two partial results merge.
let reductions = [
    ("sum", "0", "r + x", "r + x"), ("sumOfSquares", "0", "madd(x, x, r)", "r + x"),
    ("sumOfMagnitudes", "0", "r + magnitude(x)", "r + x"), ("minimum", ".infinity", "minimum(r, x)", "minimum(r, x)"),
    ("maximum", "-.infinity", "maximum(r, x)", "maximum(r, x)"), ("product", "1", "r * x", "r * x"),
]

func reductionFile() -> String {
    func fill(_ step: String, _ r: String, _ x: String) -> String {
        let words = step.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
            String(
                word.split(separator: "(", omittingEmptySubsequences: false).map { part -> String in
                    String(
                        part.split(separator: ",", omittingEmptySubsequences: false).map { piece -> String in
                            piece == "r"
                                ? r
                                : piece == "r)" ? r + ")" : piece == "x" ? x : piece == "x)" ? x + ")" : String(piece)
                        }.joined(separator: ","))
                }.joined(separator: "("))
        }
        return words.joined(separator: " ")
    }
    var text = heading("Four partial results each, because one would wait for the latency of every step.")
    for (name, neutral, step, merge) in reductions {
        text += """
            func \(name)OfRow(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
                var r0 = splat(\(neutral)), r1 = r0, r2 = r0, r3 = r0
                var i = 0
                while i &+ 4 &* laneCount <= count {

            """
        for lane in 0..<4 {
            let at = lane == 0 ? "i" : lane == 1 ? "i &+ laneCount" : "i &+ \(lane) &* laneCount"
            text += "        let x\(lane) = load(row, \(at)); r\(lane) = \(fill(step, "r\(lane)", "x\(lane)"))\n"
        }
        text += """
                    i &+= 4 &* laneCount
                }
                while i &+ laneCount <= count {
                    let x = load(row, i); r0 = \(fill(step, "r0", "x"))
                    i &+= laneCount
                }
                if i < count {
                    let x = load(row, i, count: count &- i, filler: \(neutral)); r1 = \(fill(step, "r1", "x"))
                }
                r0 = \(fill(merge, "r0", "r1"))
                r2 = \(fill(merge, "r2", "r3"))
                return \(name.hasPrefix("sum") ? "sum" : name)OfLanes(\(fill(merge, "r0", "r2")))
            }


            """
    }
    text += """
        /// output[r] = reduction of row r; `code` is the raw value of `RowReduction`.
        package func reduceRowsF32(
            _ code: Int32, _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ output: UnsafeMutablePointer<Float>
        ) {
            var r = 0
            while r < rows {
                let row = input + r &* columns
                switch code {
                case 1: output[r] = sumOfRow(row, columns) / Float(columns)

        """
    for (index, reduction) in reductions.enumerated().dropFirst() {
        text += "        case \(index + 1): output[r] = \(reduction.0)OfRow(row, columns)\n"
    }
    text += """
                default: output[r] = sumOfRow(row, columns)
                }
                r &+= 1
            }
        }

        """
    return text
}

// MARK: - Writing

func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else {
        perror(path)
        exit(1)
    }
    fputs(text, file)
    fclose(file)
}

guard CommandLine.arguments.count == 2 else {
    print("usage: swift scripts/generate-kernel-loops.swift <directory>")
    exit(2)
}
let directory = CommandLine.arguments[1]
write(unaryFile(), to: "\(directory)/UnaryLoops.swift")
write(binaryFile(), to: "\(directory)/BinaryLoops.swift")
write(reductionFile(), to: "\(directory)/RowReductions.swift")
