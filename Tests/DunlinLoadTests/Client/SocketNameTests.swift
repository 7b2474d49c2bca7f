import Glibc
import Testing

@testable import DunlinLoad

@Suite struct SocketNameTests {
    /// A socket on a port of its own, which takes connections or refuses them.
    private final class Place {
        let descriptor: Int32
        let port: in_port_t

        init(listens: Bool) {
            let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Place.address(0)
            var count = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(made, $0, count)
                    if listens { _ = listen(made, 16) }
                    getsockname(made, $0, &count)
                }
            }
            (descriptor, port) = (made, address.sin_port)
        }

        deinit { close(descriptor) }

        var name: SocketName { SocketName(Place.address(port)) }

        private static func address(_ port: in_port_t) -> sockaddr_in {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return address
        }
    }

    private func port(_ name: SocketName) throws -> in_port_t {
        let (descriptor, _) = try name.connect().get()
        defer { close(descriptor) }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        #expect(poll(&waiting, 1, 20_000) == 1)
        var address = sockaddr_in()
        var count = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getpeername(descriptor, $0, &count) }
        }
        return address.sin_port
    }

    @Test func theFirstThatTakesAConnectionIsUsed() throws {
        let (closed, first, second) = (Place(listens: false), Place(listens: true), Place(listens: true))
        #expect(try port(SocketName.answering([closed.name, first.name, second.name])) == first.port)
        #expect(try port(SocketName.answering([second.name, first.name])) == second.port)
    }

    @Test func whereNoneTakesOneTheFirstIsUsed() {
        var nowhere = sockaddr_un()
        nowhere.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &nowhere.sun_path) { $0.copyBytes(from: "/nonexistent/socket".utf8) }
        let closed = Place(listens: false)
        guard case .failure(let failure) = SocketName.answering([SocketName(nowhere), closed.name]).connect() else {
            Issue.record("a connection to nowhere")
            return
        }
        #expect(failure.code == ENOENT)
    }
}
