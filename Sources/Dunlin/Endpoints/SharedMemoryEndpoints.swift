import DunlinHTTP
import DunlinInference
import DunlinProtocols

/// Triton's shared memory extension: system shared memory where the operator allows it, and no CUDA.
enum SharedMemory {
    /// One region, or all of them.
    static let status: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            guard let name = call[optional: "region"] else {
                return reply.json(200, SharedMemoryCodec.encodeStatus(server.sharedMemory?.registrations ?? []))
            }
            guard let regions = server.sharedMemory else { throw SharedMemoryRegions.notFound(name) }
            reply.json(200, SharedMemoryCodec.encodeStatus([try regions.region(name).registration]))
        }
    }

    static let register: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let regions = try allowed(server)
            guard let name = call[optional: "region"] else {
                throw nameless
            }
            try regions.register(try SharedMemoryCodec.decodeRegister(call.body, name: name))
            reply.empty(200)
        }
    }

    /// One region, or all of them.
    static let unregister: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let regions = try allowed(server)
            if let name = call[optional: "region"] { regions.unregister(name) } else { regions.unregisterAll() }
            reply.empty(200)
        }
    }

    static let cudaStatus: Endpoint = { call, _, reply in
        reply.answer { () throws(InferError) in
            if let name = call[optional: "region"] {
                throw noCUDARegion(name)
            }
            reply.json(200, SharedMemoryCodec.encodeStatus([]))
        }
    }

    static let cudaRegister: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            _ = try allowed(server)
            throw noCUDA(call[optional: "region"] ?? "")
        }
    }

    /// Clients unregister everything before they begin: there is nothing, and that is what they want.
    static let cudaUnregister: Endpoint = { _, server, reply in
        reply.answer { () throws(InferError) in
            _ = try allowed(server)
            reply.empty(200)
        }
    }

    // MARK: What both protocols say

    static let nameless = InferError(
        .invalidArgument, "'region name' is necessary to register system shared memory region")

    static func noCUDARegion(_ name: String) -> InferError {
        InferError(.notFound, "Unable to find cuda shared memory region: '\(name)'")
    }

    static func noCUDA(_ name: String) -> InferError {
        InferError(
            .invalidArgument, "failed to register CUDA shared memory region: '\(name)', GPUs not supported")
    }

    static func allowed(_ server: Server) throws(InferError) -> SharedMemoryRegions {
        guard let regions = server.sharedMemory else { throw .sharedMemoryDisabled }
        return regions
    }
}
