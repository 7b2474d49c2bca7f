import DunlinProtocols
import Testing

@testable import Dunlin

@Suite struct SharedMemoryNameTests {
    private func isGood(name: String = "r", key: String = "/k") -> Bool {
        SharedMemoryName.problem(
            with: SharedMemoryRegistration(name: name, key: key, offset: 0, byteCount: 1)) == nil
    }

    @Test("accepts keys", arguments: ["/k", "k", "/a.b", "/...", "/ ", "/é", "/" + String(repeating: "k", count: 255)])
    func acceptsKeys(key: String) { #expect(isGood(key: key)) }

    @Test(
        "refuses keys",
        arguments: [
            "", "/", "///", "//k", "/a/b", "a/b", "/../k", "/..", "..", ".", "/.", "/a\0b", "k/",
            "/" + String(repeating: "k", count: 256), "/sem.a", "sem.a", "triton_python_backend_shm_region_1",
            "/triton_python_backend_shm_region_1", "///triton_python_backend_shm_region_1",
        ])
    func refusesKeys(key: String) { #expect(!isGood(key: key)) }

    @Test("accepts names", arguments: ["r", "../r", "a b", "é", String(repeating: "r", count: 255)])
    func acceptsNames(name: String) { #expect(isGood(name: name)) }

    @Test(
        "refuses names",
        arguments: ["", "a\nb", "\u{7F}", String(repeating: "r", count: 256), "triton_python_backend_shm_region_1"])
    func refusesNames(name: String) { #expect(!isGood(name: name)) }
}
