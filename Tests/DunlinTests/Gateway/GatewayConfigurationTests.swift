import DunlinBytes
import Testing

@testable import Dunlin

@Suite struct GatewayConfigurationTests {
    private static let toml = """
        domain = "Models.example.com"
        [projects.fraud]
        id = 119
        deployments = { scorer = "fraud_model", "Second" = "other" }
        [projects.churn]
        """
    private static let json = """
        {"domain": "models.example.com", "projects": {
          "fraud": {"id": 119, "deployments": {"scorer": "fraud_model", "Second": "other"}}, "churn": {}}}
        """

    private func problem(_ text: String, isJSON: Bool = false) -> String? {
        do throws(InvalidGatewayMap) {
            _ = try GatewayConfiguration(parsing: Bytes(text), isJSON: isJSON)
            return nil
        } catch { return error.message }
    }

    @Test func bothFormatsSayTheSame() throws {
        let read = try GatewayConfiguration(parsing: Bytes(Self.toml), isJSON: false)
        #expect(read.domain == "models.example.com")
        #expect(
            read.projects == [
                .init(name: "fraud", id: 119, deployments: ["scorer": "fraud_model", "Second": "other"]),
                .init(name: "churn"),
            ])
        #expect(try GatewayConfiguration(parsing: Bytes(Self.json), isJSON: true) == read)
        #expect(try GatewayConfiguration(parsing: Bytes(""), isJSON: false) == GatewayConfiguration())
    }

    @Test(arguments: [
        ("domian = \"x\"", "'domian' is not known; expected domain, projects"),
        ("domain = 1", "domain: expected text that is not empty, found a number"),
        ("domain = \"a b\"", "domain: expected the name of a domain, found 'a b'"),
        ("domain = \".example.com\"", "domain: expected the name of a domain, found '.example.com'"),
        ("projects = [1]", "projects: expected a table, found an array"),
        ("[projects.a]\nid = \"1\"", "projects.a.id: expected a whole number from 0 on, found a string"),
        ("[projects.a]\nid = -1", "projects.a.id: expected a whole number from 0 on, found a number"),
        ("[projects.a]\nmodels = 1", "'projects.a.models' is not known; expected id, deployments"),
        ("[projects.\"a/b\"]", "projects: 'a/b' cannot stand in an address"),
        (
            "[projects.a.deployments]\nx = \"\"",
            "projects.a.deployments.x: expected text that is not empty, found a string"
        ),
        ("[projects.a_b]\n[projects.A-b]", "projects: 'a_b' and 'A-b' have the same namespace"),
        ("[projects.a]\nid = 1\n[projects.b]\nid = 1", "projects: 'a' and 'b' have the same id 1"),
        (
            "[projects.a.deployments]\nx = \"m\"\nX = \"m\"",
            "projects.a.deployments: 'X' and 'x' differ only in case, which the names of hosts do not tell"
        ),
    ])
    func whatIsWrongIsNamed(text: String, expected: String) { #expect(problem(text) == expected) }

    @Test func brokenFilesSayWhere() {
        #expect(problem("domain = ")?.hasPrefix("line 1: ") == true)
        #expect(problem("{", isJSON: true) != nil && problem("[]", isJSON: true) != nil)
    }
}
