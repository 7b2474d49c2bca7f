import DunlinKernels
import Testing

@Suite struct SharedProductsTests {
    @Test("gives bit for bit what single products give", arguments: KernelTable.all)
    func isSingleProducts(kernels: KernelTable) {
        for (depth, columns) in [(24, [16, 16, 16]), (600, [33, 7]), (1, [1, 64, 5]), (513, [32, 96])] {
            for rows in [1, 3, 4, 5, 27, 200] {
                var random = Random(depth + rows)
                let a = random.floats(rows * depth)
                let matrices = columns.map { count in
                    random.floats(depth * count).withUnsafeBufferPointer {
                        PackedMatrix(rows: depth, columns: count, elements: $0, kernels: kernels)
                    }
                }
                let biases = columns.enumerated().map { $0 == 1 ? [] : random.floats($1) }
                let activations = columns.indices.map { [UnaryFunction.gelu, .relu, .identity][$0] }
                let shared = SharedProducts(matrices, biases: biases, activations: activations)
                var results = columns.map { [Float](repeating: 9, count: rows * $0) }
                let targets = results.map { UnsafeMutableBufferPointer<Float>.allocate(capacity: $0.count) }
                a.withUnsafeBufferPointer { a in shared.run(m: rows, a: a) { targets[$0] } }
                for index in columns.indices {
                    biases[index].withUnsafeBufferPointer { bias in
                        a.withUnsafeBufferPointer { a in
                            results[index].withUnsafeMutableBufferPointer {
                                gemm(
                                    m: rows, a: a, b: matrices[index], bias: biases[index].isEmpty ? nil : bias,
                                    activation: activations[index], c: $0)
                            }
                        }
                    }
                    #expect(Array(targets[index]) == results[index], "\(rows) rows, product \(index)")
                    targets[index].deallocate()
                }
            }
        }
    }
}
