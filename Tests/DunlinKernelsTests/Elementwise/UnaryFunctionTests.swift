import DunlinKernels
import Testing

@Suite struct UnaryFunctionTests {
    static let functions: [UnaryFunction] =
        UnaryFunction.Code.allCases.flatMap { code in
            [(0, 0), (1, 1), (0.2, 0.5), (-3, 2), (5, -1e6), (1e20, 3), (-0.5, -1e20)].map {
                UnaryFunction(code, alpha: $0.0, beta: $0.1)
            }
        } + [.clip(lower: -.infinity, upper: 6), .clip(lower: 2, upper: .infinity)]

    @Test("a bound on the results of bounded arguments holds", arguments: functions)
    func bounds(function: UnaryFunction) {
        for limit in [0, 0.25, 1, 3, 80, 1e6, 1e9] as [Float] {
            guard let most = function.largestMagnitude(within: limit) else { continue }
            let input = (-1000...1000).map { Float($0) / 1000 * limit } + [0, -0.0].map { $0 * limit }
            let output = written(input.count, filling: Float(7)) { output in
                input.withUnsafeBufferPointer { apply(function, to: $0, into: output) }
            }
            #expect(most.isFinite)
            for (x, y) in zip(input, output) where !(y.magnitude <= most * 1.000_01 + 1e-6) {
                Issue.record("\(function) of \(x) is \(y), at most \(most) within \(limit)")
                break
            }
        }
    }

    @Test("functions that are not finite everywhere have no bound")
    func unbounded() {
        for code in [UnaryFunction.Code.reciprocal, .logarithm, .tan] {
            #expect(UnaryFunction(code).largestMagnitude(within: 1) == nil)
        }
        #expect(UnaryFunction(.squareRoot).largestMagnitude(within: 0) == 0)
        #expect(UnaryFunction(.squareRoot).largestMagnitude(within: 1e-30) == nil)
        #expect(UnaryFunction(.exponential).largestMagnitude(within: 88) != nil)
        #expect(UnaryFunction(.exponential).largestMagnitude(within: 89) == nil)
        #expect(UnaryFunction.clip(lower: .infinity, upper: .infinity).largestMagnitude(within: 1) == nil)
        #expect(UnaryFunction.swish(factor: .infinity).largestMagnitude(within: 1) == nil)
        #expect(UnaryFunction.elu(scale: .nan).largestMagnitude(within: 1) == nil)
    }
}
