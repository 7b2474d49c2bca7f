"""gRPC's share of a soak: unary calls, streams, calls that are cancelled, and messages that mean nothing.

Each of `WORKS` is called again and again by a thread of its own with that thread's source of chance. Needs the packages of
Tests/python/requirements.txt.
"""

import pathlib
import queue
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests/python"))

import grpc  # noqa: E402
from dunlin_server import MODELS  # noqa: E402
from reference import sample  # noqa: E402
from triton_grpc import service_pb2, service_pb2_grpc, triton  # noqa: E402

GARBAGE = [b"\xff" * 100, b"\x0a\x7firis", b"\x0a\x04iris\x2a\x03\x0a\x01x", b"\x0a\x04iris\x3a\x00" * 1000]


class GRPCClients:
    def __init__(self, soak, root_certificates=None):
        self.soak = soak
        self.address = f"localhost:{soak.server.port}"
        self.root_certificates = root_certificates
        self.requests = {model: self.request(model) for model in MODELS}
        with self.channel() as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            self.expected = {model: self.outputs(stub.ModelInfer(self.requests[model])) for model in MODELS}

    def channel(self):
        # A pool of subchannels of its own, or all channels of this process would share one connection.
        options = [("grpc.use_local_subchannel_pool", 1)]
        if self.root_certificates is None:
            return grpc.insecure_channel(self.address, options)
        return grpc.secure_channel(self.address, grpc.ssl_channel_credentials(self.root_certificates), options)

    @staticmethod
    def request(model):
        name, datatype, array = sample(model)
        tensor = triton.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array)
        request = service_pb2.ModelInferRequest(model_name=model, inputs=[tensor._get_tensor()])
        request.raw_input_contents.append(tensor._get_content())
        return request

    @staticmethod
    def outputs(answer):
        return [(output.name, tuple(output.shape)) for output in answer.outputs], list(answer.raw_output_contents)

    def check(self, model, answer):
        if self.outputs(answer) != self.expected[model]:
            self.soak.problems.append(f"{model} answered {answer} over gRPC")
        self.soak.counts["good gRPC"] += 1

    def calls(self, choice):
        with self.channel() as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            for _ in range(choice.randrange(1, 50)):
                model = choice.choice(MODELS)
                compression = choice.choice([None, None, grpc.Compression.Gzip])
                self.check(model, stub.ModelInfer(self.requests[model], timeout=60, compression=compression))

    def streams(self, choice):
        with self.channel() as channel:
            models = [choice.choice(MODELS) for _ in range(choice.randrange(1, 100))]
            answers = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelStreamInfer(
                iter([self.requests[model] for model in models]), timeout=60)
            for model, answer in zip(models, answers, strict=True):
                assert not answer.error_message, answer.error_message
                self.check(model, answer.infer_response)

    def cancelled(self, choice):
        """Calls and streams whose client leaves at some moment, some with all of their connection."""
        with self.channel() as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            for _ in range(choice.randrange(1, 20)):
                request = self.requests[choice.choice(MODELS)]
                stream = queue.SimpleQueue()
                stream.put(request)
                call = choice.choice([lambda: stub.ModelInfer.future(request),
                                      lambda: stub.ModelStreamInfer(iter(stream.get, None))])()
                time.sleep(choice.random() * 0.003)
                if choice.random() < 0.8:
                    call.cancel()
                stream.put(None)
                self.soak.counts["cancelled gRPC"] += 1

    def garbage(self, choice):
        with self.channel() as channel:
            for _ in range(choice.randrange(1, 20)):
                try:
                    channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")(choice.choice(GARBAGE), timeout=60)
                    self.soak.problems.append("a message without meaning was answered over gRPC")
                except grpc.RpcError as problem:
                    assert problem.code() == grpc.StatusCode.INVALID_ARGUMENT, problem
                self.soak.counts["bad gRPC"] += 1
                time.sleep(0.002)

    @property
    def works(self):
        return [self.calls, self.streams, self.cancelled, self.garbage]
