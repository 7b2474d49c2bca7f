"""NVIDIA's and KServe's gRPC clients, each with descriptors of its own.

Both describe the same messages in files of other names, and protobuf refuses the second in one pool. Imported while another
pool stands in for the default one, neither knows of the other.
"""

from unittest import mock

from google.protobuf import descriptor_pool

with mock.patch.object(descriptor_pool, "Default", return_value=descriptor_pool.DescriptorPool()):
    import tritonclient.grpc as triton
    from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc

__all__ = ["triton", "model_config_pb2", "service_pb2", "service_pb2_grpc"]
