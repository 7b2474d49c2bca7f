import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Glibc
import Testing

@testable import DunlinServing

/// What is refused before it is read, with a clock of the test's own. Times in microseconds.
@Suite struct ModelRegistryAdmissionTests {
    private let clock = ManualClock()
    private let gate = Gate()

    private func fixture() throws -> RegistryFixture {
        let gate = gate
        let fixture = RegistryFixture(clock: clock) { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                gate.pass()
                return [NamedTensor("y", inputs[0].tensor)]
            }
        }
        fixture.directory.write("m/1/model.onnx")
        try fixture.start()
        try fixture.load("m")
        return fixture
    }

    private func refusal(
        _ fixture: RegistryFixture, _ model: String = "m", waited: UInt64, timeout: UInt64? = nil,
        maxWait: UInt64? = nil
    ) -> InferError? {
        fixture.registry.refusal(
            model: model, version: nil, waited: waited * 1000, timeout: timeout.map { $0 * 1000 },
            maxWait: maxWait.map { $0 * 1000 })
    }

    private func count(_ fixture: RegistryFixture, _ reason: ModelStatistics.Rejection) throws -> UInt64 {
        try #require(try fixture.registry.statistics(model: "m").first).rejectionCount(reason)
    }

    @Test func aRequestThatUsedMostOfItsTimeIsNotRead() throws {
        let fixture = try fixture()
        #expect(refusal(fixture, waited: 6999, timeout: 8000) == nil)
        #expect(
            refusal(fixture, waited: 7000, timeout: 8000)
                == InferError(.deadlineExceeded, "model 'm': the request would wait 7.0 ms of the 8.0 ms it has"))
        #expect(
            refusal(fixture, waited: 8000, timeout: 8000)
                == InferError(
                    .deadlineExceeded, "model 'm': the request's time was over before it was read (it waited 8.0 ms)"))
        #expect(try count(fixture, .unattainable) == 1)
        #expect(try count(fixture, .expired) == 1)
    }

    @Test func aRequestThatIsAboutToWaitTooLongIsToldWhenToComeBack() throws {
        let fixture = try fixture()
        #expect(refusal(fixture, waited: 7000, maxWait: 10_000) == nil)
        let refused = try #require(refusal(fixture, waited: 7100, maxWait: 10_000))
        #expect(refused.code == .resourceExhausted)
        #expect(
            refused.message
                == "model 'm' is busy: the request would wait 7.1 ms, the most is 10.0 ms; try again later")
        #expect(refused.retryAfter == .microseconds(7100))
        #expect(try count(fixture, .full) == 1)
    }

    @Test func aWaitBeyondAllMeasureIsRefusedLikeAnyOther() throws {
        let refused = try #require(refusal(try fixture(), waited: .max / 1000, maxWait: 10_000))
        #expect(refused.code == .resourceExhausted && refused.retryAfter == .seconds(1_000_000))
    }

    @Test func theAgeOfTheFirstInLineIsWaitingToo() throws {
        let fixture = try fixture()
        let answers = [Outcome<Result<InferResponse, InferError>>(), Outcome()]
        fixture.registry.infer(RegistryFixture.request("m")) { answers[0].receive($0) }
        #expect(gate.awaitArrivals())
        fixture.registry.infer(RegistryFixture.request("m")) { answers[1].receive($0) }
        #expect(refusal(fixture, waited: 0, maxWait: 10_000) == nil)
        clock.advance(7_100_000)
        #expect(refusal(fixture, waited: 0, maxWait: 10_000)?.code == .resourceExhausted)
        #expect(refusal(fixture, waited: 0, timeout: 8000)?.code == .deadlineExceeded)
        gate.open(2)
        for answer in answers { _ = try #require(answer.wait()).get() }
        fixture.settle()
        #expect(refusal(fixture, waited: 0, maxWait: 10_000) == nil)
    }

    @Test func aModelThatIsNotThereIsNoReason() throws {
        #expect(refusal(try fixture(), "nobody", waited: 99_000, timeout: 1, maxWait: 1) == nil)
    }
}
