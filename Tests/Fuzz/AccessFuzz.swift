import DunlinBytes
import DunlinHTTP

@testable import Dunlin

/// What decides who may call what: the file of keys, the field `Authorization`, origins, Triton's restrictions, the gateway's
/// map and its addresses. The first byte chooses.
enum AccessFuzz {
    static func run(_ input: UnsafeRawBufferPointer) {
        guard let first = input.first else { return }
        let rest = UnsafeRawBufferPointer(rebasing: input.dropFirst())
        switch first % 8 {
        case 0: keys(rest)
        case 1: authorization(rest)
        case 2: origins(rest)
        case 3: restrictions(rest)
        case 4: map(rest, isJSON: false)
        case 5: map(rest, isJSON: true)
        case 6: address(rest, host: false)
        default: address(rest, host: true)
        }
    }

    /// Keys that are read must be written as lines that are read as the same keys.
    private static func keys(_ text: UnsafeRawBufferPointer) {
        guard let keys = try? APIKeyFile.keys(Bytes(copying: text)) else { return }
        let again = try? APIKeyFile.keys(Bytes(keys.map(\.line).joined(separator: "\n")))
        precondition(again == keys, "a line is not read back as the key it was written from")
    }

    private static let ring: (keys: KeyRing, text: [UInt8]) = {
        var random = SystemRandomNumberGenerator()
        let made = APIKey.make(AccessGrant(scopes: [.infer], models: nil), using: &random)
        let keys = KeyRing(path: "")
        keys.use([made.key])
        return (keys, Array(made.text.utf8))
    }()

    private static func authorization(_ text: UnsafeRawBufferPointer) {
        let value = Bytes(copying: text)
        guard case .key(let range) = Authorization(value) else { return }
        precondition(!range.isEmpty && range.upperBound == value.count, "a key that is not the end of its field")
        let isGood = value[range].withUnsafeBytes { ring.keys.grant(for: $0) } != nil
        precondition(isGood == (value[range].array == ring.text), "a wrong key was taken, or the right one was not")
    }

    /// A pattern and an origin with a blank between them.
    private static func origins(_ text: UnsafeRawBufferPointer) {
        let parts = String(decoding: text, as: UTF8.self).split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let pattern = OriginPattern(parts[0]) else { return }
        let matches = pattern.matches(parts[1])
        precondition(!matches || parts[0].contains("*") || parts[0].count <= parts[1].count + 4, "too short an origin")
    }

    /// A pattern for header fields, and names of them on the lines behind it.
    static func headers(_ input: UnsafeRawBufferPointer) {
        let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", maxSplits: 8).map(String.init)
        guard let text = lines.first else { return }
        do throws(InvalidHeaderPattern) {
            let pattern = try HeaderPattern(text)
            for name in lines.dropFirst() {
                let matches = pattern.matches(name)
                // Whatever is found in a name is found in any of its cases.
                precondition(text.hasPrefix("(?-i)") || matches == pattern.matches(name.uppercased()) || !name.isASCII)
            }
        } catch { precondition(!error.message.isEmpty, "an error without a sentence") }
    }

    private static func restrictions(_ text: UnsafeRawBufferPointer) {
        var all = RestrictedAPIs()
        guard all.add(String(decoding: text, as: UTF8.self)) == nil else { return }
        for group in all.restrictions.keys {
            precondition(all.refusal(group, HTTPHeaders())?.status == 403, "a restricted group is open")
        }
    }

    private static func map(_ text: UnsafeRawBufferPointer, isJSON: Bool) {
        do throws(InvalidGatewayMap) {
            _ = Gateway(try GatewayConfiguration(parsing: Bytes(copying: text), isJSON: isJSON))
        } catch { precondition(!error.message.isEmpty, "an error without a sentence") }
    }

    private static let gateway: (trie: RouteTrie<RouteTarget>, gate: AccessGate) = {
        var map = GatewayConfiguration()
        map.domain = "d"
        map.projects = [
            .init(name: "p_q", id: 7, deployments: ["A": "m", "b": "b"]),
            .init(name: "open", id: nil, deployments: nil),
        ]
        var trie = RouteTrie<RouteTarget>()
        for route in routes {
            trie.insert(route.method, route.path, RouteTarget(route))
            for address in Gateway.addresses(of: route) {
                trie.insert(route.method, address.path, RouteTarget(route, form: address.form))
            }
        }
        var gate = AccessGate()
        gate.gateway = Gateway(map)
        return (trie, gate)
    }()

    /// A path, or the name of a host, a blank and a path: who passes names a model that the deployment serves.
    private static func address(_ text: UnsafeRawBufferPointer, host: Bool) {
        var path = Bytes(copying: text)
        var headers = HTTPHeaders()
        if host {
            guard let blank = text.firstIndex(of: 0x20),
                let name = String(validating: text[..<blank], as: UTF8.self),
                name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
            else { return }
            headers = HTTPHeaders([("Host", name)])
            path = path.dropFirst(blank + 1)
        }
        for method in [HTTPMethod.get, .post] {
            guard case .found(let target, var parameters) = gateway.trie.match(method, path) else { continue }
            let request = HTTPRequest(method: method, path: path, headers: headers)
            guard let limit = try? gateway.gate.admit(request, target, &parameters) else { continue }
            precondition(parameters["model"].map(limit.contains) ?? true, "a model that the deployment does not serve")
            if target.form == .deployment, parameters["project"] == "p_q", let model = parameters["model"] {
                precondition(model == (parameters["deployment"] == "A" ? "m" : "b"), "another deployment's model")
            }
        }
    }
}

extension String {
    fileprivate var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }
}
