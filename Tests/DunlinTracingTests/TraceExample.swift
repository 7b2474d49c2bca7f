@testable import DunlinTracing

/// A trace of an ensemble with one step, with times 100, 110, ….
func exampleTrace() -> Trace {
    var request = Trace.Record(id: 1, model: "whole", version: "2")
    request.add(.httpReceiveStart, at: 100)
    request.add(.httpReceiveEnd, at: 110)
    request.add(.requestStart, at: 120)
    request.add(.requestEnd, at: 180)
    request.add(.httpSendStart, at: 190)
    request.add(.httpSendEnd, at: 200)
    var step = Trace.Record(id: 2, parentID: 1, model: "part \"a\"", version: "x")
    step.add(.requestStart, at: 130)
    step.add(.computeStart, at: 140)
    step.add(.computeInputEnd, at: 0)
    step.add(.computeEnd, at: 160)
    step.add(.requestEnd, at: 170)
    var trace = Trace(records: [request, step])
    trace.requestID = "r"
    trace.status = 200
    trace.epochOffset = 1_000_000
    return trace
}

/// 1, 2, 3, …
struct CountingGenerator: RandomNumberGenerator {
    private var last: UInt64 = 0

    mutating func next() -> UInt64 {
        last += 1
        return last
    }
}
