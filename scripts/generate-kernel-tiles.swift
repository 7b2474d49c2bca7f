// Writes the kernels' tiles: straight-line code with named accumulators.
//
//     swift scripts/generate-kernel-tiles.swift <directory>
//
// The output in Sources/DunlinKernelsBaseline is committed, and `GeneratedKernelsTests` compares. Text is generated
// because accumulators in an array are not kept in registers. Element loops and reductions: generate-kernel-loops.swift.
// `swift` runs one file, so each script writes its files alone.

import Glibc

func heading(_ summary: String) -> String {
    """
    // Written by scripts/generate-kernel-tiles.swift: change that, not this file.
    // swift-format-ignore-file

    \(summary.isEmpty ? "" : "// \(summary)\n\n")
    """
}

// MARK: - GEMM tiles

struct Tile {
    let name: String, condition: String, rows: Int
}

let tiles = [
    Tile(name: "V4", condition: "DUNLIN_V4", rows: 14),
    Tile(name: "V3", condition: "DUNLIN_V3", rows: 6),
    Tile(name: "Baseline", condition: "!DUNLIN_V3 && !DUNLIN_V4", rows: 4),
]

/// One tile function: `rows` rows of `vectors` registers each; a sparse one reads rows of `b` from a list.
func tileFunction(rows: Int, vectors: Int, isSparse: Bool = false) -> String {
    var text = """
        func \(isSparse ? "sparseTile" : "tile")\(rows)x\(vectors)(
            _ depth: Int, _ a: UnsafePointer<Float>, \(isSparse ? "_ offsets: UnsafePointer<Int32>, " : "")_ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
        ) {

        """
    let lanes = (0..<vectors).map { $0 == 0 ? "" : " &+ laneCount\($0 == 1 ? "" : " &* \($0)")" }
    var zeros: [String] = [], loads: [String] = []
    for i in 0..<rows {
        for j in 0..<vectors {
            zeros.append("c\(i)_\(j) = splat(0)")
            loads.append("c\(i)_\(j) = load(c, \(i) &* ldc\(lanes[j]))")
        }
    }
    text += "    var \(zeros.joined(separator: ", "))\n"
    text += "    if accumulates {\n        \(loads.joined(separator: "; "))\n    }\n"
    text += """
            var p = 0, a = a, ahead = ahead\(isSparse ? "" : ", b = b")
            while p < depth {
                dk_prefetch(ahead)
                \(isSparse ? "let b = b + Int(offsets[p])\n        " : "")let \((0..<vectors).map { "b\($0) = load(b, 0\(lanes[$0]))" }.joined(separator: ", "))

        """
    for i in 0..<rows {
        let steps = (0..<vectors).map { "c\(i)_\($0) = madd(a\(i), b\($0), c\(i)_\($0))" }.joined(separator: "; ")
        text += "        let a\(i) = splat(a[\(i)]); \(steps)\n"
    }
    text += """
                a += \(rows); \(isSparse ? "" : "b += tileColumns; ")ahead += step; p &+= 1
            }

        """
    for i in 0..<rows {
        let stores = (0..<vectors).map { "store(c\(i)_\($0), c, \(i) &* ldc\(lanes[$0]))" }.joined(separator: "; ")
        text += "    \(stores)\n"
    }
    return text + "}\n"
}

func tileFile(_ tile: Tile) -> String {
    var text = heading("c[i, j] = (accumulates ? c[i, j] : 0) + Σ a[p, i] · b[p, j], for each height of a tile.")
    text += """
        import CDunlinKernels


        #if \(tile.condition)

        /// Rows of the largest tile.
        @_transparent var tileRows: Int { \(tile.rows) }

        /// Columns of a tile, and of a panel of a packed matrix.
        @_transparent var tileColumns: Int { 2 &* laneCount }

        /// One tile of `rows` rows: `a` is packed [depth, rows], `b` [depth, tileColumns]. With each step of the depth a line
        /// of the cache is asked for, from `ahead` on, `step` numbers further each time.
        @_transparent func gemmTile(
            _ rows: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
        ) {
            switch rows {

        """
    for rows in 1..<tile.rows {
        text += "    case \(rows): tile\(rows)x2(depth, a, b, c, ldc, accumulates, ahead, step)\n"
    }
    text += "    default: tile\(tile.rows)x2(depth, a, b, c, ldc, accumulates, ahead, step)\n    }\n}\n"
    for rows in 1...tile.rows { text += "\n" + tileFunction(rows: rows, vectors: 2) }
    return text + "\n#endif\n"
}

