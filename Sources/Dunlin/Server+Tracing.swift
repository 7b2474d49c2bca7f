import DunlinHTTP
import DunlinInference
import DunlinTracing

extension Server {
    func startTracing() {
        tracing.start()
        timing.set(tracing.isActive)
    }

    /// Lets a request be traced when it is its turn. To be called once for each request that a model shall answer, before
    /// it is handed on; without tracing that is a comparison with 0, since requests tell no times then.
    func trace(_ request: inout InferRequest, _ call: Call, _ reply: Reply) {
        if call.request.receiveStart != 0 { beginTrace(&request, call, reply) }
    }

    private func beginTrace(_ request: inout InferRequest, _ call: Call, _ reply: Reply) {
        guard let finish = choose(&request, call) else { return }
        let received = (call.request.receiveStart, call.request.receiveEnd)
        reply.http.onSent { finish(received, $0) }
    }

    /// Lets a request that is one message of a stream be traced when it is its turn. To be called before it is handed on.
    ///
    /// - Parameter received: When the message was whole.
    /// - Returns: To be called with the time when the answer was there, as soon as it is on its way; `nil` when the
    ///   request is not traced.
    func traceMessage(
        _ request: inout InferRequest, received: UInt64, _ call: Call
    ) -> (@Sendable (_ answered: UInt64) -> Void)? {
        guard received != 0, let finish = choose(&request, call) else { return nil }
        return { answered in
            let sent = SendingTimes(start: answered, end: TimingSwitch.nanoseconds(), status: 200, isSent: true)
            finish((received, received), sent)
        }
    }

    /// Whether a request is traced; then what is to be told when its answer was sent.
    private func choose(
        _ request: inout InferRequest, _ call: Call
    ) -> (@Sendable (_ received: (start: UInt64, end: UInt64), _ sent: SendingTimes) -> Void)? {
        let headers = call.request.headers
        let context =
            tracing.configuration.mode == .opentelemetry
            ? TraceContext(parents: headers.all("traceparent"), states: headers.all("tracestate")) : nil
        guard let sampling = tracing.sample(request.model, context) else { return nil }
        if sampling.isLast { timing.set(tracing.isActive) }
        let times = RequestTimes()
        request.times = times
        let id = request.id
        return { received, sent in
            var trace = self.makeTrace(times, received, sent)
            // A trace file is about models: what none of them saw is not in it.
            guard !trace.records[0].model.isEmpty || self.tracing.configuration.mode == .opentelemetry else { return }
            trace.requestID = id
            trace.context = context
            trace.sampling = sampling
            self.tracing.finish(trace)
        }
    }

    private func makeTrace(
        _ times: RequestTimes, _ received: (start: UInt64, end: UInt64), _ sent: SendingTimes
    ) -> Trace {
        var records: [Trace.Record] = []
        append(times, parentID: 0, to: &records)
        var first = Trace.Record(id: records[0].id, model: records[0].model, version: records[0].version)
        first.failure = records[0].failure
        first.add(.httpReceiveStart, at: received.start)
        first.add(.httpReceiveEnd, at: received.end)
        first.events += records[0].events
        first.add(.httpSendStart, at: sent.start)
        first.add(.httpSendEnd, at: sent.end)
        records[0] = first
        var trace = Trace(records: records)
        trace.status = sent.status
        trace.epochOffset = TraceClock.epochOffset()
        return trace
    }

    private func append(_ times: RequestTimes, parentID: UInt64, to records: inout [Trace.Record]) {
        let values = times.values
        var record = Trace.Record(
            id: tracing.makeID(), parentID: parentID, model: values.model, version: values.version)
        record.failure = values.failure
        record.add(.requestStart, at: values.requestStart)
        record.add(.queueStart, at: values.queueStart)
        record.add(.computeStart, at: values.computeStart)
        record.add(.computeInputEnd, at: values.computeInputEnd)
        record.add(.computeOutputStart, at: values.computeOutputStart)
        record.add(.computeEnd, at: values.computeEnd)
        record.add(.requestEnd, at: values.requestEnd)
        records.append(record)
        for part in times.parts { append(part, parentID: record.id, to: &records) }
    }
}
