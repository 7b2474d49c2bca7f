"""Calls every public method of the clients that people use over HTTP, and prints a line for each with its result.

A method of a client that has no line here makes the run fail: a new release of the package that brings one is noticed.
"""

import asyncio
import base64
import os
import sys

import numpy
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
import tritonclient.utils.shared_memory as shm
from tritonclient.http.auth import BasicAuth

from dunlin_server import REPOSITORY, Server
from kserve_client import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from lines import Lines, public, resolved

IRIS = numpy.array([[5.1, 3.5, 1.4, 0.2]], numpy.float32)
KEY = f"/dunlin-prove-{os.getpid()}"


def iris_tensor(module):
    tensor = module.InferInput("input", [1, 4], "FP32")
    tensor.set_data_from_numpy(IRIS)
    return tensor


def label(result):
    """The answer of one inference: what was read, and whether it is the flower that it should be."""
    value = result.as_numpy("output_label").tolist()
    return value, value == [b"setosa"]


async def tritonclient(module, address):
    """The same calls with the client for threads and the one for asyncio."""
    is_async = module is triton_aio
    client = module.InferenceServerClient(address)
    lines = Lines(f"tritonclient.http{'.aio' if is_async else ''}.InferenceServerClient", public(type(client)))

    async def call(method, *arguments, check=lambda result: True, show=lambda result: result, **more):
        try:
            result = await resolved(getattr(client, method)(*arguments, **more))
            lines.add(method, "done" if result is None else show(result), bool(check(result)))
            return result
        except Exception as error:
            lines.add(method, f"raised {error!r}", False)

    async def refused(method, *arguments, words):
        try:
            lines.add(method, await resolved(getattr(client, method)(*arguments)), False)
        except Exception as error:
            lines.add(method, f"refused as without a GPU: {error}", words in str(error))

    await call("is_server_live", check=bool)
    await call("is_server_ready", check=bool)
    await call("is_model_ready", "iris", check=bool)
    await call("get_server_metadata", check=lambda it: it["name"] == "dunlin")
    await call("get_model_metadata", "iris", check=lambda it: it["inputs"][0]["name"] == "input")
    await call("get_model_config", "iris", check=lambda it: it["name"] == "iris")
    await call("get_model_repository_index", check=lambda it: {"name", "state"} <= it[0].keys(),
               show=lambda it: [(model["name"], model["state"]) for model in it])
    await call("get_inference_statistics", "iris", check=lambda it: it["model_stats"][0]["name"] == "iris")
    await call("unload_model", "iris", check=lambda it: True)
    files = {"file:1/model.onnx": REPOSITORY.joinpath("iris/1/model.onnx").read_bytes()}
    await call("load_model", "brought", config="{}", files=files)
    await call("load_model", "iris")
    inputs = [iris_tensor(module)]
    await call("infer", "iris", inputs, check=lambda it: label(it)[1], show=lambda it: label(it)[0])
    for coding in ("gzip", "deflate"):
        await call("infer", "iris", inputs, request_compression_algorithm=coding, response_compression_algorithm=coding,
                   check=lambda it: label(it)[1], show=lambda it, coding=coding: f"{coding}: {label(it)[0]}")
    classes = [module.InferRequestedOutput("output_probability", class_count=2)]
    await call("infer", "iris", inputs, outputs=classes, show=lambda it: it.as_numpy("output_probability").tolist())
    if not is_async:
        result = client.async_infer("iris", inputs).get_result()
        lines.add("async_infer", *label(result))
    body, length = module.InferenceServerClient.generate_request_body(inputs)
    lines.add("generate_request_body", f"{len(body)} bytes, {length} of them JSON", length is not None)
    import http.client
    connection = http.client.HTTPConnection(address)
    connection.request("POST", "/v2/models/iris/infer", body, {"Inference-Header-Content-Length": str(length)})
    answer = connection.getresponse()
    head = answer.headers["Inference-Header-Content-Length"]
    result = module.InferenceServerClient.parse_response_body(answer.read(), header_length=int(head))
    lines.add("parse_response_body", *label(result))
    before = await call("get_log_settings", check=lambda it: "log_verbose_level" in it)
    await call("update_log_settings", {"log_verbose_level": 1}, check=lambda it: it["log_verbose_level"] == 1)
    await resolved(client.update_log_settings({"log_verbose_level": before["log_verbose_level"]}))
    await call("get_trace_settings", "iris", check=lambda it: it["trace_level"] == ["TIMESTAMPS"])
    await call("update_trace_settings", "iris", {"trace_rate": "5"}, check=lambda it: it["trace_rate"] == "5")
    handle = shm.create_shared_memory_region("flowers", KEY, IRIS.nbytes)
    try:
        shm.set_shared_memory_region(handle, [IRIS])
        await call("register_system_shared_memory", "flowers", KEY, IRIS.nbytes)
        await call("get_system_shared_memory_status", check=lambda it: it[0]["byte_size"] == IRIS.nbytes)
        tensor = module.InferInput("input", [1, 4], "FP32")
        tensor.set_shared_memory("flowers", IRIS.nbytes)
        await call("infer", "iris", [tensor], check=lambda it: label(it)[1],
                   show=lambda it: f"from shared memory: {label(it)[0]}")
        await call("unregister_system_shared_memory", "flowers")
    finally:
        shm.destroy_shared_memory_region(handle)
    await call("get_cuda_shared_memory_status", check=lambda it: it == [])
    await refused("register_cuda_shared_memory", "r", base64.b64encode(b"handle"), 0, 8, words="GPUs not supported")
    await call("unregister_cuda_shared_memory")
    plugin = BasicAuth("user", "password")
    await call("register_plugin", plugin)
    lines.add("plugin", f"{type(client.plugin()).__name__}", client.plugin() is plugin)
    await call("infer", "iris", inputs, check=lambda it: label(it)[1], show=lambda it: f"with plugin: {label(it)[0]}")
    await call("unregister_plugin")
    await call("close")
    return lines.end()


