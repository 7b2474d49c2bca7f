import DunlinBytes
import DunlinHTTP
import DunlinInference
import Testing

@testable import Dunlin

@Suite struct GRPCCallTests {
    private func call(_ limit: Set<String>?, deployment: Gateway.Deployment? = nil) -> Call {
        Call(
            request: HTTPRequest(method: .post, path: Bytes("/")), parameters: PathParameters(names: [], values: []),
            limit: limit.map { ModelLimit(names: $0, deployment: deployment) })
    }

    @Test func messagesNameOnlyTheModelsOfTheirRequest() {
        #expect(call(nil).model(named: "a") == "a")
        #expect(call(["a", "b"]).model(named: "b") == "b")
        #expect(call(["a", "b"]).model(named: "c") == nil)
        #expect(call([]).model(named: "") == nil)
    }

    @Test func messagesMayNameTheDeploymentInThePlaceOfItsModel() {
        let shop = Gateway.Deployment(project: "p", name: "shop")
        #expect(call(["model"], deployment: shop).model(named: "shop") == "model")
        #expect(call(["model"], deployment: shop).model(named: "model") == "model")
        #expect(call(["model"], deployment: shop).model(named: "other") == nil)
        #expect(call(["model"], deployment: shop).model(named: "Shop") == nil)
        #expect(call(["model", "more"], deployment: shop).model(named: "shop") == nil)
        let host = Gateway.Deployment(project: "p", name: "shop", ignoresCase: true)
        #expect(call(["model"], deployment: host).model(named: "Shop") == "model")
    }
}
