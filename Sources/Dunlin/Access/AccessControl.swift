import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinTelemetry

/// Who may call what on a server, made once from its configuration.
struct AccessControl: Sendable {
    let keys: KeyRing?
    let restrictions: RestrictedAPIs
    let grpcRestrictions: RestrictedAPIs
    let crossOrigin: CrossOrigin?
    let gateway: Gateway?
    let admin: ListenAddress?
    /// What the admin address answers, and nobody else.
    private let adminGroups: Set<EndpointGroup>

    /// How often the file of keys is looked at.
    static let lookPeriod = DispatchTimeInterval.seconds(1)

    /// - Throws: Every problem at once: values that are none, files that cannot be read.
    init(_ configuration: ServerConfiguration) throws(ConfigurationError) {
        var problems: [String] = []
        var restrictions = RestrictedAPIs()
        for text in configuration.httpRestrictedAPIs {
            if let problem = restrictions.add(text) { problems.append("http_restricted_api '\(text)' \(problem)") }
        }
        self.restrictions = restrictions
        var grpcRestrictions = RestrictedAPIs()
        for text in configuration.grpcRestrictedProtocols {
            if let problem = grpcRestrictions.add(text) {
                problems.append("grpc_restricted_protocol '\(text)' \(problem)")
            }
        }
        self.grpcRestrictions = grpcRestrictions
        for origin in configuration.corsAllowedOrigins where OriginPattern(origin) == nil {
            problems.append("cors_allowed_origins has '\(origin)'; expected \(Self.originExpectation)")
        }
        let origins = configuration.corsAllowedOrigins.filter { OriginPattern($0) != nil }
        crossOrigin = CrossOrigin(origins, headers: restrictions.headers)
        admin = configuration.adminAddress.flatMap { text in
            let address = ListenAddress(text)
            if address == nil { problems.append("admin_address is '\(text)'; expected \(ListenAddress.expectation)") }
            return address
        }
        if configuration.adminAddress != nil && configuration.httpAddress == nil {
            problems.append("admin_address needs an http_address: without one nothing is listened on")
        }
        var groups: Set<EndpointGroup> = []
        if admin != nil {
            groups = [.modelRepository, .sharedMemory, .logging, .trace]
            if configuration.adminMetrics { groups.insert(.metrics) }
        } else if configuration.adminMetrics {
            problems.append("admin_metrics needs an admin_address")
        }
        adminGroups = groups
        keys = configuration.apiKeysFile.map { path in
            let keys = KeyRing(path: path)
            if case .failed(let problem) = keys.look() { problems.append("api_keys: \(problem)") }
            return keys
        }
        do throws(InvalidGatewayMap) {
            gateway = try Self.gateway(configuration)
        } catch {
            gateway = nil
            problems.append(error.message)
        }
        if !problems.isEmpty { throw ConfigurationError(problems) }
    }

    static let originExpectation =
        "origins such as https://app.example.com, https://*.example.com, http://localhost:*, or *"

    /// What the usual listener's requests meet.
    var gate: AccessGate {
        AccessGate(
            keys: keys, restrictions: restrictions, grpcRestrictions: grpcRestrictions, crossOrigin: crossOrigin,
            gateway: gateway, elsewhere: adminGroups)
    }

    /// What the admin address' requests meet: keys and restrictions are in force there too.
    var adminGate: AccessGate {
        AccessGate(
            keys: keys, restrictions: restrictions, grpcRestrictions: grpcRestrictions, crossOrigin: crossOrigin,
            gateway: gateway)
    }

    private static func gateway(_ configuration: ServerConfiguration) throws(InvalidGatewayMap) -> Gateway? {
        guard configuration.gateway else {
            if configuration.gatewayMap != nil || configuration.gatewayDomain != nil {
                throw InvalidGatewayMap(message: "gateway_map and gateway_domain need gateway")
            }
            return nil
        }
        var map = GatewayConfiguration()
        if let path = configuration.gatewayMap {
            do {
                let text = try Bytes(reading: path, limit: maxGatewayMapByteCount)
                map = try GatewayConfiguration(parsing: text, isJSON: path.hasSuffix(".json"))
            } catch let error as InvalidGatewayMap {
                throw InvalidGatewayMap(message: "gateway_map \(path): \(error)")
            } catch { throw InvalidGatewayMap(message: "gateway_map \(error)") }
        }
        if let domain = configuration.gatewayDomain { map.domain = try GatewayConfiguration.domain(domain) }
        return Gateway(map)
    }

    /// The largest file of `--gateway-map`.
    static let maxGatewayMapByteCount = 1 << 20

    // MARK: While the server runs

    /// Tells the operator what is open to whom.
    ///
    /// - Parameter grpc: The listener that gRPC has of its own.
    func logStart(_ address: String, port: Int, grpc: HTTPServer?, _ logger: Logger) {
        if keys == nil {
            let open =
                [(address, port)] + (admin.map { [($0.address, $0.port)] } ?? [])
                + (grpc.map { [($0.configuration.address, $0.port)] } ?? [])
            for (address, port) in open where !ListenAddress.isLocal(address) {
                logger.warning(
                    "OPEN TO THE NETWORK WITHOUT API KEYS: whoever reaches this address may use every model and, where they "
                        + "are allowed, load and unload models; see --api-keys and --admin-address",
                    ["address": address, "port": port])
            }
        } else if let keys, keys.isWorldReadable {
            logger.warning(
                "every user of this machine may read the file of API keys", ["path": keys.path, "advice": "chmod 600"])
        }
    }

    /// Follows the file of keys until the source that is returned is cancelled or let go.
    func watchKeys(_ logger: Logger) -> sending (any DispatchSourceTimer)? {
        guard let keys else { return nil }
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "dunlin.keys"))
        timer.schedule(deadline: .now() + Self.lookPeriod, repeating: Self.lookPeriod, leeway: .milliseconds(100))
        timer.setEventHandler { Self.look(keys, logger) }
        timer.resume()
        return timer
    }

    private static func look(_ keys: KeyRing, _ logger: Logger) {
        switch keys.look() {
        case .unchanged: break
        case .loaded(let count):
            logger.info("API keys loaded", ["path": keys.path, "keys": count])
            if keys.isWorldReadable {
                logger.warning("every user of this machine may read the file of API keys", ["path": keys.path])
            }
        case .failed(let problem):
            logger.error("API keys not loaded, the ones from before stay in force", ["reason": problem])
        }
    }
}
