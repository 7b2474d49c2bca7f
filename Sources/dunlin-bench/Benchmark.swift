import Glibc

/// A measurement of one thing against another, with a bar.
///
/// The bar is a ratio to the reference, measured in turns in the same run: it holds on any machine, a busy one too.
struct Benchmark {
    let name: String
    /// Floating-point operations, or whatever `unit` counts, of one call.
    let work: Double
    /// What `work` counts; printed as 10⁹ of it a second.
    let unit: String
    /// The least ratio of the subject's speed to the reference's.
    let bar: Double
    let subject: () -> Void
    let reference: () -> Void

    init(
        _ name: String, work: Double, unit: String = "FLOP", mustReach bar: Double, subject: @escaping () -> Void,
        reference: @escaping () -> Void
    ) {
        self.name = name
        self.work = work
        self.unit = unit
        self.bar = bar
        self.subject = subject
        self.reference = reference
    }

    /// The medians of several rounds in which subject and reference take turns.
    struct Result {
        let subjectSeconds, referenceSeconds: Double
        /// Median of the rounds' own ratios: a round's two halves see the same neighbours.
        let ratio: Double
    }

    /// Rounds, and the shortest time each half of one may take.
    static let rounds = 7
    static let secondsPerHalf = 0.05

    func run() -> Result {
        let subjectCalls = Self.calls(for: subject), referenceCalls = Self.calls(for: reference)
        var subjects: [Double] = [], references: [Double] = [], ratios: [Double] = []
        for _ in 0..<Self.rounds {
            let s = Self.seconds(subjectCalls, subject), r = Self.seconds(referenceCalls, reference)
            subjects.append(s)
            references.append(r)
            ratios.append(r / s)
        }
        return Result(
            subjectSeconds: Self.median(subjects), referenceSeconds: Self.median(references),
            ratio: Self.median(ratios))
    }

    /// Calls that fill half a round; the first ones warm up.
    private static func calls(for body: () -> Void) -> Int {
        var calls = 1
        while true {
            let each = seconds(calls, body)
            if each * Double(calls) >= secondsPerHalf / 4 { return max(1, Int(secondsPerHalf / each)) }
            calls *= 4
        }
    }

    /// CPU seconds of this thread for each call: what neighbours on the same core take does not count.
    private static func seconds(_ calls: Int, _ body: () -> Void) -> Double {
        let start = threadSeconds()
        for _ in 0..<calls { body() }
        return (threadSeconds() - start) / Double(calls)
    }

    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
