import DunlinHTTP
import DunlinInference
import Testing

@testable import Dunlin

@Suite struct ErrorResponsesTests {
    @Test func everyCodeHasAStatus() {
        let statuses = InferError.Code.allCases.map(\.httpStatus)
        #expect(statuses == [400, 404, 503, 503, 504, 499, 501, 500])
    }

    private func retryAfter(_ error: InferError) -> String? {
        HTTPResponse.error(error).headers.first { $0.name == "Retry-After" }?.value
    }

    @Test func whatMaySucceedLaterSaysWhen() {
        #expect(retryAfter(InferError(.unavailable, "")) == "1")
        #expect(retryAfter(InferError(.resourceExhausted, "", retryAfter: .milliseconds(2100))) == "3")
        #expect(retryAfter(InferError(.deadlineExceeded, "")) == nil)
        #expect(retryAfter(InferError(.invalidArgument, "")) == nil)
    }

    @Test(
        "whole seconds between one and a minute",
        arguments: [
            (Duration.zero, 1), (.milliseconds(1), 1), (.seconds(1), 1), (.milliseconds(1001), 2), (.seconds(60), 60),
            (.seconds(61), 60), (.seconds(1 << 40), 60),
        ])
    func wholeSecondsBetweenOneAndAMinute(duration: Duration, seconds: Int) {
        #expect(HTTPResponse.retrySeconds(duration) == seconds)
    }
}
