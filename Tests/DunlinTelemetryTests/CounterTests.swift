import DunlinTelemetry
import Glibc
import Testing

@Suite struct CounterTests {
    @Test func manyThreadsLoseNothing() {
        let counter = Counter()
        let threads = (0..<4).map { _ in
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { argument in
                    let counter = Unmanaged<Counter>.fromOpaque(argument!).takeRetainedValue()
                    for _ in 0..<5000 { counter.add() }
                    return nil
                }, Unmanaged.passRetained(counter).toOpaque())
            return thread
        }
        for thread in threads { pthread_join(thread, nil) }
        #expect(counter.value == 20_000)
    }
}
