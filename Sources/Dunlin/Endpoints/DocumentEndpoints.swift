import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// Documents made from what is loaded: how to call the server and each of its models.
enum Documents {
    /// A page, or the OpenAPI document for who asks for JSON.
    static let server: Endpoint = { call, server, reply in
        if prefersJSON(call) { return serverOpenAPI(call, server, reply) }
        let names = server.registry.modelNames()
        reply.html(
            ServerDocument.page(name: server.configuration.serverName, version: dunlinVersion, names: names))
    }

    /// Off the event loop: it describes many models.
    static let serverOpenAPI: Endpoint = { call, server, reply in
        server.codecQueue.async {
            let names = server.registry.modelNames()
            // A model may be unloaded meanwhile.
            let models = names.prefix(ServerDocument.maxDescribedCount).compactMap { name in
                try? describe(name, version: nil, call, server)
            }
            let document = ServerDocument(
                name: server.configuration.serverName, version: dunlinVersion, models: models, modelCount: names.count)
            reply.json(200, document.openAPI())
        }
    }

    static let model: Endpoint = { call, server, reply in
        if prefersJSON(call) { return modelOpenAPI(call, server, reply) }
        reply.answer { () throws(InferError) in
            reply.html(try describe(call["model"], version: call[optional: "version"], call, server).page())
        }
    }

    static let modelOpenAPI: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let document = try describe(call["model"], version: call[optional: "version"], call, server)
            reply.json(200, document.openAPI(serverVersion: dunlinVersion))
        }
    }

    private static func describe(
        _ model: String, version: String?, _ call: Call, _ server: Server
    ) throws(InferError) -> ModelDocument {
        let metadata = try server.registry.metadata(model: model, version: version)
        let signature = try server.registry.signature(model: model, version: version)
        var document = ModelDocument(
            metadata, version: version, authority: authority(call),
            isSequence: try server.registry.takesSequences(model: model, version: version),
            isVariadic: signature.isVariadic)
        // A worker's own name may be another than that of its endpoint.
        document.metadata.name = model
        return document
    }

    /// JSON is named, and HTML is not: browsers name HTML, and what says nothing gets the page.
    private static func prefersJSON(_ call: Call) -> Bool {
        guard let accept = call.request.headers["accept"]?.lowercased() else { return false }
        return accept.contains("application/json") && !accept.contains("text/html")
    }

    /// How the client calls this server. What stands there goes into commands that people paste: nothing but what a host
    /// and a port consist of.
    private static func authority(_ call: Call) -> String {
        let host = call.request.headers["host"] ?? ""
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: ".:[]-_".utf8.contains(byte)
            }
        }
        return isPlain && !host.isEmpty && !host.hasPrefix("-") ? host : "localhost:8000"
    }
}

extension Reply {
    fileprivate func html(_ body: Bytes) {
        let headers = [
            (name: "Content-Security-Policy", value: "default-src 'none'; style-src 'unsafe-inline'"),
            (name: "X-Content-Type-Options", value: "nosniff"),
        ]
        http.send(HTTPResponse(status: 200, contentType: .html, headers: headers, body: [body]))
    }
}
