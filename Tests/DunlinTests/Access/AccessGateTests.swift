import DunlinBytes
import DunlinHTTP
import Testing

@testable import Dunlin

/// Every route of the table against every kind of key.
@Suite struct AccessGateTests {
    /// What each group asks for, said a second time: a change to one of the two is noticed.
    private static let scopes: [EndpointGroup: AccessScope] = [
        .metadata: .infer, .inference: .infer, .statistics: .infer, .modelConfiguration: .infer, .metrics: .metrics,
        .sharedMemory: .admin, .modelRepository: .admin, .trace: .admin, .logging: .admin,
    ]

    enum Key: String, CaseIterable { case none, wrong, otherScope, otherModel, right, admin }

    /// What a route answers, or 200 where the gate lets it pass.
    private func status(_ route: Route, _ key: Key) -> Int {
        let scope: AccessScope? =
            switch route.group {
            case .health: route.path.contains("{model}") ? .infer : nil
            case .modelConfiguration where route.method != .get: .admin
            default: Self.scopes[route.group]
            }
        guard let scope else { return 200 }
        switch key {
        case .none, .wrong: return 401
        // The key of another scope is never one of admin, which is good for everything.
        case .otherScope: return 403
        case .otherModel:
            if scope == .metrics { return 403 }
            if route.path.contains("{model}") { return 403 }
            return AccessGate.limitedPaths.contains(route.path) ? 200 : 403
        case .right, .admin: return 200
        }
    }

    private func made(_ scopes: [AccessScope], _ models: Set<String>? = nil) -> (key: APIKey, text: String) {
        var random = SystemRandomNumberGenerator()
        return APIKey.make(AccessGrant(scopes: scopes, models: models), using: &random)
    }

    @Test func everyRouteAsksForTheKeyOfItsGroup() throws {
        let all = Dictionary(uniqueKeysWithValues: AccessScope.allCases.map { ($0, made([$0])) })
        let limited = made([.admin], ["b"])
        var gate = AccessGate()
        let keys = KeyRing(path: "")
        keys.use(all.values.map(\.key) + [limited.key])
        gate.keys = keys
        for route in routes {
            let target = RouteTarget(route)
            for key in Key.allCases {
                let text: String? =
                    switch key {
                    case .none: nil
                    case .wrong: made([.admin]).text
                    case .otherScope: all[target.scope == .infer ? .metrics : .infer]!.text
                    case .otherModel: limited.text
                    case .right: all[target.scope ?? .infer]!.text
                    case .admin: all[.admin]!.text
                    }
                let request = HTTPRequest(
                    method: route.method, path: Bytes(route.path),
                    headers: HTTPHeaders(text.map { [("Authorization", "ApiKey \($0)")] } ?? []))
                var parameters = PathParameters(names: ["model"], values: ["a"])
                if !route.path.contains("{model}") { parameters = PathParameters() }
                var found = 200
                do throws(Refusal) { _ = try gate.admit(request, target, &parameters) } catch { found = error.status }
                #expect(found == status(route, key), "\(route.method.name) \(route.path) with \(key.rawValue)")
            }
        }
    }

    @Test func theOnlyRoutesWithoutKeyAreTheServersHealth() {
        let open = routes.filter { RouteTarget($0).scope == nil }.map(\.path)
        #expect(Set(open).isSubset(of: ["/", "/v2/health/live", "/v2/health/ready"]), "\(open)")
        #expect(Set(open).count == 3)
    }

    @Test func listsThatLimitedRequestsSeeAreRoutes() {
        let paths = Set(routes.map(\.path))
        // One comes with the V1 routes.
        #expect(AccessGate.limitedPaths.subtracting(paths).subtracting(["/v1/models"]).isEmpty)
    }

    @Test func theAdminGroupsAreRefusedWhereTheyAreAnsweredElsewhere() throws {
        var configuration = ServerConfiguration()
        configuration.adminAddress = "127.0.0.1:0"
        for isMetricsToo in [false, true] {
            configuration.adminMetrics = isMetricsToo
            let access = try AccessControl(configuration)
            for route in routes {
                var parameters = PathParameters()
                let request = HTTPRequest(method: route.method, path: Bytes(route.path))
                let isAdmin =
                    [.modelRepository, .sharedMemory, .logging, .trace].contains(route.group)
                    || route.group == .metrics && isMetricsToo
                let refusal: Refusal?
                do throws(Refusal) {
                    _ = try access.gate.admit(request, RouteTarget(route), &parameters)
                    refusal = nil
                } catch { refusal = error }
                #expect(refusal?.status == (isAdmin ? 403 : nil), "\(route.path)")
                #expect(throws: Never.self) { try access.adminGate.admit(request, RouteTarget(route), &parameters) }
            }
        }
    }

    @Test func aServerWithoutRulesHasNoGate() throws {
        #expect(try AccessControl(ServerConfiguration()).gate.isOpen)
    }
}
