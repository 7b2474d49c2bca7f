import DunlinBytes
import Testing

@testable import DunlinTracing

@Suite struct TraceFilePlanTests {
    private func sampling(_ frequency: Int, scope: String? = nil, isLast: Bool = false) -> TraceSampling {
        var sampling = TraceSampling()
        (sampling.logFrequency, sampling.scope, sampling.isLast) = (frequency, scope, isLast)
        return sampling
    }

    /// `a`: appended; `0:a,b`: a numbered file.
    private func words(_ writes: [TraceFilePlan.Write]) -> [String] {
        writes.map { write in
            switch write {
            case .append(let text): text.string
            case .numbered(let number, let text):
                "\(number):" + text.string.split(separator: ",\n").joined(separator: ",")
            }
        }
    }

    private func add(_ plan: inout TraceFilePlan, _ text: String, _ sampling: TraceSampling) -> [String] {
        words(plan.add(Bytes(text), sampling))
    }

    @Test func withoutAFrequencyEverythingGoesIntoOneFile() {
        var plan = TraceFilePlan()
        #expect(add(&plan, "a", sampling(0)) == ["a"])
        #expect(add(&plan, "b", sampling(0)) == ["b"])
        let rest = plan.finish()
        #expect(rest.isEmpty)
    }

    @Test func soManyTracesMakeANumberedFile() {
        var plan = TraceFilePlan()
        #expect(add(&plan, "a", sampling(2)) == [])
        #expect(add(&plan, "b", sampling(2)) == ["0:a,b"])
        #expect(add(&plan, "c", sampling(2)) == [])
        let rest = words(plan.finish())
        #expect(rest == ["1:c"])
    }

    @Test func theLastOfACountIsNotKeptBack() {
        var plan = TraceFilePlan()
        #expect(add(&plan, "a", sampling(5)) == [])
        #expect(add(&plan, "b", sampling(5, isLast: true)) == ["0:a,b"])
    }

    @Test("what waits is bounded", arguments: [0, 1]) func whatWaitsIsBounded(missing: Int) {
        var plan = TraceFilePlan()
        let half = Bytes([UInt8](repeating: 0x61, count: TraceFilePlan.maxPendingByteCount / 2))
        #expect(plan.add(half, sampling(1000)).isEmpty)
        #expect(plan.add(half.dropFirst(missing), sampling(1000)).count == 1 - missing)
    }

    @Test func aChangedFrequencyBeginsAnew() {
        var plan = TraceFilePlan()
        #expect(add(&plan, "a", sampling(3)) == [])
        #expect(add(&plan, "b", sampling(2)) == ["0:a"])
        #expect(add(&plan, "c", sampling(0)) == ["1:b", "c"])
    }

    @Test func scopesAreKeptApart() {
        var plan = TraceFilePlan()
        #expect(add(&plan, "a", sampling(2)) == [])
        #expect(add(&plan, "b", sampling(2, scope: "m")) == [])
        #expect(add(&plan, "c", sampling(2, scope: "m")) == ["0:b,c"])
        let rest = words(plan.finish())
        #expect(rest == ["1:a"])
    }
}
