import Glibc

/// The discrete Fourier transform of complex numbers in FP64, of any length, in O(n log n) steps.
///
///     y[k] = Σ x[n] · e^(∓2πi·k·n/length)
///
/// Lengths that are no power of two are brought to one by Bluestein's method: the transform is a convolution with a
/// chirp, which transforms of twice the length compute.
struct FourierTransform: Sendable {
    /// The longest transform, which bounds the tables.
    static let mostLength = 1 << 20

    let length: Int
    /// `length` itself, or the length of the transforms that compute the convolution.
    private let workLength: Int
    /// e^(-2πi·k/workLength) for the first half of a turn.
    private let cosines: [Double]
    private let sines: [Double]
    /// e^(-πi·n²/length), and the transform of its conjugate.
    private let chirp: [(Double, Double)]
    private let filter: [(Double, Double)]

    /// - Parameter length: 1 to `mostLength`.
    init(length: Int) {
        precondition(length >= 1 && length <= Self.mostLength, "a transform of length \(length)")
        self.length = length
        let isPower = length & (length - 1) == 0
        var work = 1
        while work < (isPower ? length : 2 * length - 1) { work *= 2 }
        workLength = work
        cosines = (0..<work / 2).map { cos(2 * .pi * Double($0) / Double(work)) }
        sines = (0..<work / 2).map { -sin(2 * .pi * Double($0) / Double(work)) }
        guard !isPower else {
            (chirp, filter) = ([], [])
            return
        }
        // n² is taken modulo 2·length, or the angle would lose its digits.
        chirp = (0..<length).map { n in
            let angle = -Double.pi * Double(n * n % (2 * length)) / Double(length)
            return (cos(angle), sin(angle))
        }
        var (real, imaginary) = ([Double](repeating: 0, count: work), [Double](repeating: 0, count: work))
        for (n, value) in chirp.enumerated() {
            (real[n], imaginary[n]) = (value.0, -value.1)
            if n > 0 { (real[work - n], imaginary[work - n]) = (value.0, -value.1) }
        }
        let (cosines, sines) = (cosines, sines)
        real.withUnsafeMutableBufferPointer { real in
            imaginary.withUnsafeMutableBufferPointer { imaginary in
                Self.transform(real.baseAddress!, imaginary.baseAddress!, work, cosines, sines)
            }
        }
        filter = zip(real, imaginary).map { ($0, $1) }
    }

    /// Numbers of working memory that `run` needs.
    var scratchCount: Int { chirp.isEmpty ? 0 : 2 * workLength }

    /// Transforms in place.
    ///
    /// - Parameters:
    ///   - inverse: The other direction, without the division by `length`.
    ///   - scratch: `scratchCount` numbers.
    func run(
        _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>, inverse: Bool,
        scratch: UnsafeMutablePointer<Double>
    ) {
        // The inverse is the transform with real and imaginary parts exchanged, before and after.
        let (x, y) = inverse ? (imaginary, real) : (real, imaginary)
        if chirp.isEmpty {
            Self.transform(x, y, length, cosines, sines)
        } else {
            convolve(x, y, scratch, scratch + workLength)
        }
    }

    private func convolve(
        _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ real: UnsafeMutablePointer<Double>,
        _ imaginary: UnsafeMutablePointer<Double>
    ) {
        for n in 0..<length {
            let (c, s) = chirp[n]
            real[n] = x[n] * c - y[n] * s
            imaginary[n] = x[n] * s + y[n] * c
        }
        for n in length..<workLength { (real[n], imaginary[n]) = (0, 0) }
        Self.transform(real, imaginary, workLength, cosines, sines)
        for n in 0..<workLength {
            let (c, s) = filter[n]
            (real[n], imaginary[n]) = (real[n] * c - imaginary[n] * s, real[n] * s + imaginary[n] * c)
        }
        Self.transform(imaginary, real, workLength, cosines, sines)
        let scale = 1 / Double(workLength)
        for n in 0..<length {
            let (c, s) = chirp[n]
            x[n] = (real[n] * c - imaginary[n] * s) * scale
            y[n] = (real[n] * s + imaginary[n] * c) * scale
        }
    }

    /// Cooley and Tukey's method for a power of two.
    private static func transform(
        _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>, _ count: Int,
        _ cosines: [Double], _ sines: [Double]
    ) {
        var reversed = 0
        for index in 1..<max(count, 1) {
            var bit = count >> 1
            while reversed & bit != 0 {
                reversed ^= bit
                bit >>= 1
            }
            reversed |= bit
            if index < reversed {
                (real[index], real[reversed]) = (real[reversed], real[index])
                (imaginary[index], imaginary[reversed]) = (imaginary[reversed], imaginary[index])
            }
        }
        var half = 1
        while half < count {
            let step = count / (2 * half)
            for start in stride(from: 0, to: count, by: 2 * half) {
                for k in 0..<half {
                    let (c, s) = (cosines[k * step], sines[k * step])
                    let (a, b) = (start + k, start + k + half)
                    let x = real[b] * c - imaginary[b] * s
                    let y = real[b] * s + imaginary[b] * c
                    (real[b], imaginary[b]) = (real[a] - x, imaginary[a] - y)
                    (real[a], imaginary[a]) = (real[a] + x, imaginary[a] + y)
                }
            }
            half *= 2
        }
    }
}
