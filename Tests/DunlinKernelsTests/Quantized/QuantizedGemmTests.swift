import DunlinKernels
import Testing

extension QuantizedKernels: CustomTestStringConvertible {
    public var testDescription: String { "\(name), \(isa.rawValue)" }

    /// What this CPU has, and the AMX kernel on tiles in plain C.
    static var tested: [QuantizedKernels] { all + [tileModel] }
}

extension Random {
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: bits()) } }
}

/// The number that bits stand for.
func integer(_ bits: UInt8, _ isSigned: Bool) -> Int { isSigned ? Int(Int8(bitPattern: bits)) : Int(bits) }

@Suite struct QuantizedGemmTests {
    struct Product: CustomTestStringConvertible {
        var m, k, n: Int
        var isLeftSigned = false
        var isRightSigned = true
        var zero: Int32 = 0
        var columnZeros: [Int32] = []

        var testDescription: String {
            "\(m) x \(k) x \(n)\(isLeftSigned ? " signed" : "")\(isRightSigned ? "" : " unsigned") \(zero) \(columnZeros.count)"
        }
    }

    static let products: [Product] = {
        var products: [Product] = []
        for m in [1, 2, 3, 5, 6, 7, 13, 14, 15, 29] {
            for n in [1, 15, 16, 17, 31, 33, 48, 49, 64, 65, 100] { products.append(Product(m: m, k: 20, n: n)) }
        }
        for k in [0, 1, 2, 3, 4, 5, 63, 64, 65, 1000] {
            for isLeftSigned in [false, true] {
                products.append(
                    Product(m: 9, k: k, n: 21, isLeftSigned: isLeftSigned, isRightSigned: isLeftSigned, zero: 17))
            }
        }
        products.append(Product(m: 4, k: 37, n: 19, zero: -3, columnZeros: [5]))
        products.append(
            Product(m: 4, k: 36, n: 19, isRightSigned: false, zero: 9, columnZeros: (0..<19).map { 3 * $0 }))
        // More rows than are multiplied at once.
        products.append(Product(m: 300, k: 4001, n: 5, columnZeros: [1]))
        products.append(Product(m: 0, k: 4, n: 4))
        return products
    }()

    /// The sums by their definition, and the operands.
    private static func made(_ product: Product) -> (a: [UInt8], b: [UInt8], sums: [Int32]) {
        var random = Random(product.m * 1_000_003 + product.k * 1009 + product.n)
        var a = random.bytes(product.m * product.k), b = random.bytes(product.k * product.n)
        // The extremes, whose products in pairs leave 16 bits.
        for index in a.indices where index % 3 == 0 { a[index] = product.isLeftSigned ? 0x80 : 0xFF }
        for index in b.indices where index % 5 == 0 { b[index] = product.isRightSigned ? 0x80 : 0xFF }
        var sums = [Int32](repeating: 0, count: product.m * product.n)
        for i in 0..<product.m {
            for j in 0..<product.n {
                let zeros = product.columnZeros
                let columnZero = zeros.isEmpty ? 0 : Int(zeros[zeros.count == 1 ? 0 : j])
                var sum = 0
                for p in 0..<product.k {
                    sum +=
                        (integer(a[i * product.k + p], product.isLeftSigned) - Int(product.zero))
                        * (integer(b[p * product.n + j], product.isRightSigned) - columnZero)
                }
                sums[i * product.n + j] = Int32(sum)
            }
        }
        return (a, b, sums)
    }

    private func run<Element: BitwiseCopyable & Equatable>(
        _ product: Product, _ kernels: QuantizedKernels, filling: Element, _ a: [UInt8], _ b: [UInt8],
        _ result: IntegerSums.Result, scales: [Float] = [], integerBias: [Int32] = [], bias: [Float] = []
    ) -> [Element] {
        let packed = b.withUnsafeBufferPointer {
            PackedBytes(
                rows: product.k, columns: product.n, elements: $0, rowStride: product.n, columnStride: 1,
                isSigned: product.isRightSigned, kernels: kernels)
        }
        // Zero points as the kernels count: from 0 on the left, signed on the right.
        let zeros = product.columnZeros.isEmpty ? [0] : product.columnZeros
        let sums = IntegerSums(
            result, depth: product.k, columnSums: packed.columnSums[..<product.n],
            zero: product.zero + (product.isLeftSigned ? 128 : 0),
            columnZeros: zeros.map { $0 - (product.isRightSigned ? 0 : 128) }, scales: scales,
            integerBias: integerBias, bias: bias)
        let size = quantizedGemmScratch(
            m: product.m, depth: product.k, columns: product.n, isSigned: product.isLeftSigned)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { scratch.deallocate() }
        return written(product.m * product.n, filling: filling) { c in
            a.withUnsafeBufferPointer {
                quantizedGemm(
                    m: product.m, a: $0, isSigned: product.isLeftSigned, b: packed, sums: sums, scratch: scratch,
                    c: UnsafeMutableRawBufferPointer(c))
            }
        }
    }

