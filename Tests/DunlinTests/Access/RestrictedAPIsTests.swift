import DunlinHTTP
import Testing

@testable import Dunlin

@Suite struct RestrictedAPIsTests {
    @Test func groupsNeedTheirFieldAndTheOthersNone() throws {
        var all = RestrictedAPIs()
        #expect(all.add("model-repository,shared-memory:admin-key=a:b=c") == nil)
        #expect(all.add("inference:infer-key=open") == nil)
        let wrong = Refusal.forbidden("This API is restricted, expecting header 'admin-key'")
        #expect(all.refusal(.modelRepository, HTTPHeaders()) == wrong)
        #expect(all.refusal(.sharedMemory, HTTPHeaders([("admin-key", "a:b=d")])) == wrong)
        #expect(all.refusal(.sharedMemory, HTTPHeaders([("infer-key", "open")])) == wrong)
        #expect(all.refusal(.modelRepository, HTTPHeaders([("Admin-Key", "a:b=c")])) == nil)
        #expect(all.refusal(.inference, HTTPHeaders([("infer-key", "open")])) == nil)
        #expect(all.refusal(.health, HTTPHeaders()) == nil)
        #expect(all.headers == ["admin-key", "infer-key"])
    }

    @Test(arguments: EndpointGroup.allCases) func everyGroupCanBeNamed(group: EndpointGroup) {
        var all = RestrictedAPIs()
        #expect(all.add("\(group.rawValue):x=1") == nil)
        #expect(all.refusal(group, HTTPHeaders())?.status == 403)
    }

    @Test(arguments: [
        ("", "must be <api>,<api>:<header>=<value>"),
        ("inference", "must be <api>,<api>:<header>=<value>"),
        ("inference:x", "must be <api>,<api>:<header>=<value>"),
        ("inference:=1", "has '' where the name of a header field must be"),
        ("inference:a b=1", "has 'a b' where the name of a header field must be"),
        ("inference:x=", "must have a value behind the = without control characters"),
        ("inference,inference:x=1", "restricts inference a second time"),
        (
            "infer:x=1",
            "has 'infer'; the APIs are health, metadata, inference, shared-memory, model-config, model-repository, "
                + "statistics, trace, logging, metrics"
        ),
    ])
    func whatIsWrongIsSaid(text: String, expected: String) {
        var all = RestrictedAPIs()
        #expect(all.add(text) == expected)
    }
}
