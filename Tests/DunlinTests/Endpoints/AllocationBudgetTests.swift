import CAllocationCounter
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@testable import Dunlin

/// How often the memory allocator is called for one request, from the socket and back to it.
///
/// The model runs inline, that is, on the loop's thread, and notes that thread's count: from one run to the next lies
/// everything that one request costs there, and nothing else runs on it.
@Suite struct AllocationBudgetTests {
    /// Runs of a model that gives back its input under another name.
    private final class Counts: Sendable {
        /// `nil`: a run that was not inline, as on a machine so slow that the model does not look cheap.
        private let counts = Mutex<[Int?]>([])

        func note() {
            let count = thread_is_named("dunlin.http.0") ? allocation_count() : nil
            counts.withLock { $0.append(count) }
        }

        func removeAll() {
            counts.withLock {
                $0.removeAll()
                $0.reserveCapacity(10_000)
            }
        }

        /// The differences between an inline run and the next, when that was inline too.
        var differences: [Int] {
            let counts = counts.withLock { $0 }
            return zip(counts.dropFirst(), counts).compactMap { next, count in
                count.flatMap { one in next.map { $0 - one } }
            }
        }
    }

    private static let jsonBody = #"{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3.5,4]}]}"#

    private static let v1Body = #"{"instances":[[1,2],[3.5,4]]}"#

    private static let binaryHead =
        #"{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","parameters":{"binary_data_size":16}}],"#
        + #""parameters":{"binary_data_output":true}}"#

    enum Form: String, CaseIterable {
        case json, binary, v1

        /// Allocations of one request in a debug build, which makes more than a release build does: 121 and 123 when
        /// this was written, and room for what the parts that serve it may add.
        var budget: Int { 160 }

        var path: String { self == .v1 ? "/v1/models/m:predict" : "/v2/models/m/infer" }
    }

    @Test(.enabled(if: allocation_count() >= 0), arguments: Form.allCases)
    func aRequestStaysWithinItsBudget(form: Form) throws {
        let counts = Counts()
        let backend = FakeBackend { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                counts.note()
                return [NamedTensor("y", inputs[0].tensor)]
            }
        }
        let repository = TemporaryDirectory()
        repository.write("m/1/model.onnx", "")
        var configuration = ServerConfiguration()
        configuration.modelRepository = repository.path
        configuration.backends = [backend]
        configuration.httpPort = 0
        configuration.httpThreads = 1
        configuration.logLevel = .error
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        let client = try TestClient(port: try #require(server.httpPort))
        func send() throws {
            let isBinary = form == .binary
            let text = isBinary ? Self.binaryHead : form == .v1 ? Self.v1Body : Self.jsonBody
            let body = Array(text.utf8)
            let answer = try client.request(
                "POST", form.path, body: body + (isBinary ? [UInt8](repeating: 0, count: 16) : []),
                headers: isBinary ? ["Inference-Header-Content-Length": "\(body.count)"] : [:])
            #expect(answer.status == 200)
        }
        // The first runs tell the server that the model is cheap, and fill what is kept between requests.
        for _ in 0..<50 { try send() }
        counts.removeAll()
        for _ in 0..<101 { try send() }
        for _ in 0..<40 where counts.differences.count < 50 { for _ in 0..<100 { try send() } }
        try #require(counts.differences.count >= 50, "the model hardly ever ran inline")
        #expect(counts.differences.sorted()[counts.differences.count / 2] <= form.budget)
    }
}
