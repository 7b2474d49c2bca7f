import DunlinBytes
import Testing

@testable import DunlinProtocols

@Suite struct ProtobufTextEncoderTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let message: [UInt8]

        init(_ text: String, _ message: [UInt8]) { (testDescription, self.message) = (text, message) }
    }

    @Test(
        "writes a configuration with Triton's numbers",
        arguments: [
            Row("", []),
            Row(
                "name: \"m\" backend: \"b\" platform: \"p\"",
                Piece.text(1, "m") + Piece.text(2, "p") + Piece.text(17, "b")),
            Row("max_batch_size: 8", Piece.number(4, 8)),
            Row("max_batch_size: 0", []),
            Row(
                "input { name: \"x\" data_type: TYPE_BF16 dims: [ -1, 4 ] reshape { shape: [] } }",
                Piece.bytes(
                    5,
                    Piece.text(1, "x") + Piece.number(2, 14) + Piece.bytes(4, Piece.varint(.max) + [4])
                        + Piece.bytes(5, []))),
            Row(
                "output { data_type: 11 label_filename: \"l\" }",
                Piece.bytes(6, Piece.number(2, 11) + Piece.text(4, "l"))),
            Row("version_policy { all {} }", Piece.bytes(3, Piece.bytes(2, []))),
            Row(
                "version_policy { specific { versions: [1, 3] } }",
                Piece.bytes(3, Piece.bytes(3, Piece.bytes(1, [1, 3])))),
            Row("instance_group { count: 2 kind: KIND_CPU }", Piece.bytes(7, Piece.number(2, 2) + Piece.number(4, 2))),
            Row(
                "parameters { key: \"k\" value { string_value: \"v\" } }",
                Piece.entry(14, "k", Piece.text(1, "v"))),
            Row("metric_tags { key: \"k\" value: \"v\" }", Piece.bytes(10, Piece.text(1, "k") + Piece.text(2, "v"))),
            Row(
                "dynamic_batching { preferred_batch_size: [4, 8] priority_queue_policy { key: 2 value { timeout_action: DELAY } } }",
                Piece.bytes(
                    11,
                    Piece.bytes(1, [4, 8]) + Piece.bytes(7, Piece.number(1, 2) + Piece.bytes(2, Piece.number(1, 1))))),
            Row(
                "model_metrics { metric_control { histogram_options { buckets: [0.5] } } }",
                Piece.bytes(26, Piece.bytes(1, Piece.bytes(2, Piece.bytes(1, Piece.raw([0.5])))))),
            Row("response_cache { enable: true }", Piece.bytes(24, Piece.number(1, 1))),
            Row("something_else: 1", []),
        ])
    func writesAConfigurationWithTritonsNumbers(row: Row) throws {
        let message = try ProtobufTextMessage(parsing: Bytes(row.testDescription))
        var writer = ProtobufWriter()
        ProtobufTextEncoder.modelConfiguration.write(message, to: &writer)
        #expect(Piece.hex(writer.finish()) == Piece.hex(Bytes(row.message)))
    }
}
