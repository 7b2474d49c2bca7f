import Testing

@testable import Dunlin

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8002", "127.0.0.1", 8002), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65535),
        ("unix:/run/x", "unix:/run/x", 0),
    ])
    func placesAreWrittenAsOneText(text: String, address: String, port: Int) throws {
        let place = try #require(ListenAddress(text))
        #expect(place.address == address && place.port == port)
    }

    @Test(arguments: ["", "8002", "127.0.0.1", "127.0.0.1:", ":8002", "::1:8002", "a:65536", "a:-1", "unix:", "[::1]"])
    func whatIsNone(text: String) { #expect(ListenAddress(text) == nil) }

    @Test func onlyTheLoopbackAndFilesAreLocal() {
        for address in ["127.0.0.1", "127.1.2.3", "::1", "localhost", "unix:/run/x", "::ffff:127.0.0.1"] {
            #expect(ListenAddress.isLocal(address), "\(address)")
        }
        for address in ["0.0.0.0", "::", "10.0.0.1", "192.168.127.1", "::ffff:10.0.0.1"] {
            #expect(!ListenAddress.isLocal(address), "\(address)")
        }
    }
}