func sparseTileFile(_ tile: Tile) -> String {
    var text = heading(
        "c[i, j] = (accumulates ? c[i, j] : 0) + Σ a[p, i] · b[offsets[p] + j], for each height of a tile.")
    text += """
        import CDunlinKernels


        #if \(tile.condition)

        /// One tile of `rows` rows: `a` is packed [depth, rows]; `offsets` tells where each row of `b` begins.
        @_transparent func sparseTile(
            _ rows: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ offsets: UnsafePointer<Int32>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
        ) {
            switch rows {

        """
    for rows in 1..<tile.rows {
        text += "    case \(rows): sparseTile\(rows)x2(depth, a, offsets, b, c, ldc, accumulates, ahead, step)\n"
    }
    text += "    default: sparseTile\(tile.rows)x2(depth, a, offsets, b, c, ldc, accumulates, ahead, step)\n    }\n}\n"
    for rows in 1...tile.rows { text += "\n" + tileFunction(rows: rows, vectors: 2, isSparse: true) }
    return text + "\n#endif\n"
}

// MARK: - Window tiles

/// Output pixels of a tile whose two registers a pixel hold channels: what the instruction set has registers for.
let windowTiles = [
    (condition: "DUNLIN_V4", pixels: 8), (condition: "DUNLIN_V3", pixels: 6),
    (condition: "!DUNLIN_V3 && !DUNLIN_V4", pixels: 4),
]

func windowTileFunction(pixels: Int, vectors: Int) -> String {
    let lanes = (0..<vectors).map { $0 == 0 ? "" : " &+ laneCount" }
    var text = """

        func windowTile\(pixels)x\(vectors)(
            _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
        ) {

        """
    for j in 0..<vectors {
        text += "    let bias\(j) = load(weights, 0\(lanes[j]))\n"
    }
    for i in 0..<pixels {
        let sums = (0..<vectors).map { "c\(i)_\($0) = bias\($0)" }.joined(separator: ", ")
        text += "    let p\(i) = image + pixels[\(i)]; var \(sums)\n"
    }
    text += """
            var k = 0, weights = weights + tileColumns
            while k < depth {
                let tap = taps[k]
                let \((0..<vectors).map { "w\($0) = load(weights, 0\(lanes[$0]))" }.joined(separator: ", "))

        """
    for i in 0..<pixels {
        let steps = (0..<vectors).map { "c\(i)_\($0) = madd(a\(i), w\($0), c\(i)_\($0))" }.joined(separator: "; ")
        text += "        let a\(i) = splat(p\(i)[tap]); \(steps)\n"
    }
    text += """
                weights += tileColumns; k &+= 1
            }
            if isRelu {

        """
    for i in 0..<pixels {
        text +=
            "        "
            + (0..<vectors).map { "c\(i)_\($0) = relu(c\(i)_\($0))" }.joined(separator: "; ") + "\n"
    }
    text += "    }\n"
    for i in 0..<pixels {
        text +=
            "    "
            + (0..<vectors).map { "store(c\(i)_\($0), output, \(i) &* stride\(lanes[$0]))" }.joined(separator: "; ")
            + "\n"
    }
    return text + "}\n"
}

func windowTileFile() -> String {
    var text = heading(
        "output[i, o] = weights[0, o] + Σ image[pixels[i] + taps[k]] · weights[k + 1, o], for the pixels of a tile.")
    for (condition, pixels) in windowTiles {
        text += """
            #if \(condition)

            /// Output pixels of a tile.
            @_transparent var windowPixels: Int { \(pixels) }

            /// One tile; its channels are those of one or of two registers.
            @_transparent func windowTile(
                _ isWide: Bool, _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
            ) {
                if isWide {
                    windowTile\(pixels)x2(depth, taps, image, pixels, weights, isRelu, output, stride)
                } else {
                    windowTile\(pixels)x1(depth, taps, image, pixels, weights, isRelu, output, stride)
                }
            }

            """
        text += windowTileFunction(pixels: pixels, vectors: 1) + windowTileFunction(pixels: pixels, vectors: 2)
        text += "\n#endif\n\n"
    }
    return String(text.dropLast())
}

// MARK: - Block tiles

/// Output pixels of a tile of a blocked convolution; its channels are one or two registers wide.
let blockTiles = [
    (name: "V4", condition: "DUNLIN_V4", pixels: 14), (name: "V3", condition: "DUNLIN_V3", pixels: 6),
    (name: "Baseline", condition: "!DUNLIN_V3 && !DUNLIN_V4", pixels: 4),
]

