import DunlinBytes
import Glibc
import Testing

@testable import DunlinHTTP

@Suite struct OutputQueueTests {
    /// A queue with more in it than its socket takes, and the other side of that socket.
    private final class Client {
        private var ends: [Int32] = [-1, -1]
        private var queue: OutputQueue

        init() {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0, &ends)
            queue = OutputQueue(SocketStream(descriptor: ends[0]))
            _ = queue.send(
                UnsafeRawBufferPointer(start: nil, count: 0), [Bytes([UInt8](repeating: 1, count: 8 << 20))])
        }

        deinit { for end in ends { close(end) } }

        /// Takes so many bytes, or what is there.
        func take(_ byteCount: Int) {
            var buffer = [UInt8](repeating: 0, count: byteCount)
            var taken = 0
            while taken < byteCount {
                let count = recv(ends[1], &buffer, byteCount - taken, Int32(MSG_DONTWAIT))
                if count <= 0 { return }
                taken += count
            }
        }

        func keepsPace(_ rate: Int, timeout: Int64, now: Int64) -> Bool {
            queue.keepsPace(Pace(byteCountPerSecond: rate), timeout: timeout, now: now)
        }
    }

    @Test func whoTakesNothingIsTooSlowAfterTheTimeout() {
        let client = Client()
        #expect(client.keepsPace(0, timeout: 1000, now: 50))
        #expect(client.keepsPace(0, timeout: 1000, now: 1049))
        #expect(!client.keepsPace(0, timeout: 1000, now: 1050))
    }

    /// Seen in the socket, before the queue itself can move.
    @Test func whoTakesSomethingHasTheTimeoutAnew() {
        let client = Client()
        #expect(client.keepsPace(0, timeout: 1000, now: 0))
        client.take(70_000)
        #expect(client.keepsPace(0, timeout: 1000, now: 900))
        #expect(client.keepsPace(0, timeout: 1000, now: 1899))
        #expect(!client.keepsPace(0, timeout: 1000, now: 1900))
    }

    @Test func whoTakesTooLittleOverTimeIsTooSlow() {
        let client = Client()
        #expect(client.keepsPace(10_000, timeout: 60_000, now: 0))
        client.take(100_000)
        #expect(client.keepsPace(10_000, timeout: 60_000, now: Pace.grace - 1))
        // 100,000 bytes and a little, because the socket counts its own memory, not bytes.
        #expect(!client.keepsPace(100_000, timeout: 60_000, now: Pace.grace))
    }
}
