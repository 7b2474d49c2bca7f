import DunlinInference
import Glibc

/// Support vectors and the kernel function that compares a row with each of them.
struct SupportVectors: Sendable {
    enum Function: String, Sendable {
        case linear = "LINEAR", polynomial = "POLY", rbf = "RBF", sigmoid = "SIGMOID"
    }

    private let function: Function
    private let gamma: Float
    private let coef0: Float
    private let degree: Float
    let count: Int
    let featureCount: Int
    /// `[count, featureCount]`.
    private let vectors: [Float]

    var memoryByteCount: Int { vectors.count * 4 }

    /// Reads `kernel_type` and `kernel_params`.
    ///
    /// - Parameters:
    ///   - vectors: `[count, features]`.
    ///   - isLinear: Whether these are no support vectors but coefficients, which know the linear function only.
    /// - Throws: When the sizes do not agree.
    init(_ node: Node, _ vectors: [Float], count: Int, isLinear: Bool) throws(InferError) {
        let name = try node.string("kernel_type", default: "LINEAR")
        guard let found = Function(rawValue: name) else {
            throw InferError(
                .invalidArgument, "attribute 'kernel_type' is '\(name)'; expected LINEAR, POLY, RBF or SIGMOID")
        }
        function = isLinear ? .linear : found
        let parameters = try node.floats("kernel_params") ?? []
        guard parameters.isEmpty || parameters.count == 3 else {
            throw InferError(.invalidArgument, "attribute 'kernel_params' has \(parameters.count) elements, expected 3")
        }
        gamma = parameters.isEmpty ? 0 : parameters[0]
        coef0 = parameters.isEmpty ? 0 : parameters[1]
        degree = parameters.isEmpty ? 0 : parameters[2]
        guard count > 0, !vectors.isEmpty, vectors.count % count == 0 else {
            throw InferError(.invalidArgument, "\(vectors.count) numbers for \(count) vectors do not divide")
        }
        self.count = count
        self.vectors = vectors
        featureCount = vectors.count / count
    }

    func check(columns: Int) throws(InferError) {
        guard columns < 0 || columns == featureCount else {
            throw InferError(
                .invalidArgument, "the input has \(columns) columns, the support vectors \(featureCount)")
        }
    }

    /// The kernel function of one row with every vector.
    ///
    /// - Parameters:
    ///   - row: `featureCount` elements.
    ///   - output: Gets `count` elements.
    func compare(_ row: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
        vectors.withUnsafeBufferPointer { vectors in
            for index in 0..<count {
                let vector = vectors.baseAddress! + index * featureCount
                switch function {
                case .rbf: output[index] = expf(-gamma * Self.squaredDistance(row, vector, featureCount))
                case .linear: output[index] = Self.dot(row, vector, featureCount)
                case .sigmoid: output[index] = tanhf(gamma * Self.dot(row, vector, featureCount) + coef0)
                case .polynomial:
                    let x = gamma * Self.dot(row, vector, featureCount) + coef0
                    output[index] = degree == 2 ? x * x : degree == 3 ? x * x * x : powf(x, degree)
                }
            }
        }
    }

    private static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
        let (p, q) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
        var lanes = SIMD8<Float>.zero
        var index = 0
        while index &+ 8 <= count {
            lanes +=
                p.loadUnaligned(fromByteOffset: index &* 4, as: SIMD8<Float>.self)
                * q.loadUnaligned(fromByteOffset: index &* 4, as: SIMD8<Float>.self)
            index &+= 8
        }
        var sum = lanes.sum()
        while index < count {
            sum += a[index] * b[index]
            index &+= 1
        }
        return sum
    }

    private static func squaredDistance(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
    ) -> Float {
        let (p, q) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
        var lanes = SIMD8<Float>.zero
        var index = 0
        while index &+ 8 <= count {
            let difference =
                p.loadUnaligned(fromByteOffset: index &* 4, as: SIMD8<Float>.self)
                - q.loadUnaligned(fromByteOffset: index &* 4, as: SIMD8<Float>.self)
            lanes += difference * difference
            index &+= 8
        }
        var sum = lanes.sum()
        while index < count {
            sum += (a[index] - b[index]) * (a[index] - b[index])
            index &+= 1
        }
        return sum
    }
}
