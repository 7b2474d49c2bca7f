"""NVIDIA's clients over gRPC, the one for threads and the one for asyncio: every public method."""

import base64
import json
import os
import queue

import grpc
import numpy
import tritonclient.utils.shared_memory as shm
from tritonclient.utils import InferenceServerException

from dunlin_server import REPOSITORY
from grpc_ways import code
from lines import Lines, public, resolved
from triton_grpc import triton

from tritonclient.grpc import aio  # after triton_grpc, which gives its messages a pool of their own

IRIS = numpy.array([[5.1, 3.5, 1.4, 0.2]], numpy.float32)
# What anybody may ask, with API keys too.
OPEN = {"is_server_live", "is_server_ready"}
# Methods that send nothing themselves.
LOCAL = {"close", "plugin", "register_plugin", "unregister_plugin"}


def iris_tensor():
    tensor = triton.InferInput("input", [1, 4], "FP32")
    tensor.set_data_from_numpy(IRIS)
    return tensor


def label(result):
    return result.as_numpy("output_label").tolist()


def is_setosa(result):
    return label(result) == [b"setosa"]


class Plugin:
    """Adds metadata, as the client's plug-ins for authentication do."""

    def __init__(self, headers):
        self.headers, self.count = headers, 0

    def __call__(self, request):
        self.count += 1
        request.headers.update(self.headers)


class Calls:
    """Calls the methods of one client and says what came of it; those without a right first, where keys are needed."""

    def __init__(self, lines, way, client):
        self.lines, self.way, self.client = lines, way, client

    @staticmethod
    async def stranger(call, headers):
        try:
            await resolved(call(headers))
        except (InferenceServerException, grpc.RpcError) as error:
            return code(error)
        return "OK"

    async def run(self, method, call, check=lambda it: True, show=lambda it: it, fails=None):
        """`call(headers)` gives the result, or raises with the status `fails`."""
        said = ""
        for name, headers in self.way.strangers.items():
            outcome = await self.stranger(call, headers)
            wanted = "OK" if method in OPEN else "UNAUTHENTICATED"
            if outcome != wanted:
                self.lines.add(method, f"{name}: {outcome}, expected {wanted}", False)
                return None
            said += f"{name}: {outcome}; "
        try:
            result = await resolved(call(self.way.headers))
        except Exception as error:
            is_right = fails is not None and code(error) == fails
            self.lines.add(method, f"{said}{'refused' if is_right else 'raised'}: {error}", is_right)
            return None
        is_right = fails is None and bool(check(result))
        self.lines.add(method, said + ("done" if result is None else str(show(result))), is_right)
        return result

    async def __call__(self, method, *arguments, check=lambda it: True, show=lambda it: it, fails=None, **more):
        bound = getattr(self.client, method)
        return await self.run(method, lambda headers: bound(*arguments, headers=headers, **more), check, show, fails)


async def prove(way, is_async):
    module = aio if is_async else triton
    client = module.InferenceServerClient(**way.triton)
    lines = Lines(f"tritonclient.grpc{'.aio' if is_async else ''}.InferenceServerClient, {way.name}", public(type(client)))
    call = Calls(lines, way, client)
    await server_and_models(call)
    await repository(call)
    await inference(call)
    await (streams_of_asyncio if is_async else streams)(call)
    if not is_async:
        await later(call)
    await settings(call)
    await shared_memory(call)
    await plugins(call)
    await resolved(client.close())
    try:
        await resolved(client.is_server_live())
        lines.add("close", "the client can still be used", False)
    except Exception as error:
        lines.add("close", f"closed: {error}")
    return lines.end() + (0 if is_async else parts(way))


async def server_and_models(call):
    await call("is_server_live", check=bool)
    await call("is_server_ready", check=bool)
    await call("is_model_ready", "iris", check=bool)
    await call("is_model_ready", "iris", "7", check=lambda it: it is False, show=lambda it: f"version 7: {it}")
    await call("get_server_metadata", check=lambda it: it.name == "dunlin")
    await call("get_model_metadata", "iris", check=lambda it: it.inputs[0].name == "input")
    await call("get_model_metadata", "nonexistent", fails="NOT_FOUND")
    await call("get_model_config", "iris", as_json=True, check=lambda it: it["config"]["name"] == "iris")
    await call("get_inference_statistics", "iris", check=lambda it: it.model_stats[0].name == "iris")


