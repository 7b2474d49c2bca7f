#if GRPC
    import DunlinBytes
    import Testing

    @testable import DunlinLoad

    /// Many requests on few connections, against servers that behave, refuse, say farewell and break off.
    @Suite struct GRPCLoadConnectionTests {
        private static let second: UInt64 = 1_000_000_000
        /// Far longer than any step here takes.
        private static let endless: UInt64 = 3600 * second
        private static let message = Bytes([0, 0, 0, 0, 2, 1, 2])

        private func generator(_ url: String, timeout: UInt64 = 20 * second) throws -> LoadGenerator {
            let target = try LoadTarget(url: url, unixSocket: nil, model: "m", version: nil)
            return LoadGenerator(
                target: target, requests: [Self.message], headers: [("X-Key", "k")], timeout: timeout)
        }

        private func closed(
            _ server: ScriptedGRPCServer, clients: Int, connections: Int = 1, limit: Int, timeout: UInt64 = 20 * second
        ) throws -> LoadResult {
            try generator(server.url, timeout: timeout).run(
                .closed(concurrency: clients), connectionCount: connections, duration: Self.endless, limit: limit)
        }

        @Test func clientsShareConnectionsAndKeepThem() throws {
            let server = ScriptedGRPCServer { _, _ in .answer(status: 0) }
            defer { server.stop() }
            let generator = try generator(server.url)
            for _ in 0..<2 {
                let result = generator.run(
                    .closed(concurrency: 7), connectionCount: 3, duration: Self.endless, limit: 300)
                #expect(result.startedCount == 300 && result.successCount == 300 && result.failures == [])
                #expect(result.latency.count == 300)
            }
            #expect(server.requestCount == 600 && server.connectionCount == 3)
        }

        @Test func aConnectionIsNotMadeForNobody() throws {
            let server = ScriptedGRPCServer { _, _ in .answer(status: 0) }
            defer { server.stop() }
            #expect(try closed(server, clients: 2, connections: 9, limit: 20).successCount == 20)
            #expect(server.connectionCount == 2)
        }

        @Test func anOpenLoopHasManyRequestsOnOneConnection() throws {
            // Nothing is answered before the fifth request is there; the farewell serves what comes behind it, too.
            let server = ScriptedGRPCServer { number, _ in
                number < 4 ? .silence : number == 4 ? .goAway(lastStream: 0x7FFF_FFFF) : .answer(status: 0)
            }
            defer { server.stop() }
            let result = try generator(server.url).run(
                .open(rate: 500, kind: .constant), connectionCount: 1, duration: Self.second / 5)
            #expect(result.startedCount == 100 && result.successCount == 100 && result.failures == [])
            // A generator that is held up has sent them all before it sees the farewell, and needs no second connection.
            #expect((1...2).contains(result.connectCount) && server.connectionCount == result.connectCount)
            #expect(server.requestCount == 100)
        }

        @Test func errorsAreCountedByTheNameOfTheirStatus() throws {
            let server = ScriptedGRPCServer { number, _ in .answer(status: [0, 14, 8][number % 3]) }
            defer { server.stop() }
            let result = try closed(server, clients: 1, limit: 9)
            #expect(result.successCount == 3 && result.latency.count == 3 && server.connectionCount == 1)
            #expect(
                result.failures == [
                    .init(kind: "UNAVAILABLE", count: 3, example: "as asked"),
                    .init(kind: "RESOURCE_EXHAUSTED", count: 3, example: "as asked"),
                ])
            #expect(result.failures.allSatisfy { $0.isAnswer })
        }

        @Test(
            "a stream that ends alone costs its request, and no connection",
            arguments: [(UInt8(7), "refused"), (2, "reset"), (0, "malformed")])
        func aResetStream(code: UInt8, kind: String) throws {
            let server = ScriptedGRPCServer { number, _ in number == 1 ? .reset(code) : .answer(status: 0) }
            defer { server.stop() }
            let result = try closed(server, clients: 2, limit: 10)
            #expect(result.successCount == 9 && result.failures.map(\.kind) == [kind] && result.failureCount == 1)
            #expect(!result.failures[0].isAnswer && server.connectionCount == 1)
        }

        @Test func refusedStreamsNeverHang() throws {
            let server = ScriptedGRPCServer { _, _ in .reset(7) }
            defer { server.stop() }
            let result = try closed(server, clients: 5, limit: 200)
            #expect(result.successCount == 0 && result.failures.map(\.kind) == ["refused"])
            #expect(result.failureCount == 200)
        }

        @Test func whatAFarewellDoesNotNameIsRefusedAndTheRestAnswered() throws {
            // Two wait, and the third brings the farewell that serves the first alone.
            let server = ScriptedGRPCServer { number, _ in
                number < 2 ? .silence : number == 2 ? .goAway(lastStream: 1) : .answer(status: 0)
            }
            defer { server.stop() }
            let result = try closed(server, clients: 3, limit: 30)
            #expect(result.startedCount == 30 && result.successCount == 28)
            #expect(result.failures.map(\.kind) == ["refused"] && result.failureCount == 2)
            #expect(server.connectionCount == 2)
        }

        @Test(
            "goes on after",
            arguments: [
                ("a connection that breaks off", ScriptedGRPCServer.Action.close, "closed"),
                ("bytes that are no frames", .garbage, "malformed"),
            ])
        func goesOnAfter(name: String, action: ScriptedGRPCServer.Action, kind: String) throws {
            // All three are there before anything happens.
            let server = ScriptedGRPCServer { number, _ in
                number < 2 ? .silence : number == 2 ? action : .answer(status: 0)
            }
            defer { server.stop() }
            let result = try closed(server, clients: 3, limit: 30)
            #expect(result.successCount == 27 && result.failures.map(\.kind) == [kind] && result.failureCount == 3)
            #expect(server.connectionCount == 2)
        }

        @Test func aRequestOverItsTimeIsResetAndTheConnectionKept() throws {
            let server = ScriptedGRPCServer { number, _ in number == 1 ? .silence : .answer(status: 0) }
            defer { server.stop() }
            let result = try closed(server, clients: 1, limit: 4, timeout: 2 * Self.second)
            #expect(result.successCount == 3 && result.failures.map(\.kind) == ["timeout"])
            #expect(result.latency.count == 4 && result.latency.max >= 2 * Self.second)
            #expect(server.connectionCount == 1)
        }

        /// A server with room for one stream still gets all, one after another; one with room for none gets none.
        @Test func aServersLimitOfStreamsIsKept() throws {
            let server = ScriptedGRPCServer(maxStreams: 1) { _, _ in .answer(status: 0) }
            defer { server.stop() }
            #expect(try closed(server, clients: 8, limit: 40).successCount == 40)
            let full = ScriptedGRPCServer(maxStreams: 0) { _, _ in .silence }
            defer { full.stop() }
            let result = try closed(full, clients: 2, limit: 2, timeout: Self.second / 4)
            #expect(result.failures.map(\.kind) == ["timeout"] && result.failureCount == 2)
        }

        @Test func aServerOfHTTP1IsKnownForWhatItIs() throws {
            let server = ScriptedServer { _ in .sendAndClose("HTTP/1.1 400 Bad Request\r\n\r\n") }
            defer { server.stop() }
            let result = try generator("grpc://127.0.0.1:\(server.port)").run(
                .closed(concurrency: 1), connectionCount: 1, duration: Self.endless, limit: 2)
            #expect(
                result.failures == [
                    .init(kind: "malformed", count: 2, example: "the server speaks HTTP/1 on this port, not gRPC")
                ])
        }

        @Test func aServerThatIsNotThereIsCountedAndDoesNotSpin() throws {
            let port = UnusedPort()
            let clock = ContinuousClock()
            let began = clock.now
            let result = try generator("grpc://127.0.0.1:\(port.number)").run(
                .closed(concurrency: 4), connectionCount: 2, duration: Self.endless, limit: 24)
            #expect(result.successCount == 0 && result.failures.map(\.kind) == ["connect"])
            #expect(result.failureCount == 24)
            // A connection fails with all its clients, and rests 20 ms: there are four of them at most.
            #expect(clock.now - began >= .milliseconds(40))
        }
    }
#endif