async def kserve(protocol, url):
    client = InferenceRESTClient(RESTConfig(protocol=protocol, retries=0, timeout=30))
    lines = Lines(f"kserve.InferenceRESTClient, protocol {protocol}", public(InferenceRESTClient))

    async def call(method, *arguments, check=lambda result: result is True, show=str, raises=None, **more):
        try:
            result = await getattr(client, method)(*arguments, **more)
            lines.add(method, "done" if result is None else show(result), raises is None and bool(check(result)))
        except Exception as error:
            lines.add(method, f"raised {type(error).__name__}: {error}", raises is not None and raises in repr(error))

    await call("is_server_live", url)
    # KServe's V1 has no such route: its client says so itself.
    await call("is_server_ready", url, raises=None if protocol == "v2" else "UnsupportedProtocol")
    await call("is_model_ready", url, "iris")
    if protocol == "v1":
        await call("infer", url, {"instances": IRIS.tolist()}, model_name="iris",
                   check=lambda it: it == {"predictions": ["setosa"]})
        await call("explain", url, "iris", {"instances": IRIS.tolist()}, raises="501")
    else:
        for binary in (False, True):
            tensor = InferInput("input", [1, 4], "FP32")
            tensor.set_data_from_numpy(IRIS, binary_data=binary)
            request = InferRequest(model_name="iris", infer_inputs=[tensor], request_id="k")
            await call("infer", url, request, model_name="iris",
                       check=lambda it: it.id == "k" and it.outputs[0].as_numpy().reshape(-1).tolist() == ["setosa"],
                       show=lambda it, binary=binary: f"{'binary' if binary else 'JSON'}: "
                                                      f"{it.outputs[0].as_numpy().reshape(-1).tolist()}")
        await call("explain", url, "iris", {"instances": IRIS.tolist()}, raises="UnsupportedProtocol")
    await call("close", check=lambda it: True)
    return lines.end()


async def main():
    failed = 0
    with Server("--allow-client-shm=true", "--trace-config", "triton,file=trace.json", "--trace-config",
                "level=TIMESTAMPS,rate=1000") as server:
        for module in (triton, triton_aio):
            failed += await tritonclient(module, server.address)
        for protocol in ("v1", "v2"):
            failed += await kserve(protocol, server.url)
    return failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
