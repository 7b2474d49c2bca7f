package import DunlinBytes

/// Traces as an `ExportTraceServiceRequest` of OTLP in its JSON form.
///
/// A trace is a span `InferRequest` for the request as the front end saw it; in it one span for each model that served it,
/// named after the model, and in that a span `compute` where the model ran. Each holds Triton's time stamps as events,
/// and attributes with Triton's names.
///
/// - SeeAlso: [OTLP, JSON Protobuf encoding](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding)
package enum OTLPText {
    /// `SpanKind`.
    private enum Kind { static let `internal` = 1, server = 2 }

    package static func exportRequest(
        _ traces: [Trace], resource: [TraceConfiguration.Attribute],
        generator: inout some RandomNumberGenerator
    ) -> Bytes {
        var writer = JSONWriter(capacity: 1024 + traces.count * 2048)
        writer.beginObject()
        writer.key("resourceSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("resource")
        writer.beginObject()
        writer.key("attributes")
        writer.beginArray()
        for attribute in resource { writer.attribute(attribute.key, .text(attribute.value)) }
        writer.endArray()
        writer.endObject()
        writer.key("scopeSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("scope")
        writer.beginObject()
        writer.key("name")
        writer.value("dunlin")
        writer.endObject()
        writer.key("spans")
        writer.beginArray()
        for trace in traces {
            for span in spans(of: trace, &generator) { writer.span(span, trace) }
        }
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    // MARK: Spans

    fileprivate enum AttributeValue { case text(String), number(Int64) }

    fileprivate struct Span {
        var name: String
        var traceID: TraceID
        var id: SpanID
        var parent: SpanID?
        var kind: Int
        var events: [Trace.Event]
        var attributes: [(String, AttributeValue)]
        var failure: String?
        /// Whether the parent is in another process.
        var isParentRemote = false
    }

    private static func spans(of trace: Trace, _ generator: inout some RandomNumberGenerator) -> [Span] {
        let traceID = trace.context?.traceID ?? .random(&generator)
        guard let request = trace.records.first else { return [] }
        var root = Span(
            name: "InferRequest", traceID: traceID, id: .random(&generator), parent: trace.context?.parentID,
            kind: Kind.server, events: request.events.filter(\.name.isOfFrontEnd), attributes: [])
        root.isParentRemote = trace.context != nil
        if trace.status != 0 { root.attributes.append(("http.response.status_code", .number(Int64(trace.status)))) }
        // What a client did wrong is no error of the server's span.
        if trace.status >= 500 { root.failure = request.failure ?? "status \(trace.status)" }
        var found = [root]
        var modelSpans: [UInt64: SpanID] = [:]
        for record in trace.records where record.events.contains(where: { !$0.name.isOfFrontEnd }) {
            let model = Span(
                name: record.model, traceID: traceID, id: .random(&generator),
                parent: modelSpans[record.parentID] ?? root.id, kind: Kind.internal,
                events: record.events.filter { !$0.name.isOfFrontEnd && !$0.name.isOfCompute },
                attributes: attributes(record, trace.requestID), failure: record.failure)
            modelSpans[record.id] = model.id
            found.append(model)
            let compute = record.events.filter(\.name.isOfCompute)
            if !compute.isEmpty {
                found.append(
                    Span(
                        name: "compute", traceID: traceID, id: .random(&generator), parent: model.id,
                        kind: Kind.internal, events: compute, attributes: model.attributes))
            }
        }
        return found
    }

    private static func attributes(_ record: Trace.Record, _ requestID: String?) -> [(String, AttributeValue)] {
        var attributes: [(String, AttributeValue)] = [
            ("triton.model_name", .text(record.model)),
            ("triton.model_version", Int64(record.version).map { .number($0) } ?? .text(record.version)),
            ("triton.trace_id", .number(Int64(clamping: record.id))),
            ("triton.trace_parent_id", .number(Int64(clamping: record.parentID))),
        ]
        if let requestID, !requestID.isEmpty { attributes.append(("triton.request_id", .text(requestID))) }
        return attributes
    }
}

extension Trace.EventName {
    fileprivate var isOfCompute: Bool {
        switch self {
        case .computeStart, .computeInputEnd, .computeOutputStart, .computeEnd: true
        default: false
        }
    }
}

extension JSONWriter {
    /// The flag of W3C's that says that the trace is recorded.
    private static let sampledFlag = 0x01
    /// OTLP's: it is known whether the parent is in another process, and it is.
    private static let remoteKnownFlag = 0x100
    private static let remoteFlag = 0x200
    private static let statusError = 2

    fileprivate mutating func span(_ span: OTLPText.Span, _ trace: Trace) {
        let times = span.events.map(\.nanoseconds)
        beginObject()
        text("traceId", span.traceID.hexadecimal)
        text("spanId", span.id.hexadecimal)
        if let state = trace.context?.state, !state.isEmpty { text("traceState", state) }
        if let parent = span.parent { text("parentSpanId", parent.hexadecimal) }
        key("flags")
        value(Self.sampledFlag | Self.remoteKnownFlag | (span.isParentRemote ? Self.remoteFlag : 0))
        text("name", span.name)
        key("kind")
        value(span.kind)
        text("startTimeUnixNano", String((times.min() ?? 0) &+ trace.epochOffset))
        text("endTimeUnixNano", String((times.max() ?? 0) &+ trace.epochOffset))
        key("attributes")
        beginArray()
        for (key, value) in span.attributes { attribute(key, value) }
        endArray()
        key("events")
        beginArray()
        for event in span.events {
            beginObject()
            text("timeUnixNano", String(event.nanoseconds &+ trace.epochOffset))
            text("name", event.name.rawValue)
            endObject()
        }
        endArray()
        if let failure = span.failure {
            key("status")
            beginObject()
            text("message", failure)
            key("code")
            value(Self.statusError)
            endObject()
        }
        endObject()
    }

    fileprivate mutating func attribute(_ name: String, _ content: OTLPText.AttributeValue) {
        beginObject()
        text("key", name)
        key("value")
        beginObject()
        switch content {
        case .text(let text): self.text("stringValue", text)
        // 64-bit numbers are texts in this form.
        case .number(let number): text("intValue", String(number))
        }
        endObject()
        endObject()
    }

    private mutating func text(_ name: StaticString, _ content: String) {
        key(name)
        value(content)
    }
}
