import DunlinServing
import DunlinTelemetry
import Glibc
import Synchronization

/// What counting costs a request, against reading the clock: twice is what a request does anyway, to have a time to count.
func statisticsBenchmarks() -> [Benchmark] {
    let statistics = ModelStatistics()
    var execution = ModelStatistics.Execution()
    execution.began = 2_000
    execution.inferNanoseconds = 40_000
    let counter = Counter()
    return [
        Benchmark(
            "statistics/request/against four readings of the clock", work: 1, unit: "requests", mustReach: 0.5,
            subject: { statistics.countSuccess(arrived: 1_000, rows: 1, execution, countsExecution: true) },
            reference: { for _ in 0..<4 { readClock() } }),
        Benchmark(
            "statistics/counter/against one reading of the clock", work: 1, unit: "counts", mustReach: 1.5,
            subject: { counter.add() }, reference: { readClock() }),
    ]
}

private func readClock() {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
}
