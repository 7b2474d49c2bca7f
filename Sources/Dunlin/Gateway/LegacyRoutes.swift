import DunlinHTTP
import DunlinInference
import DunlinServing

/// What the legacy addresses answer where the models' own protocols have another word for it.
extension Gateway {
    /// A model without a verb, or with one that there is not.
    static let verbless: Endpoint = { call, _, reply in
        let last = call[optional: "version"] ?? call["model"]
        if let colon = last.lastIndex(of: ":") {
            let verb = last[last.index(after: colon)...]
            let error = HopsworksError(
                .badRequest, detail: "the verb '\(verb)' is not known; expected predict, classify, regress or test")
            return reply.send(error.response())
        }
        reply.send(
            HopsworksError(.verbMissing, detail: "expected a verb behind the model, as in \(last):predict").response())
    }
}

extension Server {
    /// Why a deployment cannot take requests, told before it is asked: a model that is loaded answers for itself.
    func hopsworksProblem(_ parameters: PathParameters) -> HopsworksError? {
        guard let model = parameters["model"] else { return nil }
        // A model with a verb that there is not is none.
        guard !model.contains(":") else { return nil }
        do throws(InferError) {
            if try registry.isReady(model: model, version: parameters["version"]) { return nil }
            return HopsworksError(.notRunning, detail: "the model '\(model)' is not ready")
        } catch {
            switch error.code {
            case .notFound: return HopsworksError(.notFound, detail: error.message)
            case .unavailable: return HopsworksError(.notRunning, detail: error.message)
            default: return nil
            }
        }
    }
}
