import DunlinBytes
import DunlinProtocols
import Testing

@Suite struct V1ConfigCodecTests {
    private func status(_ version: String, _ state: String, _ code: String = "OK", _ message: String = "OK") -> String {
        #"{"version":"\#(version)","state":"\#(state)","status":{"error_code":"\#(code)","error_message":"\#(message)"}}"#
    }

    @Test func modelsStandByNameWithTheStatesOfTheirVersions() {
        let entries = [
            RepositoryIndexEntry(name: "a", version: "1", state: "UNLOADING"),
            RepositoryIndexEntry(name: "a", version: "2", state: "READY"),
            RepositoryIndexEntry(name: "b"),
            RepositoryIndexEntry(name: "c", version: "1", state: "UNAVAILABLE", reason: "bad file"),
            RepositoryIndexEntry(name: "c", version: "2", state: "UNAVAILABLE", reason: "unloaded"),
            RepositoryIndexEntry(name: "c", version: "3", state: "LOADING"),
        ]
        let versions = [
            "a": [status("1", "UNLOADING"), status("2", "AVAILABLE")], "b": [],
            "c": [status("1", "END", "UNKNOWN", "bad file"), status("2", "END"), status("3", "LOADING")],
        ]
        let wanted = ["a", "b", "c"].map {
            #""\#($0)":{"model_version_status":[\#(versions[$0, default: []].joined(separator: ","))]}"#
        }
        #expect(V1ConfigCodec.encode(entries).string == "{\(wanted.joined(separator: ","))}")
        #expect(V1ConfigCodec.encode([]).string == "{}")
    }
}
