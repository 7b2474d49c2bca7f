package import DunlinBytes
import DunlinInference
import DunlinTensor

/// The page: everything in one file, so that it can be read without the internet.
extension ModelDocument {
    package func page() -> Bytes {
        var page = HTMLText(title: "\(title) · Dunlin")
        page.element("h1", title)
        page.open("p")
        page.text("Platform \(metadata.platform); versions \(metadata.versions.joined(separator: ", ")). ")
        page.link("\(path)/docs/dataplane.json", "OpenAPI")
        page.text(" · ")
        page.link(path, "metadata")
        page.text(" · ")
        page.link("/v2/docs", "all models")
        page.close("p")
        tensors("Inputs", metadata.inputs, &page)
        tensors("Outputs", metadata.outputs, &page)
        page.element("h2", "Example")
        if let body = example.json {
            page.open("p")
            page.text("POST \(inferPath)")
            page.close("p")
            page.code("example", body)
        } else if example.hasJSON {
            page.element("p", "The example has \(example.elementCount) elements; these programs make it.")
        } else {
            page.element("p", "FP16 and BF16 have no form in JSON; the client sends them as they are.")
        }
        if let curl {
            page.element("h3", "curl")
            page.code("curl", curl)
        }
        if let pythonRequests {
            page.element("h3", "Python, requests")
            page.code("python-requests", pythonRequests)
        }
        page.element("h3", "Python, tritonclient")
        page.code("python-tritonclient", pythonTriton)
        return page.finish()
    }

    private func tensors(_ title: String, _ tensors: [TensorMetadata], _ page: inout HTMLText) {
        page.element("h2", title)
        guard !tensors.isEmpty else { return page.element("p", "Any number, under any names.") }
        page.open("table")
        page.row("th", ["Name", "Datatype", "Shape", "Labels"])
        for tensor in tensors {
            page.row("td", [tensor.name, tensor.dataType.name, Self.extents(tensor.shape), Self.labels(tensor.labels)])
        }
        page.close("table")
    }

    /// `[-1, 4]`, where -1 is any extent.
    private static func extents(_ shape: [Int]) -> String { "\(shape)" }

    /// Labels that are listed; a classifier of a thousand classes has more.
    static let maxLabelCount = 20

    private static func labels(_ labels: [String]) -> String {
        let listed = labels.prefix(maxLabelCount).joined(separator: ", ")
        return labels.count > maxLabelCount ? listed + ", … (\(labels.count))" : listed
    }
}
