/// What a `.proto` file declares. The text itself is the table: reflection, the writer of model configurations and the tests
/// read what was parsed from it, so that there is one place for each name and number.
package struct ProtobufFile: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package let name: String
        package let number: Int
        /// As written: `string`, or the name of a message or enumeration as seen from where the field stands.
        package let type: String
        package var isRepeated = false
        /// The type of a map's keys; `type` is then that of its values.
        package var keyType: String?
        /// The name of the *oneof* it is a member of.
        package var oneof: String?
    }

    package struct Message: Sendable, Equatable {
        package let name: String
        package var fields: [Field] = []
        package var messages: [Message] = []
        package var enumerations: [Enumeration] = []

        /// The names of its *oneofs* in their order.
        var oneofs: [String] {
            fields.compactMap(\.oneof).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
        }
    }

    package struct Enumeration: Sendable, Equatable {
        package let name: String
        package var values: [(name: String, number: Int)] = []

        package static func == (lhs: Enumeration, rhs: Enumeration) -> Bool {
            lhs.name == rhs.name && lhs.values.elementsEqual(rhs.values) { $0 == $1 }
        }
    }

    package struct Method: Sendable, Equatable {
        package let name: String
        package let request: String
        package let response: String
        package let streamsRequests: Bool
        package let streamsResponses: Bool
    }

    package struct Service: Sendable, Equatable {
        package let name: String
        package var methods: [Method] = []
    }

    /// As other files import it.
    package let name: String
    package var package = ""
    package var imports: [String] = []
    package var messages: [Message] = []
    package var enumerations: [Enumeration] = []
    package var services: [Service] = []

    /// - Precondition: `text` is well formed. Programmer error: traps.
    init(_ name: String, _ text: String) {
        do throws(ProtobufFileParser.Failure) {
            self = try ProtobufFileParser.parse(text, name: name)
        } catch { preconditionFailure("\(name): \(error.message)") }
    }

    init(named name: String) { self.name = name }

    /// Every file of the services that are spoken here.
    package static let all = [modelConfiguration, service, health, reflection, reflectionAlpha]
}

extension ProtobufFile {
    /// The service of gRPC's health checking protocol.
    package static let health = ProtobufFile(
        "grpc/health/v1/health.proto",
        """
        syntax = "proto3";

        package grpc.health.v1;

        message HealthCheckRequest {
          string service = 1;
        }

        message HealthCheckResponse {
          enum ServingStatus {
            UNKNOWN = 0;
            SERVING = 1;
            NOT_SERVING = 2;
            SERVICE_UNKNOWN = 3;
          }
          ServingStatus status = 1;
        }

        message HealthListRequest {}

        message HealthListResponse {
          map<string, HealthCheckResponse> statuses = 1;
        }

        service Health {
          rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
          rpc List(HealthListRequest) returns (HealthListResponse);
          rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse);
        }
        """)

    /// The service by which clients ask for these files.
    package static let reflection = makeReflection("v1")
    /// The same under the name that older clients know.
    package static let reflectionAlpha = makeReflection("v1alpha")

    private static func makeReflection(_ version: String) -> ProtobufFile {
        ProtobufFile(
            "grpc/reflection/\(version)/reflection.proto",
            """
            syntax = "proto3";

            package grpc.reflection.\(version);

            service ServerReflection {
              rpc ServerReflectionInfo(stream ServerReflectionRequest) returns (stream ServerReflectionResponse);
            }

            message ServerReflectionRequest {
              string host = 1;
              oneof message_request {
                string file_by_filename = 3;
                string file_containing_symbol = 4;
                ExtensionRequest file_containing_extension = 5;
                string all_extension_numbers_of_type = 6;
                string list_services = 7;
              }
            }

            message ExtensionRequest {
              string containing_type = 1;
              int32 extension_number = 2;
            }

            message ServerReflectionResponse {
              string valid_host = 1;
              ServerReflectionRequest original_request = 2;
              oneof message_response {
                FileDescriptorResponse file_descriptor_response = 4;
                ExtensionNumberResponse all_extension_numbers_response = 5;
                ListServiceResponse list_services_response = 6;
                ErrorResponse error_response = 7;
              }
            }

            message FileDescriptorResponse {
              repeated bytes file_descriptor_proto = 1;
            }

            message ExtensionNumberResponse {
              string base_type_name = 1;
              repeated int32 extension_number = 2;
            }

            message ListServiceResponse {
              repeated ServiceResponse service = 1;
            }

            message ServiceResponse {
              string name = 1;
            }

            message ErrorResponse {
              int32 error_code = 1;
              string error_message = 2;
            }
            """)
    }
}
