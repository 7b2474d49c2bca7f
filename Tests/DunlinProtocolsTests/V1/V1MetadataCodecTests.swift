import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct V1MetadataCodecTests {
    @Test func aListHasTheFieldsOfAllThreeProtocols() {
        #expect(
            V1MetadataCodec.models([.init(name: "iris", created: 7)]).string
                == #"{"object":"list","data":[{"id":"iris","object":"model","created":7,"owned_by":"dunlin"}],"models":["iris"]}"#
        )
        #expect(V1MetadataCodec.models([]).string == #"{"object":"list","data":[],"models":[]}"#)
    }

    @Test func aStatusHasTheFieldsOfAllThreeProtocols() {
        #expect(
            V1MetadataCodec.status(
                .init(name: "m", created: 7), [.init(version: "123", state: .available, errorMessage: "")], error: nil
            ).string
                == #"{"name":"m","ready":true,"id":"m","object":"model","created":7,"owned_by":"dunlin","#
                + #""model_version_status":[{"version":"123","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"#
        )
        let failed = V1MetadataCodec.status(
            .init(name: "m", created: 0), [.init(version: "1", state: .end, errorMessage: "bad file")], error: "no")
        #expect(failed.string.hasPrefix(#"{"error":"no","name":"m","ready":false"#))
        #expect(failed.string.contains(#""state":"END","status":{"error_code":"UNKNOWN","error_message":"bad file"}"#))
    }

    @Test func metadataIsASignatureDefinition() {
        let signature = ModelSignature(
            inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2])],
            outputs: [TensorMetadata(name: "y", dataType: .bytes, shape: [])])
        #expect(
            V1MetadataCodec.metadata("m", version: "3", signature).string
                == #"{"model_spec":{"name":"m","signature_name":"","version":"3"},"metadata":{"signature_def":{"signature_def":{"#
                + #""serving_default":{"inputs":{"x":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1","name":""},"#
                + #"{"size":"2","name":""}],"unknown_rank":false},"name":"x:0"}},"outputs":{"y":{"dtype":"DT_STRING","#
                + #""tensor_shape":{"dim":[],"unknown_rank":false},"name":"y:0"}},"method_name":"tensorflow/serving/predict"}}}}}"#
        )
    }

    @Test func everyDatatypeHasAName() {
        #expect(Set(DataType.allCases.map(V1MetadataCodec.name(of:))).count == DataType.allCases.count)
    }
}
