import Testing

@testable import DunlinLoad

@Suite struct LoadOptionsTests {
    @Test(
        "connections of a step",
        arguments: [
            (LoadStep.closed(concurrency: 3), nil, false, 3), (.closed(concurrency: 3), 2, false, 3),
            (.closed(concurrency: 1), nil, true, 1), (.closed(concurrency: 16), nil, true, 1),
            (.closed(concurrency: 17), nil, true, 2), (.closed(concurrency: 17), 5, true, 5),
            (.closed(concurrency: 3), 5, true, 3), (.open(rate: 1, kind: .poisson), nil, false, 256),
            (.open(rate: 1, kind: .poisson), nil, true, 8), (.open(rate: 1, kind: .poisson), 9, true, 9),
            (.open(rate: 1, kind: .poisson), 9, false, 9),
        ] as [(LoadStep, Int?, Bool, Int)])
    func connectionsOfAStep(step: LoadStep, asked: Int?, isGRPC: Bool, count: Int) {
        var options = LoadOptions()
        options.connectionCount = asked
        #expect(options.connectionCount(of: step, isGRPC: isGRPC) == count)
    }
}
