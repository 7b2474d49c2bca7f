import DunlinBytes
import DunlinHTTP
import DunlinInference
import Testing

@testable import Dunlin

@Suite struct GRPCCallTests {
    private func call(_ limit: Set<String>?, deployment: String? = nil) -> Call {
        let parameters = PathParameters(
            names: deployment == nil ? [] : ["deployment"], values: deployment.map { [$0] } ?? [])
        return Call(
            request: HTTPRequest(method: .post, path: Bytes("/")), parameters: parameters,
            limit: limit.map { ModelLimit(names: $0) })
    }

    @Test func messagesNameOnlyTheModelsOfTheirRequest() {
        #expect(call(nil).model(named: "a") == "a")
        #expect(call(["a", "b"]).model(named: "b") == "b")
        #expect(call(["a", "b"]).model(named: "c") == nil)
        #expect(call([]).model(named: "") == nil)
    }

    @Test func messagesMayNameTheDeploymentInThePlaceOfItsModel() {
        #expect(call(["model"], deployment: "shop").model(named: "shop") == "model")
        #expect(call(["model"], deployment: "shop").model(named: "model") == "model")
        #expect(call(["model"], deployment: "shop").model(named: "other") == nil)
        #expect(call(["model", "more"], deployment: "shop").model(named: "shop") == nil)
    }
}
