import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

/// Schedulers whose instances need turns.
@Suite struct RateLimiterTests {
    private func needs(_ resources: [String: Int], isGlobal: Bool = false) -> ModelConfiguration.RateLimiter {
        var limiter = ModelConfiguration.RateLimiter()
        limiter.resources = resources.sorted { $0.key < $1.key }.map { name, count in
            var resource = ModelConfiguration.RateLimiter.Resource()
            (resource.name, resource.count, resource.isGlobal) = (name, count, isGlobal)
            return resource
        }
        return limiter
    }

    /// One instance per entry of `claims`, all at `gate`; `ran` gets the name with each run.
    private func scheduler(
        _ name: String, _ claims: [RateClaim?], _ gate: Gate, _ ran: Outcome<String> = Outcome(),
        _ options: SchedulingOptions = SchedulingOptions(), budget: ServingBudget = ServingBudget(cpuCount: 8)
    ) -> ModelScheduler {
        let workers = claims.map { claim in
            InstanceWorker(
                label: "dunlin.instance.test",
                instance: ClosureInstance { inputs throws(InferError) in
                    ran.receive(name)
                    gate.pass()
                    return inputs
                }, claim: claim)
        }
        var options = options
        options.inlineThreshold = 1_000_000_000
        return ModelScheduler(workers, options, budget: budget)
    }

    private func settle(_ schedulers: ModelScheduler...) {
        #expect(eventually { schedulers.allSatisfy { $0.leaseCount == 0 } })
        #expect(eventually { schedulers.allSatisfy { $0.budget.runningCount == 0 } })
    }

