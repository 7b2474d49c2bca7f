import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor
import Synchronization
import Testing

/// Tensors in shared memory, from the words of a request to the region's bytes. The regions are an array here.
@Suite struct SharedMemoryPlaceTests {
    /// One region, `r`, of 64 bytes that count up from 0.
    private final class Region: SharedMemoryAccess {
        private let memory = Mutex([UInt8](0..<64))

        var bytes: [UInt8] { memory.withLock { $0 } }

        func check(_ place: SharedMemoryPlace) throws(InferError) {
            guard place.region == "r" else { throw InferError(.notFound, "no region '\(place.region)'") }
            guard place.offset <= 64, place.byteCount <= 64 - place.offset else {
                throw InferError(.invalidArgument, "beyond")
            }
        }

        func read(_ place: SharedMemoryPlace) throws(InferError) -> Bytes {
            try check(place)
            return Bytes(Array(bytes[place.offset..<place.offset + place.byteCount]))
        }

        func write(_ bytes: Bytes, to place: SharedMemoryPlace) throws(InferError) {
            guard bytes.count <= place.byteCount else { throw InferError(.invalidArgument, "no room") }
            memory.withLock { $0.replaceSubrange(place.offset..<place.offset + bytes.count, with: bytes.array) }
        }
    }

    private static func input(_ parameters: String, type: String = "INT32", shape: String = "[2]", more: String = "")
        -> String
    {
        #"{"inputs":[{"name":"x","datatype":"\#(type)","shape":\#(shape),"parameters":{\#(parameters)}\#(more)}]}"#
    }

    private static func output(_ parameters: String) -> String {
        #"{"inputs":[],"outputs":[{"name":"y","parameters":{\#(parameters)}}]}"#
    }

    private func decode(_ body: String, limit: Int = 1 << 20) throws(InferError) -> InferRequest {
        var limits = V2Limits()
        limits.maxExpandedByteCount = limit
        return try V2InferCodec.decode(
            Bytes(body), headerLength: nil, model: "m", version: nil, sharedMemory: Region(), limits: limits)
    }