async def repository(call):
    await call("get_model_repository_index", check=lambda it: ("iris", "READY") in [(m.name, m.state) for m in it.models],
               show=lambda it: [(model.name, model.state) for model in it.models])
    await call("unload_model", "iris")
    await call("is_model_ready", "iris", check=lambda it: it is False, show=lambda it: f"after the unload: {it}")
    await call("load_model", "iris", config=json.dumps({"max_batch_size": 4}), show=lambda it: "with a configuration")
    await call("get_model_config", "iris", check=lambda it: it.config.max_batch_size == 4,
               show=lambda it: f"max_batch_size {it.config.max_batch_size}")
    await call("load_model", "iris")
    files = {"file:1/model.onnx": REPOSITORY.joinpath("iris/1/model.onnx").read_bytes()}
    await call("load_model", "brought", config="{}", files=files)
    await call("infer", "brought", [iris_tensor()], check=is_setosa, show=lambda it: f"the model of the files: {label(it)}")
    await call("unload_model", "brought", unload_dependents=True)
    await call("load_model", "nonexistent", fails="NOT_FOUND")


async def inference(call):
    inputs = [iris_tensor()]
    await call("infer", "iris", inputs, check=is_setosa, show=label)
    await call("infer", "iris", inputs, model_version="1", request_id="r1", priority=1, timeout=1_000_000,
               parameters={"note": "x"}, check=lambda it: it.get_response().id == "r1", show=lambda it: "id r1")
    for coding in ("gzip", "deflate"):
        await call("infer", "iris", inputs, compression_algorithm=coding, check=is_setosa,
                   show=lambda it, coding=coding: f"{coding}: {label(it)}")
    classes = [triton.InferRequestedOutput("output_probability", class_count=2)]
    await call("infer", "iris", inputs, outputs=classes, show=lambda it: it.as_numpy("output_probability").tolist(),
               check=lambda it: it.as_numpy("output_probability").size == 2)
    await call("infer", "iris", inputs, client_timeout=30, check=is_setosa, show=lambda it: f"within 30 s: {label(it)}")
    # Alone, a request waits 20 s for others to make a batch of four.
    waiting = {"max_batch_size": 4,
               "dynamic_batching": {"preferred_batch_size": [4], "max_queue_delay_microseconds": 20_000_000}}
    await call("load_model", "iris", config=json.dumps(waiting), show=lambda it: "with a batch that waits")
    await call("infer", "iris", inputs, client_timeout=0.2, fails="DEADLINE_EXCEEDED")
    await call("get_inference_statistics", "iris", check=lambda it: it.model_stats[0].execution_count == 0,
               show=lambda it: f"executions of the request that was too late: {it.model_stats[0].execution_count}")
    await call("load_model", "iris")
    values = numpy.ones((1, 2), numpy.float32)
    tensor = triton.InferInput("input", [1, 2], "FP32")
    tensor.set_data_from_numpy(values)
    for step in range(3):
        await call("infer", "accumulator", [tensor], sequence_id=9, sequence_start=step == 0, sequence_end=step == 2,
                   check=lambda it, step=step: it.as_numpy("sum").tolist() == [[101 + step, 201 + step]],
                   show=lambda it, step=step: f"sequence 9, step {step}: {it.as_numpy('sum').tolist()}")


async def later(call):
    """Answers that come to a callback."""
    client = call.client

    def answered(headers, **more):
        answers = queue.Queue()
        client.async_infer("iris", [iris_tensor()], lambda result, error: answers.put((result, error)),
                           headers=headers, **more)
        result, error = answers.get(timeout=20)
        if error is not None:
            raise error
        return result

    await call.run("async_infer", answered, is_setosa, label)
    for coding in ("gzip", "deflate"):
        await call.run("async_infer", lambda headers: answered(headers, compression_algorithm=coding), is_setosa,
                       lambda it: f"{coding}: {label(it)}")
    answers = queue.Queue()
    context = client.async_infer("iris", [iris_tensor()], lambda result, error: answers.put((result, error)),
                                 headers=call.way.headers)
    context.cancel()
    result, error = answers.get(timeout=20)
    # What was answered before it was cancelled is answered.
    is_right = error is None and is_setosa(result) or code(error) == "CANCELLED"
    call.lines.add("async_infer", f"cancelled: {error or label(result)}", is_right)