    @Test func modelsThatShareAResourceRunOneAfterTheOther() throws {
        let limiter = RateLimiter()
        let (gate, ran) = (Gate(), Outcome<String>())
        let a = scheduler("a", [try limiter.claim(needs(["r": 1]), of: "a")], gate, ran)
        let b = scheduler("b", [try limiter.claim(needs(["r": 1]), of: "b")], gate, ran)
        for scheduler in [a, b, a, b] { #expect(scheduler.submit(TestRequest()).word == .accepted) }
        for count in 1...4 {
            #expect(gate.awaitArrivals())
            #expect(ran.count == count, "one at a time")
            gate.open()
        }
        settle(a, b)
        #expect(ran.all == ["a", "b", "a", "b"], "and in turn")
    }

    @Test func whoNeedsNothingDoesNotWait() throws {
        let limiter = RateLimiter()
        let (held, gate) = (Gate(), Gate())
        let a = scheduler("a", [try limiter.claim(needs(["r": 1]), of: "a")], held)
        let b = scheduler("b", [try limiter.claim(needs(["s": 1]), of: "b")], gate)
        let c = scheduler("c", [try limiter.claim(needs(["r": 0]), of: "c")], gate)
        for scheduler in [a, b, c] { _ = scheduler.submit(TestRequest()) }
        #expect(gate.awaitArrivals(2) && held.awaitArrivals())
        gate.open(2)
        held.open()
        settle(a, b, c)
    }

    @Test func asManyInstancesRunAsTheLimitAllows() throws {
        let limiter = RateLimiter(limits: ["r": 2])
        let (gate, ran) = (Gate(), Outcome<String>())
        let claims = try (0..<3).map { _ in try limiter.claim(needs(["r": 1]), of: "a") }
        let a = scheduler("a", claims, gate, ran)
        for _ in 0..<4 { _ = a.submit(TestRequest()) }
        #expect(gate.awaitArrivals(2))
        #expect(ran.count == 2 && a.counts.waiting == 2)
        gate.open(4)
        settle(a)
        #expect(ran.count == 4)
    }

    @Test func aTurnThatNobodyWantsGoesToTheNext() throws {
        let limiter = RateLimiter()
        let (gate, ends) = (Gate(), Outcome<Bool>())
        let a = scheduler("a", [try limiter.claim(needs(["r": 1]), of: "a")], gate)
        let b = scheduler("b", [try limiter.claim(needs(["r": 1]), of: "b")], gate)
        let c = scheduler("c", [try limiter.claim(needs(["r": 1]), of: "c")], gate)
        _ = a.submit(TestRequest())
        #expect(gate.awaitArrivals())
        let cancellation = Cancellation()
        _ = b.submit(TestRequest(cancellation: cancellation))
        _ = c.submit(TestRequest { _ in ends.receive(true) })
        cancellation.cancel()
        gate.open(2)
        #expect(ends.wait() == true)
        settle(a, b, c)
    }

    @Test func aModelThatIsGoneGivesBackItsPlace() throws {
        let limiter = RateLimiter()
        let (gate, ends) = (Gate(), Outcome<Bool>())
        let a = scheduler("a", [try limiter.claim(needs(["r": 1]), of: "a")], gate)
        _ = a.submit(TestRequest())
        #expect(gate.awaitArrivals())
        do {
            let b = scheduler("b", [try limiter.claim(needs(["r": 1]), of: "b")], gate)
            _ = b.submit(TestRequest())
            b.close {}
            b.abandonWaiting(InferError(.unavailable, "stopping"))
        }
        let c = scheduler("c", [try limiter.claim(needs(["r": 1]), of: "c")], gate)
        _ = c.submit(TestRequest { _ in ends.receive(true) })
        gate.open(2)
        #expect(ends.wait() == true)
        settle(a, c)
    }

    @Test func aBatchIsOneTurn() throws {
        let limiter = RateLimiter()
        let (gate, ran) = (Gate(), Outcome<String>())
        let a = scheduler(
            "a", [try limiter.claim(needs(["r": 1]), of: "a")], gate, ran,
            SchedulingOptions(model: "a", maxRows: 8, .init()))
        for value in 0..<5 { _ = a.submit(TestRequest(value: Float(value))) }
        gate.open(5)
        settle(a)
        #expect((1...2).contains(ran.count))
    }

    @Test func needsThatCannotBeMetAreRefused() throws {
        let limiter = RateLimiter(limits: ["r": 2])
        _ = try limiter.claim(needs(["r": 2]), of: "a")
        #expect(
            throws: InferError(
                .invalidArgument,
                "model 'a': rate_limiter asks for 3 of resource 'r'; --rate-limit-resource limits it to 2")
        ) { try limiter.claim(needs(["r": 3]), of: "a") }
        let first = try limiter.claim(needs(["s": 1], isGlobal: true), of: "a")
        #expect(
            throws: InferError(
                .invalidArgument, "model 'b': rate_limiter: resource 's' is global for one model and not for another")
        ) { try limiter.claim(needs(["s": 1]), of: "b") }
        withExtendedLifetime(first) {}
    }

    @Test func aScopeGoesWithItsLastClaim() throws {
        let limiter = RateLimiter()
        _ = try limiter.claim(needs(["s": 1], isGlobal: true), of: "a")
        #expect(throws: Never.self) { try limiter.claim(needs(["s": 1]), of: "b") }
    }

    // MARK: Through the registry

    private func fixture(_ mode: ServingConfiguration.RateLimit, _ gate: Gate) throws -> RegistryFixture {
        let fixture = RegistryFixture(change: { $0.rateLimit = mode }) { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                gate.pass()
                return [NamedTensor("y", inputs[0].tensor)]
            }
        }
        for model in ["a", "b"] {
            fixture.directory.write(
                "\(model)/config.pbtxt",
                "instance_group { count: 2 rate_limiter { resources [ { name: \"r\" count: 1 } ] } }")
            fixture.directory.write("\(model)/1/model.onnx")
            try fixture.load(model)
        }
        return fixture
    }

    @Test(arguments: [(ServingConfiguration.RateLimit.off, 4), (.executionCount, 1)])
    func theFlagDecidesWhetherTheConfigurationCounts(mode: ServingConfiguration.RateLimit, runsAtOnce: Int) throws {
        let gate = Gate()
        let fixture = try fixture(mode, gate)
        let ends = Outcome<Bool>()
        for model in ["a", "b", "a", "b"] {
            fixture.registry.infer(RegistryFixture.request(model)) { _ in ends.receive(true) }
        }
        if mode == .executionCount {
            #expect(gate.awaitArrivals(runsAtOnce))
            #expect(fixture.registry.budget.runningCount == runsAtOnce)
        }
        gate.open(4)
        for _ in 0..<4 { #expect(ends.wait() == true) }
        fixture.settle()
    }
}
