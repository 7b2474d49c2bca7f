import DunlinEngine
import Testing

@Suite struct OperatorsTests {
    @Test("each version of an operator is listed once")
    func unique() {
        var seen: Set<String> = []
        for entry in Operators.table {
            #expect(seen.insert("\(entry.domain).\(entry.name).\(entry.since)").inserted, "\(entry.name)")
            #expect(Operators.newestOpset[entry.domain] ?? 0 >= entry.since)
        }
    }

    @Test("the newest definition that the opset has is chosen")
    func versions() {
        #expect(Operators.entry(domain: "", name: "Gelu", opset: 19) == nil)
        #expect(Operators.entry(domain: "", name: "Gelu", opset: 20)?.since == 20)
        #expect(Operators.entry(domain: "", name: "Gelu", opset: 28)?.since == 20)
        #expect(Operators.entry(domain: "com.example", name: "Gelu", opset: 20) == nil)
    }
}