def requests():
    """What is sent on a stream: two models, an error between them, and a sequence."""
    tensor = triton.InferInput("input", [1, 2], "FP32")
    tensor.set_data_from_numpy(numpy.ones((1, 2), numpy.float32))
    sequence = [
        {"model_name": "accumulator", "inputs": [tensor], "request_id": f"s{step}", "sequence_id": 11,
         "sequence_start": step == 0, "sequence_end": step == 2} for step in range(3)]
    one = {"model_name": "iris", "inputs": [iris_tensor()]}
    wrong = {"model_name": "nonexistent", "inputs": [iris_tensor()], "request_id": "wrong"}
    return [{**one, "request_id": "first"}, wrong, *sequence, {**one, "request_id": "last"}]


def of_stream(answers):
    """What came of these requests, and whether it is what it should be: in order, the error an item of its own."""
    found = []
    for result, error in answers:
        if error is not None:
            found.append("error" if "nonexistent" in error.message() else error.message())
        elif result.as_numpy("sum") is not None:
            found.append((result.get_response().id, result.as_numpy("sum").tolist()[0][0]))
        else:
            found.append((result.get_response().id, label(result)[0].decode()))
    return found, found == [("first", "setosa"), "error", ("s0", 101.0), ("s1", 102.0), ("s2", 103.0), ("last", "setosa")]


async def streams(call):
    client, lines = call.client, call.lines
    for name, headers in call.way.strangers.items():
        answers = queue.Queue()
        client.start_stream(lambda result, error: answers.put(error), headers=headers)
        outcome = code(answers.get(timeout=20))
        client.stop_stream()
        lines.add("start_stream", f"{name}: {outcome}", outcome == "UNAUTHENTICATED")
    for coding in (None, "gzip"):
        answers = queue.Queue()
        client.start_stream(lambda result, error: answers.put((result, error)), headers=call.way.headers,
                            compression_algorithm=coding)
        lines.add("start_stream", f"begun{', ' + coding if coding else ''}")
        for request in requests():
            client.async_stream_infer(**request)
        lines.add("async_stream_infer", *of_stream([answers.get(timeout=20) for _ in requests()]))
        client.stop_stream()
        lines.add("stop_stream", "ended", answers.empty())
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)), headers=call.way.headers)
    client.async_stream_infer("iris", [iris_tensor()], enable_empty_final_response=True)
    result, _ = answers.get(timeout=20)
    lines.add("async_stream_infer", "triton_final_response is true",
              result.get_response().parameters["triton_final_response"].bool_param)
    client.stop_stream(cancel_requests=True)
    _, error = answers.get(timeout=20)
    lines.add("stop_stream", f"cancelled: {error}", code(error) == "CANCELLED")


async def streams_of_asyncio(call):
    client, lines = call.client, call.lines

    async def sent():
        for request in requests():
            yield request

    async def nothing():
        return
        yield

    async def answers(headers, **more):
        # A message that is sent when the call has just been refused is an internal error to the client.
        messages = nothing() if headers in call.way.strangers.values() else sent()
        return [answer async for answer in client.stream_infer(messages, headers=headers, **more)]

    await call.run("stream_infer", answers, lambda it: of_stream(it)[1], lambda it: of_stream(it)[0])
    for coding in ("gzip", "deflate"):
        found = of_stream(await answers(call.way.headers, compression_algorithm=coding))
        lines.add("stream_infer", f"{coding}: {found[0]}", found[1])
    stream = client.stream_infer(sent(), headers=call.way.headers)
    await anext(stream)
    lines.add("stream_infer", f"cancelled after the first answer: {stream.cancel()}")


async def settings(call):
    before = await call("get_log_settings", check=lambda it: "log_verbose_level" in it.settings)
    await call("update_log_settings", {"log_verbose_level": 1},
               check=lambda it: it.settings["log_verbose_level"].uint32_param == 1)
    level = before.settings["log_verbose_level"].uint32_param if before else 0
    await call("update_log_settings", {"log_verbose_level": level})
    await call("get_trace_settings", "iris", check=lambda it: list(it.settings["trace_level"].value) == ["TIMESTAMPS"])
    await call("update_trace_settings", "iris", {"trace_rate": "5"},
               check=lambda it: list(it.settings["trace_rate"].value) == ["5"])


