import DunlinKernels
import Testing

@Suite struct BF16ConvolutionTests {
    typealias Row = BlockedConvolutionTests.Row

    static let rows =
        BlockedConvolutionTests.rows.filter { $0.form == .direct } + [
            Row("3 x 3, rows of seven", channels: (40, 70), image: (7, 7), kernel: (3, 3), pads: (1, 1, 1, 1)),
            Row("3 x 3, rows of fourteen", channels: (64, 33), image: (14, 14), kernel: (3, 3), pads: (1, 1, 1, 1)),
            Row(
                "3 x 3, rows of sixteen and more", channels: (33, 16), image: (5, 37), kernel: (3, 3),
                pads: (1, 1, 1, 1)),
            Row("pointwise, a prime count of pixels", channels: (64, 16), image: (1, 211), kernel: (1, 1)),
        ]

    static let kernels = KernelTable.all.filter { BF16Convolution.canRun($0) }

    @Test("equals the convolution of rounded images and weights", arguments: rows, BF16Kernels.tested)
    func equalsOther(row: Row, bf16: BF16Kernels) {
        let problem = BlockedConvolutionTests.Problem(row, batch: 2, rounding: nearestBF16)
        for kernels in Self.kernels {
            for hasResidual in [false, true] {
                let sums = problem.expected(hasResidual: hasResidual)
                let scale = sums.reduce(1) { max($0, $1.magnitude) }
                for activation in [UnaryFunction.identity, .relu, .clip(lower: -0.25, upper: 0.5), .silu] {
                    let output = problem.run(activation, hasResidual: hasResidual, bf16, kernels)
                    let wrong = output.indices.first {
                        !((Double(output[$0]) - activation(Double(sums[$0]))).magnitude < 2e-6 * Double(scale))
                    }
                    if let wrong {
                        Issue.record("\(activation.code): [\(wrong)] is \(output[wrong]) of \(sums[wrong])")
                    }
                }
            }
        }
    }

    @Test("an image's result does not depend on the batch", arguments: rows, BF16Kernels.tested)
    func isIndependentOfBatch(row: Row, bf16: BF16Kernels) {
        for kernels in Self.kernels {
            let single = BlockedConvolutionTests.Problem(row, batch: 1).run(.relu, hasResidual: false, bf16, kernels)
            let three = BlockedConvolutionTests.Problem(row, batch: 3).run(.relu, hasResidual: false, bf16, kernels)
            #expect(Array(three.prefix(single.count)) == single)
        }
    }

    @Test("several threads give what one gives", arguments: rows, BF16Kernels.all)
    func sharesTheWork(row: Row, bf16: BF16Kernels) {
        let pool = KernelPool()
        pool.reserve(threadCount: 3)
        // The most that a row's batch can be: shared work has a least size.
        let least = Threads.leastWork / max(1, row.width * row.height * row.inputChannels * row.outputChannels)
        for batch in [1, min(40, 1 + 4 * least)] {
            let problem = BlockedConvolutionTests.Problem(row, batch: batch)
            for kernels in Self.kernels {
                let alone = problem.run(.relu, hasResidual: true, bf16, kernels)
                withExtendedLifetime(pool) {
                    let shared = problem.run(
                        .relu, hasResidual: true, bf16, kernels, threads: Threads(pool, count: 3))
                    #expect(shared == alone)
                }
            }
        }
    }
}

extension BlockedConvolutionTests.Problem {
    func run(
        _ activation: UnaryFunction, hasResidual: Bool, _ bf16: BF16Kernels, _ kernels: KernelTable,
        threads: Threads = .one
    ) -> [Float] {
        let plan = weights.withUnsafeBufferPointer { weights in
            bias.withUnsafeBufferPointer {
                BF16Convolution(
                    inputChannels: row.inputChannels, outputChannels: row.outputChannels, window: row.window,
                    weights: weights, bias: $0, activation: activation, bf16: bf16, kernels: kernels)
            }
        }
        return run(hasResidual: hasResidual, kernels) {
            plan.run(
                batch: batch, inputHeight: row.height, inputWidth: row.width, input: $0, residual: $1, into: $2,
                threads: threads)
        }
    }
}