    @Test func anInputIsReadFromItsPlace() throws {
        let request = try decode(
            Self.input(
                #""shared_memory_region":"r","shared_memory_offset":4,"shared_memory_byte_size":8"#))
        #expect(request.inputs[0].tensor.bytes.array == [UInt8](4..<12))
        let whole = try decode(
            Self.input(
                #""shared_memory_region":"r","shared_memory_byte_size":64"#, type: "UINT8", shape: "[64]"), limit: 64)
        #expect(whole.inputs[0].tensor.bytes.count == 64)
    }

    @Test(
        "refuses",
        arguments: [
            (
                input(#""shared_memory_region":"r""#),
                "input 'x': 'parameters': parameter 'shared_memory_region' is given without 'shared_memory_byte_size'"
            ),
            (
                input(#""shared_memory_byte_size":8"#),
                "input 'x': 'parameters': parameter 'shared_memory_byte_size' is given without 'shared_memory_region'"
            ),
            (
                input(#""shared_memory_offset":8"#),
                "input 'x': 'parameters': parameter 'shared_memory_offset' is given without 'shared_memory_region'"
            ),
            (
                input(#""shared_memory_region":5,"shared_memory_byte_size":8"#),
                "input 'x': 'parameters': parameter 'shared_memory_region': expected the name of a region, found 5"
            ),
            (
                input(#""shared_memory_region":"r","shared_memory_byte_size":-8"#),
                "input 'x': 'parameters': parameter 'shared_memory_byte_size': expected an integer of at least 0, found -8"
            ),
            (
                input(#""shared_memory_region":"r","shared_memory_byte_size":8,"shared_memory_offset":"0""#),
                "input 'x': 'parameters': parameter 'shared_memory_offset': expected an integer of at least 0, found a string"
            ),
            (
                input(#""shared_memory_region":"r","shared_memory_byte_size":9223372036854775808"#),
                "input 'x': 'parameters': parameter 'shared_memory_byte_size': expected an integer in"
            ),
            (
                input(#""shared_memory_region":"r","shared_memory_byte_size":8,"binary_data_size":8"#),
                "input 'x': 'parameters': expected either 'binary_data_size' or 'shared_memory_region', found both"
            ),
            (
                input(#""shared_memory_region":"r","shared_memory_byte_size":8"#, more: #","data":[1,2]"#),
                "input 'x': expected either 'data' or 'shared_memory_region', found both"
            ),
            (
                input(#""shared_memory_region":"r","shared_memory_byte_size":12"#),
                "input 'x': expected 8 bytes for INT32 of shape [2], found 12"
            ),
            (
                input(#""shared_memory_region":"r","shared_memory_byte_size":8,"shared_memory_offset":60"#),
                "input 'x': beyond"
            ),
            (
                input(#""shared_memory_region":"r","shared_memory_byte_size":64"#, type: "BYTES", shape: "[1]"),
                "input 'x': expected BYTES elements that add up to 64 bytes, found one cut short"
            ),
            (
                output(#""shared_memory_region":"r","shared_memory_byte_size":65"#),
                "output 'y': 'parameters': beyond"
            ),
            (
                output(#""shared_memory_region":"r","shared_memory_byte_size":8,"binary_data":true"#),
                "output 'y': 'parameters': an output can't set both 'shared_memory_region' and 'binary_data'"
            ),
            (
                output(#""shared_memory_region":"r","shared_memory_byte_size":8,"classification":3"#),
                "output 'y': 'parameters': an output can't set both 'shared_memory_region' and 'classification'"
            ),
        ])
    func refuses(body: String, message: String) {
        do throws(InferError) {
            _ = try decode(body)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .invalidArgument && error.message.hasPrefix(message), "\(error.message)")
        }
    }

    @Test func anUnknownRegionIsNotFound() {
        do throws(InferError) {
            _ = try decode(Self.input(#""shared_memory_region":"s","shared_memory_byte_size":8"#))
            Issue.record("accepted")
        } catch {
            #expect(error.code == .notFound && error.message.contains("'s'"))
        }
    }

    /// One byte beyond the limit that JSON data has as well.
    @Test func allInputsTogetherAreLimited() throws {
        let body = Self.input(#""shared_memory_region":"r","shared_memory_byte_size":8"#)
        _ = try decode(body, limit: 8)
        do throws(InferError) {
            _ = try decode(body, limit: 7)
            Issue.record("accepted")
        } catch {
            #expect(error.message.contains("exceeds the maximum allowed input size of 7 bytes"), "\(error.message)")
        }
    }

    @Test func anOutputIsWrittenAndAnsweredWithoutData() throws {
        let region = Region()
        // As tritonclient asks: it says `binary_data` false.
        let body = Self.output(
            #""binary_data":false,"shared_memory_region":"r","shared_memory_offset":8,"shared_memory_byte_size":32"#)
        let request = try V2InferCodec.decode(
            Bytes(body), headerLength: nil, model: "m", version: nil, sharedMemory: region)
        let response = InferResponse(
            model: "m", version: "1", outputs: [NamedTensor("y", Tensor([Int32(-1), 7], shape: [1, 2]))])
        let encoded = try V2InferCodec.encode(response, for: request, sharedMemory: region)
        #expect(encoded.headerLength == nil && encoded.segments.count == 1)
        #expect(
            encoded.segments[0].string
                == #"{"model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"INT32","shape":[1,2],"#
                + #""parameters":{"shared_memory_region":"r","shared_memory_offset":8,"shared_memory_byte_size":8}}]}"#)
        #expect(Array(region.bytes[..<18]) == [UInt8](0..<8) + [255, 255, 255, 255, 7, 0, 0, 0, 16, 17])
    }

    @Test func anOutputThatDoesNotFitIsRefusedByName() throws {
        let request = try decode(Self.output(#""shared_memory_region":"r","shared_memory_byte_size":4"#))
        let response = InferResponse(
            model: "m", version: "1", outputs: [NamedTensor("y", Tensor([Int32(-1), 7], shape: [1, 2]))])
        #expect(throws: InferError(.invalidArgument, "output 'y': no room")) {
            try V2InferCodec.encode(response, for: request, sharedMemory: Region())
        }
    }
}
