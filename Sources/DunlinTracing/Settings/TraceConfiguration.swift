/// How a server traces: what `--trace-config` and OpenTelemetry's environment say.
package struct TraceConfiguration: Sendable, Equatable {
    /// Where traces go.
    package enum Mode: String, Sendable, CaseIterable { case triton, opentelemetry }

    package var mode = Mode.triton
    package var setting = TraceSetting()
    /// With `triton`: the file that traces are written to. Default: none, nothing is written.
    package var file = ""
    /// With `opentelemetry`: where spans are sent.
    package var endpoint = OTLPEndpoint.default
    /// What the spans say of this process, besides what it knows itself.
    package var resource: [Attribute] = []
    /// Traces that wait to be written or exported, at most; further ones are dropped. Default: 2048.
    package var maxQueueCount = 2048
    /// The longest that spans wait for others. Default: 5000.
    package var exportDelayMilliseconds = 5000
    /// Traces in one export, at most. Default: 512.
    package var maxExportCount = 512

    package struct Attribute: Sendable, Equatable {
        package var key: String
        package var value: String

        package init(key: String, value: String) { (self.key, self.value) = (key, value) }
    }

    package init() {}

    /// Sets one attribute of the resource; a later value wins.
    package mutating func setResource(_ key: String, _ value: String) {
        resource.removeAll { $0.key == key }
        resource.append(Attribute(key: key, value: value))
    }

    /// Every problem found; empty when the values are usable together.
    package func problems() -> [String] {
        var found: [String] = []
        if mode == .triton, setting.level != .off, file.isEmpty {
            found.append("trace-config: level=TIMESTAMPS needs a file to write to: --trace-config triton,file=PATH")
        }
        if maxExportCount > maxQueueCount {
            found.append(
                "trace-config: bsp_max_export_batch_size (\(maxExportCount)) is more than bsp_max_queue_size "
                    + "(\(maxQueueCount))")
        }
        return found
    }
}

// MARK: --trace-config

extension TraceConfiguration {
    /// Reads the value of one `--trace-config`: `[triton,|opentelemetry,]setting=value[,setting=value…]`.
    ///
    /// - Returns: What is wrong with it ("must be …"), or `nil`.
    package mutating func apply(_ text: String) -> String? {
        var scope: Mode?
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equals = part.firstIndex(of: "=") else {
                guard let mode = Mode(rawValue: String(part)) else { return Self.form }
                scope = mode
                continue
            }
            let key = String(part[..<equals])
            let value = String(part[part.index(after: equals)...])
            guard let entry = Self.keys.first(where: { $0.name == key }) else {
                return "has no setting '\(key)'; the settings are " + Self.keys.map(\.name).joined(separator: ", ")
            }
            if let scope, let belongs = entry.mode, scope != belongs {
                return "has '\(key)' under \(scope.rawValue); it belongs to \(belongs.rawValue)"
            }
            if let problem = entry.apply(&self, value) { return "\(key) \(problem)" }
        }
        return nil
    }

    private static let form = "must be [triton,|opentelemetry,]SETTING=VALUE, such as triton,file=/tmp/trace.json"

    private struct Key: Sendable {
        let name: String
        /// The mode whose setting it is; `nil`: of both.
        let mode: Mode?
        let apply: @Sendable (inout TraceConfiguration, String) -> String?
    }

    private static let keys: [Key] = [
        Key(name: "mode", mode: nil) { configuration, text in
            guard let mode = Mode(rawValue: text) else { return "must be triton or opentelemetry" }
            configuration.mode = mode
            return nil
        },
        Key(name: "level", mode: nil) { configuration, text in
            switch TraceSettingText.level(text.uppercased()) {
            case .success(let level): configuration.setting.level = level
            case .failure(let problem): return problem.text
            }
            return nil
        },
        number("rate", nil, \.setting.rate, 0...TraceSetting.maxNumber),
        number("count", nil, \.setting.count, -1...TraceSetting.maxCount),
        Key(name: "file", mode: .triton) { configuration, text in
            if text.isEmpty { return "must name a file" }
            configuration.file = text
            return nil
        },
        number("log-frequency", .triton, \.setting.logFrequency, 0...TraceSetting.maxNumber),
        Key(name: "url", mode: .opentelemetry) { configuration, text in
            switch OTLPEndpoint.parse(text) {
            case .success(let endpoint): configuration.endpoint = endpoint
            case .failure(let problem): return problem.text
            }
            return nil
        },
        Key(name: "resource", mode: .opentelemetry) { configuration, text in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return "must be KEY=VALUE" }
            configuration.setResource(String(text[..<equals]), String(text[text.index(after: equals)...]))
            return nil
        },
        number("bsp_max_queue_size", .opentelemetry, \.maxQueueCount, 1...1_000_000),
        number("bsp_schedule_delay", .opentelemetry, \.exportDelayMilliseconds, 1...3_600_000),
        number("bsp_max_export_batch_size", .opentelemetry, \.maxExportCount, 1...10_000),
    ]

    private static func number(
        _ name: String, _ mode: Mode?, _ property: any WritableKeyPath<TraceConfiguration, Int> & Sendable,
        _ range: ClosedRange<Int>
    ) -> Key {
        Key(name: name, mode: mode) { configuration, text in
            guard let value = Int(text), range.contains(value) else {
                return "must be a whole number in \(range.lowerBound)...\(range.upperBound)"
            }
            configuration[keyPath: property] = value
            return nil
        }
    }
}

// MARK: OpenTelemetry's environment

extension TraceConfiguration {
    /// Reads OpenTelemetry's standard variables, which say where spans go and whose they are, not that any are made.
    ///
    /// - Returns: What is wrong with them.
    package mutating func apply(environment: [String: String]) -> [String] {
        var problems: [String] = []
        let traces = environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] ?? ""
        let all = environment["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? ""
        if !(traces + all).isEmpty {
            let parsed =
                traces.isEmpty
                ? OTLPEndpoint.parse(all).map { $0.appending("/v1/traces") } : OTLPEndpoint.parse(traces)
            switch parsed {
            case .success(let endpoint): self.endpoint = endpoint
            case .failure(let problem):
                let name = traces.isEmpty ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
                problems.append("\(name)=\(traces.isEmpty ? all : traces): \(problem.text)")
            }
        }
        for pair in (environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "").split(separator: ",") {
            guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
                problems.append("OTEL_RESOURCE_ATTRIBUTES: '\(pair)' must be KEY=VALUE")
                continue
            }
            setResource(String(pair[..<equals]), PercentText.decoded(pair[pair.index(after: equals)...]))
        }
        if let name = environment["OTEL_SERVICE_NAME"], !name.isEmpty { setResource("service.name", name) }
        return problems
    }
}
