import DunlinHTTP

/// The listener that gRPC may have of its own.
extension ServerConfiguration {
    static let grpcPortFlag = Flag(
        "grpc-port", "PORT", default: "none",
        "A port for gRPC beside the HTTP port, which speaks it too; 0 picks a free one"
    ) { configuration, text in
        guard let port = Int(text), (0...65_535).contains(port) else { return "must be a whole number in 0...65535" }
        configuration.grpcPort = port
        return isGRPCBuiltIn ? nil : "needs gRPC, which this build does not have (package trait GRPC)"
    }

    static let grpcAddressFlag = Flag(
        "grpc-address", "ADDRESS", default: "none",
        "Address of the gRPC port, or unix:PATH for a Unix-domain socket; none: as http-address"
    ) { configuration, text in
        if text.isEmpty { return "must be an IPv4 or IPv6 address, or unix:PATH" }
        configuration.grpcAddress = text
        return isGRPCBuiltIn ? nil : "needs gRPC, which this build does not have (package trait GRPC)"
    }

    static let grpcRestrictedProtocolFlag = Flag(
        "grpc-restricted-protocol", "RULE", default: "none",
        "<api>,<api>:<key>=<value>: over gRPC these APIs need the metadata triton-grpc-protocol-<key>; may be repeated",
        repeats: .init(separator: ";") { $0.grpcRestrictedProtocols = [] }
    ) { configuration, text in
        var all = RestrictedAPIs()
        for text in configuration.grpcRestrictedProtocols { _ = all.add(text) }
        if let problem = all.add(text) { return problem }
        configuration.grpcRestrictedProtocols.append(text)
        return nil
    }

    /// Whether this build speaks gRPC.
    package static var isGRPCBuiltIn: Bool {
        #if GRPC
            true
        #else
            false
        #endif
    }

    /// `nil` when there is none.
    var grpcConfiguration: HTTPServerConfiguration? {
        let isSocket = grpcAddress?.hasPrefix("unix:") == true
        guard grpcPort != nil || isSocket else { return nil }
        var http = httpConfiguration
        http.address = grpcAddress ?? http.address
        http.port = isSocket ? 0 : grpcPort ?? 0
        http.purpose = "gRPC"
        return http
    }

    /// Every problem of the listener, in words an operator can act on.
    var grpcProblems: [String] {
        guard grpcPort != nil || grpcAddress != nil else { return [] }
        var found: [String] = []
        if !Self.isGRPCBuiltIn { found.append("grpc_port and grpc_address need gRPC, which this build does not have") }
        if httpAddress == nil { found.append("grpc_port needs an http_address: without one nothing is listened on") }
        if grpcPort == nil, grpcAddress?.hasPrefix("unix:") == false { found.append("grpc_address needs a grpc_port") }
        return found + (grpcConfiguration?.problems() ?? [])
    }
}
