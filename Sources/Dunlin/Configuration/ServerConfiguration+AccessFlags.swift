extension ServerConfiguration {
    /// Who may call what, and under which address.
    static let accessFlags: [Flag] = [
        Flag(
            "api-keys", "FILE", default: "none",
            "API keys that requests need, made by 'dunlin api-key create'; followed while the server runs"
        ) { configuration, text in
            if text.isEmpty { return "must name a file" }
            configuration.apiKeysFile = text
            return nil
        },
        Flag(
            "admin-address", "ADDRESS", default: "none",
            "ADDRESS:PORT or unix:PATH that alone answers load, unload, shared memory, logging and trace"
        ) { configuration, text in
            guard ListenAddress(text) != nil else { return "must be \(ListenAddress.expectation)" }
            configuration.adminAddress = text
            return nil
        },
        Flag(
            "admin-metrics", "BOOL", default: "false", "Metrics on the admin address only",
            apply: Flag.bool(\.adminMetrics)),
        Flag(
            "http-restricted-api", "RULE", default: "none",
            "<api>,<api>:<header>=<value>: these APIs need this header field; may be repeated",
            repeats: .init(separator: ";") { $0.httpRestrictedAPIs = [] }
        ) { configuration, text in
            var all = RestrictedAPIs()
            for text in configuration.httpRestrictedAPIs { _ = all.add(text) }
            if let problem = all.add(text) { return problem }
            configuration.httpRestrictedAPIs.append(text)
            return nil
        },
        grpcRestrictedProtocolFlag,
        Flag(
            "http-header-forward-pattern", "REGEX", default: "none",
            "Header fields whose names match become parameters of inference requests, in any case unless (?-i) is in front"
        ) { configuration, text in
            do throws(InvalidHeaderPattern) { _ = try HeaderForwarding(text) } catch { return error.message }
            configuration.httpHeaderForwardPattern = text
            return nil
        },
        Flag(
            "cors-allowed-origins", "LIST", default: "none",
            "Origins of web pages that may use the server, with commas; * stands for a part of a label of the host"
        ) { configuration, text in
            var origins: [String] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let origin = String(part.drop { $0 == " " })
                guard OriginPattern(origin) != nil else {
                    return "has '\(origin)'; expected \(AccessControl.originExpectation)"
                }
                origins.append(origin)
            }
            configuration.corsAllowedOrigins = origins
            return nil
        },
        Flag(
            "gateway", "BOOL", default: "false", "Answer under the addresses of Hopsworks' gateway too",
            apply: Flag.bool(\.gateway)),
        Flag(
            "gateway-domain", "DOMAIN", default: "none", "With gateway: hosts are <deployment>.<project>.DOMAIN"
        ) { configuration, text in
            do throws(InvalidGatewayMap) {
                configuration.gatewayDomain = try GatewayConfiguration.domain(text)
                return nil
            } catch { return "must be the name of a domain" }
        },
        Flag(
            "gateway-map", "FILE", default: "none",
            "With gateway: projects, deployments and their models, in TOML or JSON; without: a deployment for each model"
        ) { configuration, text in
            if text.isEmpty { return "must name a file" }
            configuration.gatewayMap = text
            return nil
        },
    ]
}