    @Test("sums are exact", arguments: QuantizedKernels.tested, products)
    func sums(kernels: QuantizedKernels, product: Product) {
        let (a, b, expected) = Self.made(product)
        #expect(run(product, kernels, filling: Int32(-7), a, b, .int32) == expected)
    }

    @Test("open sums give what closed ones give", arguments: QuantizedKernels.tested)
    func opens(kernels: QuantizedKernels) {
        let product = Product(m: 5, k: 22, n: 70, zero: 31, columnZeros: [3])
        let (a, b, sums) = Self.made(product)
        let packed = b.withUnsafeBufferPointer {
            PackedBytes(
                rows: 22, columns: 70, elements: $0, rowStride: 70, columnStride: 1, isSigned: true, kernels: kernels)
        }
        let open = IntegerSums(
            .fp32(low: -.infinity, high: .infinity), depth: 22, columnSums: packed.columnSums[..<70], zero: nil,
            columnZeros: [3], scales: [0.5])
        let scratch = UnsafeMutableRawBufferPointer.allocate(
            byteCount: quantizedGemmScratch(m: 5, depth: 22, columns: 70, isSigned: false), alignment: 1)
        defer { scratch.deallocate() }
        let received = written(350, filling: Float(1)) { c in
            a.withUnsafeBufferPointer {
                quantizedGemm(
                    m: 5, a: $0, b: packed, sums: open, left: IntegerSums.Left(zero: 31, scale: 0.25),
                    scratch: scratch, c: UnsafeMutableRawBufferPointer(c))
            }
        }
        #expect(received == sums.map { Float($0) * 0.125 })
    }

    @Test(
        "sums are scaled, rounded half to even, moved and limited", arguments: QuantizedKernels.tested, [false, true])
    func narrows(kernels: QuantizedKernels, isSigned: Bool) {
        let product = Product(m: 15, k: 6, n: 70)
        let (a, b, sums) = Self.made(product)
        let scales = (0..<product.n).map { $0 % 3 == 0 ? Float(0.5) : 1 / Float(64 << ($0 % 5)) }
        let bias = (0..<product.n).map { Int32($0 * 31 - 900) }
        let zero: Int32 = isSigned ? -20 : 100
        let received = run(
            product, kernels, filling: UInt8(0xAB), a, b, .bits8(zero: zero, isSigned: isSigned), scales: scales,
            integerBias: bias)
        let range = isSigned ? -128...127 : 0...255
        for (index, sum) in sums.enumerated() {
            let column = index % product.n
            let scaled = (Float(sum + bias[column]) * scales[column]).rounded(.toNearestOrEven)
            let expected = min(max(Int(scaled) + Int(zero), range.lowerBound), range.upperBound)
            #expect(integer(received[index], isSigned) == expected, "sum \(sum) of column \(column)")
        }
    }

    @Test("FP32 results have scale, bias and limits; what is no number stays so", arguments: QuantizedKernels.tested)
    func floats(kernels: QuantizedKernels) {
        let product = Product(m: 3, k: 8, n: 35)
        let (a, b, sums) = Self.made(product)
        let scales = (0..<product.n).map { $0 == 4 ? Float.nan : 0.001 * Float($0 + 1) }
        let bias = (0..<product.n).map { Float($0) - 17 }
        let received: [Float] = run(
            product, kernels, filling: 5, a, b, .fp32(low: -2, high: 40), scales: scales, bias: bias)
        for (index, sum) in sums.enumerated() {
            let column = index % product.n
            let expected = min(max(Double(sum) * Double(scales[column]) + Double(bias[column]), -2), 40)
            if column == 4 {
                #expect(received[index].isNaN)
            } else {
                #expect(abs(Double(received[index]) - expected) <= 1e-5 * max(1, abs(expected)))
            }
        }
    }

    @Test("a row does not depend on its company", arguments: QuantizedKernels.tested)
    func rowsAreAlone(kernels: QuantizedKernels) {
        let product = Product(m: 31, k: 30, n: 77)
        let (a, b, _) = Self.made(product)
        let form = IntegerSums.Result.bits8(zero: 3, isSigned: false)
        let all = run(product, kernels, filling: UInt8(0), a, b, form, scales: [0.01])
        for row in 0..<product.m {
            let alone = run(
                Product(m: 1, k: 30, n: 77), kernels, filling: UInt8(0), Array(a[row * 30..<(row + 1) * 30]), b, form,
                scales: [0.01])
            #expect(alone == Array(all[row * 77..<(row + 1) * 77]))
        }
    }
}
