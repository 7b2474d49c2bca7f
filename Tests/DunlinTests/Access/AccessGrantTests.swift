import Testing

@testable import Dunlin

@Suite struct AccessGrantTests {
    @Test func messagesNameOnlyTheModelsOfTheirRequest() {
        #expect(ModelLimit(names: ["a", "b"]).model(named: "b") == "b")
        #expect(ModelLimit(names: ["a", "b"]).model(named: "c") == nil)
        #expect(ModelLimit(names: []).model(named: "") == nil)
    }

    @Test func messagesMayNameTheDeploymentInThePlaceOfItsModel() {
        let shop = ModelLimit(names: ["model"], deployment: Gateway.Deployment(project: "p", name: "shop"))
        #expect(shop.model(named: "shop") == "model")
        #expect(shop.model(named: "model") == "model")
        #expect(shop.model(named: "other") == nil)
        #expect(shop.model(named: "Shop") == nil)
        #expect(ModelLimit(names: ["model", "more"], deployment: shop.deployment).model(named: "shop") == nil)
        let host = Gateway.Deployment(project: "p", name: "shop", ignoresCase: true)
        #expect(ModelLimit(names: ["model"], deployment: host).model(named: "Shop") == "model")
    }

    @Test func whatADeploymentDoesNotServeIsNotThereAndWhatAKeyIsNotGoodForIsForbidden() {
        #expect(ModelLimit(names: ["model"]).refusal(of: "other").reason == .notFound)
        #expect(ModelLimit(names: ["model"], isOfKey: true).refusal(of: "other").reason == .forbidden)
    }
}