async def shared_memory(call):
    key = f"/dunlin-prove-{os.getpid()}"
    handle = shm.create_shared_memory_region("flowers", key, IRIS.nbytes)
    try:
        shm.set_shared_memory_region(handle, [IRIS])
        await call("register_system_shared_memory", "flowers", key, IRIS.nbytes)
        await call("get_system_shared_memory_status",
                   check=lambda it: it.regions["flowers"].byte_size == IRIS.nbytes)
        tensor = triton.InferInput("input", [1, 4], "FP32")
        tensor.set_shared_memory("flowers", IRIS.nbytes)
        await call("infer", "iris", [tensor], check=is_setosa, show=lambda it: f"from shared memory: {label(it)}")
        await call("unregister_system_shared_memory", "flowers")
        await call("get_system_shared_memory_status", "flowers", fails="NOT_FOUND")
    finally:
        shm.destroy_shared_memory_region(handle)
    await call("get_cuda_shared_memory_status", check=lambda it: not it.regions, show=lambda it: "no regions")
    await call("register_cuda_shared_memory", "r", base64.b64encode(b"handle"), 0, 8, fails="INVALID_ARGUMENT")
    await call("unregister_cuda_shared_memory")


async def plugins(call):
    client, plugin = call.client, Plugin(call.way.headers)
    client.register_plugin(plugin)
    call.lines.add("register_plugin", "done")
    call.lines.add("plugin", type(client.plugin()).__name__, client.plugin() is plugin)
    # It alone brings the key.
    result = await resolved(client.infer("iris", [iris_tensor()]))
    call.lines.add("infer", f"with the plug-in, which was called {plugin.count} times: {label(result)}",
                   is_setosa(result) and plugin.count == 1)
    client.unregister_plugin()
    call.lines.add("unregister_plugin", f"the plug-in is {client.plugin()}", client.plugin() is None)


def parts(way):
    """What requests are made of and answers are read with."""
    failed = 0
    with triton.InferenceServerClient(**way.triton) as client:
        lines = Lines(f"tritonclient.grpc.InferInput, {way.name}", public(triton.InferInput))
        tensor = triton.InferInput("input", [4], "FP32")
        lines.add("name", tensor.name(), tensor.name() == "input")
        lines.add("datatype", tensor.datatype(), tensor.datatype() == "FP32")
        lines.add("set_shape", tensor.set_shape([1, 4]).shape())
        lines.add("shape", tensor.shape(), tensor.shape() == [1, 4])
        lines.add("set_shared_memory", tensor.set_shared_memory("nowhere", 16).name())
        result = client.infer("iris", [tensor.set_data_from_numpy(IRIS)], headers=way.headers)
        lines.add("set_data_from_numpy", f"in the place of the shared memory: {label(result)}", is_setosa(result))
        failed += lines.end()
        lines = Lines(f"tritonclient.grpc.InferRequestedOutput, {way.name}", public(triton.InferRequestedOutput))
        output = triton.InferRequestedOutput("output_label")
        lines.add("name", output.name(), output.name() == "output_label")
        output.set_shared_memory("nowhere", 16)
        try:
            client.infer("iris", [tensor], outputs=[output], headers=way.headers)
            lines.add("set_shared_memory", "taken without a region", False)
        except InferenceServerException as error:
            lines.add("set_shared_memory", f"refused without the region: {error}", "nowhere" in error.message())
        output.unset_shared_memory()
        result = client.infer("iris", [tensor], outputs=[output], headers=way.headers)
        lines.add("unset_shared_memory", label(result), is_setosa(result))
        failed += lines.end()
        lines = Lines(f"tritonclient.grpc.InferResult, {way.name}", public(triton.InferResult))
        lines.add("as_numpy", result.as_numpy("output_label"), is_setosa(result))
        lines.add("get_output", result.get_output("output_label"), result.get_output("output_label").datatype == "BYTES")
        lines.add("get_response", result.get_response().model_name, result.get_response().model_name == "iris")
        failed += lines.end()
    return failed
