package import DunlinBytes

/// What is said about a server: its models, each with its own document.
package struct ServerDocument: Sendable {
    package var name: String
    package var version: String
    package var models: [ModelDocument]
    /// Models that are loaded, those included that are not among `models`.
    package var modelCount: Int

    /// Models that the OpenAPI document describes; the page and each model's own document have no such limit.
    package static let maxDescribedCount = 200

    package init(name: String, version: String, models: [ModelDocument], modelCount: Int) {
        (self.name, self.version, self.models, self.modelCount) = (name, version, models, modelCount)
    }

    package func openAPI() -> Bytes {
        let title = name + (modelCount > models.count ? " (the first \(models.count) of \(modelCount) models)" : "")
        return OpenAPIText.document(title: title, version: version) { writer in
            writer.path("/v2", "get", "The server's metadata", answer: "Name, version, extensions") { _ in }
            writer.path("/v2/health/live", "get", "Whether the server runs", answer: "It does") { _ in }
            writer.path("/v2/health/ready", "get", "Whether the server is ready", answer: "It is") { _ in }
            for model in models { model.write(to: &writer) }
        }
    }

    /// - Parameter names: All models.
    package static func page(name: String, version: String, names: [String]) -> Bytes {
        var page = HTMLText(title: "\(name) · Dunlin")
        page.element("h1", name)
        page.open("p")
        page.text("Dunlin \(version). ")
        page.link("/v2/docs/dataplane.json", "OpenAPI")
        page.close("p")
        page.element("h2", "Models")
        if names.isEmpty { page.element("p", "No model is loaded.") }
        page.open("ul")
        for model in names {
            page.open("li")
            page.link("/v2/models/\(PathText.segment(model))/docs", model)
            page.close("li")
        }
        page.close("ul")
        return page.finish()
    }
}