/// One tile. A step multiplies one register's worth of input channels; where the image `isPlanar`, one number.
func blockTileFunction(pixels: Int, vectors: Int, isPlanar: Bool) -> String {
    let lanes = (0..<vectors).map { $0 == 0 ? "" : " &+ laneCount" }
    func each(_ text: (Int, Int) -> String) -> String {
        (0..<pixels).flatMap { i in (0..<vectors).map { text(i, $0) } }.joined(separator: "; ")
    }
    func place(_ i: Int, _ j: Int, _ stride: String) -> String {
        let pixel = i == 0 ? "0" : "\(i) &* laneCount"
        return j == 0 ? pixel : "\(pixel) &+ \(stride)"
    }
    let name = isPlanar ? "planarTile" : "blockTile"
    var text = """

        func \(name)\(pixels)x\(vectors)(\(blockTileParameters)\(isPlanar ? "" : aheadParameters)) {
            var \((0..<pixels).flatMap { i in (0..<vectors).map { "c\(i)_\($0) = splat(0)" } }.joined(separator: ", "))
            if let bias {
                let \((0..<vectors).map { "bias\($0) = load(bias, 0\(lanes[$0]))" }.joined(separator: ", "))
                \(each { "c\($0)_\($1) = bias\($1)" })
            } else {
                \(each { "c\($0)_\($1) = load(c, \(place($0, $1, "stride")))" })
            }
            var s = 0, w = w
            while s < steps {
                let a = image + offsets[s]

        """
    let indent = isPlanar ? "        " : "            "
    if !isPlanar {
        text += "        askFor(ahead, s, lines)\n        var k = 0\n        while k < laneCount {\n"
    }
    text += indent + "let \((0..<vectors).map { "w\($0) = load(w, 0\(lanes[$0]))" }.joined(separator: ", "))\n"
    for i in 0..<pixels {
        let from = isPlanar ? "\(i)" : i == 0 ? "k" : "k &+ \(i) &* laneCount"
        let steps = (0..<vectors).map { "c\(i)_\($0) = madd(a\(i), w\($0), c\(i)_\($0))" }.joined(separator: "; ")
        text += indent + "let a\(i) = splat(a[\(from)]); \(steps)\n"
    }
    text += indent + "w += \(vectors == 1 ? "laneCount" : "\(vectors) &* laneCount")"
    text += isPlanar ? "\n" : "; k &+= 1\n        }\n"
    text += """
                s &+= 1
            }
            if let residual { \(each { "c\($0)_\($1) += load(residual, \(place($0, $1, "stride")))" }) }
            if clips { \(each { "c\($0)_\($1) = clipped(c\($0)_\($1), splat(lower), splat(upper))" }) }
            \(each { "store(c\($0)_\($1), c, \(place($0, $1, "stride")))" })
        }

        """
    return text
}

let blockTileParameters =
    "_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, "
    + "_ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, "
    + "_ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int"

/// What only the tiles of blocked images take: which lines to ask for, so many in each step.
let aheadParameters = ", _ ahead: UnsafePointer<Float>, _ lines: Int"

typealias BlockTile = (name: String, condition: String, pixels: Int)

func blockTileFile(_ tile: BlockTile, widths: [Int], isPlanar: Bool) -> String {
    let name = isPlanar ? "planarTile" : "blockTile"
    let ahead = isPlanar ? "" : ", ahead, lines"
    let call = "(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride\(ahead))"
    var text = heading(
        isPlanar
            ? "c[o, i] = bias[o] + Σ image[offsets[s] + i] · w[s, o] + residual[o, i], for the pixels of a tile."
            : "c[o, i] = bias[o] + Σ image[offsets[s] + i, k] · w[s, k, o] + residual[o, i], for the pixels of a tile.")
    text += "#if \(tile.condition)\n"
    if widths.contains(2) && !isPlanar {
        text += "\n/// Output pixels of the largest tile.\n@_transparent var blockPixels: Int { \(tile.pixels) }\n"
    }
    for vectors in widths {
        text += """

            /// One tile of `pixels` pixels, \(vectors == 1 ? "one register" : "two registers") of channels wide; \
            without `bias` the old content of `c` is added to.
            @_transparent func \(name)x\(vectors)(_ pixels: Int, \(blockTileParameters)\(isPlanar ? "" : aheadParameters)) {
                switch pixels {

            """
        for pixels in 1..<tile.pixels { text += "    case \(pixels): \(name)\(pixels)x\(vectors)\(call)\n" }
        text += "    default: \(name)\(tile.pixels)x\(vectors)\(call)\n    }\n}\n"
        for pixels in 1...tile.pixels {
            text += blockTileFunction(pixels: pixels, vectors: vectors, isPlanar: isPlanar)
        }
    }
    return text + "\n#endif\n"
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
    print("usage: swift scripts/generate-kernel-tiles.swift <directory>")
    exit(2)
}
let directory = CommandLine.arguments[1]
for tile in tiles {
    write(tileFile(tile), to: "\(directory)/GemmTiles\(tile.name).swift")
    write(sparseTileFile(tile), to: "\(directory)/GemmSparseTiles\(tile.name).swift")
}
for tile in blockTiles {
    for (kind, isPlanar) in [("Block", false), ("Planar", true)] {
        // The widest tiles take two files.
        let files = tile.pixels > 8 ? [("Narrow", [1]), ("Wide", [2])] : [("", [1, 2])]
        for (width, vectors) in files {
            write(
                blockTileFile(tile, widths: vectors, isPlanar: isPlanar),
                to: "\(directory)/\(kind)Tiles\(width)\(tile.name).swift")
        }
    }
}
write(windowTileFile(), to: "\(directory)/WindowTiles.swift")
