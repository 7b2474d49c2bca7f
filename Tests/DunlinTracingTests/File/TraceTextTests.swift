import DunlinBytes
import Testing

@testable import DunlinTracing

@Suite struct TraceTextTests {
    @Test func aTraceIsElementsOfTritonsArray() throws {
        let text = TraceText.elements(exampleTrace()).string
        #expect(
            text
                == #"{"id":1,"model_name":"whole","model_version":2,"request_id":"r","timestamps":["#
                + #"{"name":"HTTP_RECV_START","ns":100},{"name":"HTTP_RECV_END","ns":110},{"name":"REQUEST_START","ns":120},"#
                + #"{"name":"REQUEST_END","ns":180},{"name":"HTTP_SEND_START","ns":190},{"name":"HTTP_SEND_END","ns":200}]},"#
                + "\n"
                + #"{"id":2,"model_name":"part \"a\"","model_version":"x","request_id":"r","parent_id":1,"timestamps":["#
                + #"{"name":"REQUEST_START","ns":130},{"name":"COMPUTE_START","ns":140},{"name":"COMPUTE_END","ns":160},"#
                + #"{"name":"REQUEST_END","ns":170}]}"#)
        _ = try JSONValue(parsing: Bytes("[\(text)]"))
    }
}
