import Dispatch
import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinServing

/// The service beside inference: the functions that the HTTP endpoints call, with other messages around them.
extension GRPC {
    // MARK: Health and metadata

    static let serverLive = unary { call, _ in call.reply.send(GRPCResponses.flag(true)) }

    static let serverReady = unary { call, server in call.reply.send(GRPCResponses.flag(server.isReady)) }

    /// False also for a model that is not known, as Triton answers and its clients expect.
    static let modelReady = unary { (call, server) throws(InferError) in
        let request = try GRPCRequests.model(call.message)
        guard let model = call.model(request.name) else { return }
        do throws(InferError) {
            call.reply.send(GRPCResponses.flag(try server.registry.isReady(model: model, version: request.version)))
        } catch {
            guard error.code == .notFound else { throw error }
            call.reply.send(GRPCResponses.flag(false))
        }
    }

    static let serverMetadata = unary { call, server in
        call.reply.send(
            GRPCResponses.serverMetadata(
                name: server.configuration.serverName, version: dunlinVersion, extensions: V2.extensions(of: server)))
    }

    static let modelMetadata = unary { (call, server) throws(InferError) in
        let request = try GRPCRequests.model(call.message)
        guard let model = call.model(request.name) else { return }
        call.reply.send(
            GRPCResponses.modelMetadata(try server.registry.metadata(model: model, version: request.version)))
    }

    static let modelConfiguration = unary { (call, server) throws(InferError) in
        let request = try GRPCRequests.model(call.message)
        guard let model = call.model(request.name) else { return }
        call.reply.send(
            GRPCResponses.modelConfiguration(try server.registry.configuration(model: model, version: request.version)))
    }

    /// One model, or every model that serves.
    static let modelStatistics = unary { (call, server) throws(InferError) in
        let request = try GRPCRequests.model(call.message, isOptional: true)
        guard !request.name.isEmpty else {
            let seen = try server.registry.statistics().filter { call.call.sees($0.model) }
            return call.reply.send(GRPCResponses.statistics(seen.map(StatisticsEntry.init)))
        }
        guard let model = call.model(request.name) else { return }
        let found = try server.registry.statistics(model: model, version: request.version)
        call.reply.send(GRPCResponses.statistics(found.map(StatisticsEntry.init)))
    }

    // MARK: Model repository

    static let repositoryIndex = unary { (call, server) throws(InferError) in
        let request = try GRPCRequests.index(call.message)
        try Repository.check(request.repository.isEmpty ? nil : request.repository, server)
        // The index looks at the disk: not on the event loop.
        server.codecQueue.async {
            let seen = server.registry.index(readyOnly: request.readyOnly).filter { call.call.sees($0.name) }
            call.reply.send(GRPCResponses.index(seen.map(RepositoryIndexEntry.init)))
        }
    }

    static let load = unary { (call, server) throws(InferError) in
        let load = try GRPCRequests.load(call.message, limits: server.limits)
        guard let model = call.model(load.model) else { return }
        try Repository.check(load.repository.isEmpty ? nil : load.repository, server)
        try Repository.load(model, version: nil, load.request, server) { result in
            call.reply.answer { () throws(InferError) in
                try result.get()
                call.reply.send(GRPCResponses.done(load))
            }
        }
    }

    static let unload = unary { (call, server) throws(InferError) in
        let load = try GRPCRequests.load(call.message, limits: server.limits)
        guard let model = call.model(load.model) else { return }
        try Repository.check(load.repository.isEmpty ? nil : load.repository, server)
        let dependents = try GRPCRequests.unloadsDependents(load)
        try Repository.unload(model, version: nil, dependents: dependents, server) { result in
            call.reply.answer { () throws(InferError) in
                try result.get()
                call.reply.send(GRPCResponses.done(load))
            }
        }
    }

    // MARK: Shared memory

    /// One region, or all of them.
    static let sharedMemoryStatus = unary { (call, server) throws(InferError) in
        let name = try GRPCRequests.name(call.message)
        guard !name.isEmpty else {
            return call.reply.send(GRPCResponses.sharedMemory(server.sharedMemory?.registrations ?? []))
        }
        guard let regions = server.sharedMemory else { throw SharedMemoryRegions.notFound(name) }
        call.reply.send(GRPCResponses.sharedMemory([try regions.region(name).registration]))
    }

    static let sharedMemoryRegister = unary { (call, server) throws(InferError) in
        let regions = try SharedMemory.allowed(server)
        let registration = try GRPCRequests.register(call.message)
        guard !registration.name.isEmpty else { throw SharedMemory.nameless }
        try regions.register(registration)
        call.reply.send(FramedMessage.empty)
    }

    /// One region, or all of them.
    static let sharedMemoryUnregister = unary { (call, server) throws(InferError) in
        let regions = try SharedMemory.allowed(server)
        let name = try GRPCRequests.name(call.message)
        if name.isEmpty { regions.unregisterAll() } else { regions.unregister(name) }
        call.reply.send(FramedMessage.empty)
    }

    static let cudaStatus = unary { (call, _) throws(InferError) in
        let name = try GRPCRequests.name(call.message)
        guard name.isEmpty else { throw SharedMemory.noCUDARegion(name) }
        call.reply.send(FramedMessage.empty)
    }

    static let cudaRegister = unary { (call, server) throws(InferError) in
        _ = try SharedMemory.allowed(server)
        throw SharedMemory.noCUDA(try GRPCRequests.name(call.message))
    }

    /// Clients unregister everything before they begin: there is nothing, and that is what they want.
    static let cudaUnregister = unary { (call, server) throws(InferError) in
        _ = try SharedMemory.allowed(server)
        call.reply.send(FramedMessage.empty)
    }

    // MARK: Settings

    /// Reads the settings when nothing is to be changed.
    static let traceSetting = unary { (call, server) throws(InferError) in
        let (name, change) = try GRPCRequests.traceSetting(call.message, limits: server.limits)
        guard name != nil || call.call.limit == nil else {
            return call.reply.refuse(
                .forbidden("settings of the whole server, and this request is limited to some models"))
        }
        var model: String?
        if let name {
            model = call.model(name)
            guard model != nil else { return }
        }
        if change != V2TraceCodec.Change() { try TraceSettings.change(change, model: model, server) }
        call.reply.send(GRPCResponses.traceSetting(try TraceSettings.current(model: model, server)))
    }

    static let logSettings = unary { (call, server) throws(InferError) in
        let settings = try GRPCRequests.logSettings(
            call.message, changing: Logging.current(server), limits: server.limits)
        Logging.change(settings, server)
        call.reply.send(GRPCResponses.logSettings(settings))
    }
}
