import DunlinInference
import DunlinKernels

/// The attributes that `Conv` and the pools share, for any number of spatial axes.
struct Window: Sendable {
    private let kernelShape: [Int]?
    private let strides: [Int]?
    private let dilations: [Int]?
    private var pads: [Int]?
    private var autoPad: String
    private let roundsUp: Bool

    /// The largest kernel, stride, dilation or pad that is accepted: what the kernels' preconditions allow.
    static let mostExtent = Window2D.largestExtent

    init(_ node: Node, roundsUp: Bool = false) throws(InferError) {
        kernelShape = try node.ints("kernel_shape")
        strides = try node.ints("strides")
        dilations = try node.ints("dilations")
        pads = try node.ints("pads")
        autoPad = try node.string("auto_pad", default: "NOTSET")
        self.roundsUp = roundsUp
        guard ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"].contains(autoPad) else {
            throw InferError(.invalidArgument, "attribute 'auto_pad' is '\(autoPad)'")
        }
        for (key, values, least) in [
            ("kernel_shape", kernelShape, 1), ("strides", strides, 1), ("dilations", dilations, 1), ("pads", pads, 0),
        ] {
            guard let values, !values.allSatisfy({ $0 >= least && $0 <= Self.mostExtent }) else { continue }
            throw InferError(.invalidArgument, "attribute '\(key)' is \(values)")
        }
    }

    /// Single pixels in their order.
    static let pixel = Window()

    private init() {
        kernelShape = [1, 1]
        strides = nil
        dilations = nil
        pads = nil
        autoPad = "NOTSET"
        roundsUp = false
    }

    /// The window over an image to which a node before it added zeros; `nil` where pads depend on the image or windows may
    /// begin beyond it.
    func padded(by added: [(before: Int, after: Int)]) -> Window? {
        guard isFixed, !roundsUp, pads?.count ?? 2 * added.count == 2 * added.count else { return nil }
        let own = (autoPad == "NOTSET" ? pads : nil) ?? [Int](repeating: 0, count: 2 * added.count)
        var window = self
        window.autoPad = "NOTSET"
        window.pads = zip(own, added.map(\.before) + added.map(\.after)).map { $0 + $1 }
        return window.pads?.allSatisfy { $0 <= Self.mostExtent } ?? false ? window : nil
    }

    /// Whether the window pads nothing itself.
    var isUnpadded: Bool { isFixed && (autoPad == "VALID" || pads?.allSatisfy { $0 == 0 } ?? true) }

    /// Whether the padding is the same for every image.
    var isFixed: Bool { !autoPad.hasPrefix("SAME") }

    /// Whether the kernel's extents are known: stated by the node, or those of the weights.
    func isKnown(weights: [Int]) -> Bool { kernelShape != nil || !weights.contains { $0 < 0 } }

    /// A window over one axis, with all defaults filled in.
    struct Axis: Sendable {
        var kernel: Int
        var stride: Int
        var dilation: Int
        var padBefore: Int
        var padAfter: Int
        /// Output elements, -1 when the input extent is not known.
        var output: Int

        var reach: Int { (kernel - 1) * dilation + 1 }
    }

    /// - Parameters:
    ///   - spatial: Extents of the image, -1 where unknown.
    ///   - weights: Extents of the weights' kernel, for `Conv`.
    func axes(_ spatial: [Int], weights: [Int]? = nil) throws(InferError) -> [Axis] {
        guard let kernel = kernelShape ?? weights else {
            throw InferError(.invalidArgument, "attribute 'kernel_shape' is missing")
        }
        if let weights, !zip(weights, kernel).allSatisfy({ $0 < 0 || $0 == $1 }) {
            throw InferError(.invalidArgument, "attribute 'kernel_shape' is \(kernel), the weights have \(weights)")
        }
        let count = spatial.count
        guard kernel.count == count, strides?.count ?? count == count, dilations?.count ?? count == count,
            pads?.count ?? 2 * count == 2 * count
        else { throw InferError(.invalidArgument, "the attributes do not fit \(count) spatial axes") }
        var axes: [Axis] = []
        for position in 0..<count {
            var axis = Axis(
                kernel: kernel[position], stride: strides?[position] ?? 1, dilation: dilations?[position] ?? 1,
                padBefore: pads?[position] ?? 0, padAfter: pads?[position + count] ?? 0, output: -1)
            guard axis.kernel >= 1 else {
                throw InferError(.invalidArgument, "the kernel's extent \(axis.kernel) is not known or 0")
            }
            let extent = spatial[position]
            switch autoPad {
            case "SAME_UPPER", "SAME_LOWER":
                guard extent >= 0 else { break }
                axis.output = (extent + axis.stride - 1) / axis.stride
                let total = max((axis.output - 1) * axis.stride + axis.reach - extent, 0)
                axis.padBefore = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2
                axis.padAfter = total - axis.padBefore
            case "VALID":
                (axis.padBefore, axis.padAfter) = (0, 0)
                axis.output = output(axis, extent)
            default: axis.output = output(axis, extent)
            }
            guard extent < 0 || axis.output >= 0 else {
                throw InferError(.invalidArgument, "a kernel of \(axis.reach) does not fit an extent of \(extent)")
            }
            // Those of the weights and of SAME padding were not seen at load.
            guard max(axis.kernel, axis.padBefore, axis.padAfter) <= Self.mostExtent else {
                throw InferError(
                    .invalidArgument,
                    "a kernel of \(axis.kernel) with pads of \(axis.padBefore) and \(axis.padAfter) exceeds "
                        + "\(Self.mostExtent)")
            }
            axes.append(axis)
        }
        return axes
    }

    private func output(_ axis: Axis, _ extent: Int) -> Int {
        guard extent >= 0 else { return -1 }
        let padded = extent + axis.padBefore + axis.padAfter
        let room = padded - axis.reach
        guard roundsUp else { return room >= 0 ? room / axis.stride + 1 : Int.min }
        // The last window may end beyond the padded image; also when it is the only one.
        var count = (room >= 0 ? (room + axis.stride - 1) / axis.stride : room / axis.stride) + 1
        // A window that would begin beyond the image and its padding before it is left out.
        if (count - 1) * axis.stride >= extent + axis.padBefore { count -= 1 }
        return count
    }

    /// The window of the two-dimensional kernels; one axis becomes a height of 1.
    static func twoDimensional(_ axes: [Axis]) -> Window2D? {
        guard (1...2).contains(axes.count), let x = axes.last else { return nil }
        let y = axes.count == 2 ? axes[0] : nil
        var window = Window2D(height: y?.kernel ?? 1, width: x.kernel)
        (window.strideX, window.dilationX, window.padLeft, window.padRight) =
            (x.stride, x.dilation, x.padBefore, x.padAfter)
        if let y {
            (window.strideY, window.dilationY, window.padTop, window.padBottom) =
                (y.stride, y.dilation, y.padBefore, y.padAfter)
        }
        return window
    }
}
