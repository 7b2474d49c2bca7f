package import DunlinBytes

package final class HTTPReply: Sendable {
    package func send(_ response: HTTPResponse) { fatalError() }
    package func begin(
        status: Int, contentType: HTTPContentType? = nil, headers: [(name: String, value: String)] = []
    ) { fatalError() }
    package func write(_ bytes: Bytes) { fatalError() }
    package func end() { fatalError() }
    package var isCancelled: Bool { false }
}
