"""Exports PyTorch modules as people do: TorchScript and dynamo exporters, and the FP16 and int8 forms of the files."""
import inspect
import io
import logging
import os
import re
import sys
import tempfile
import warnings

import numpy as np
import onnx
import torch

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)
torch.backends.mha.set_fastpath_enabled(False)  # the fused form has no ONNX operator
OPSET = 17


def import_torchvision():
    """torchvision's definitions, also where its compiled operators do not fit the installed torch.

    Only the Python definitions of models are used; operators that it wants to register are declared for it.
    """
    library = torch.library.Library("torchvision", "FRAGMENT")
    import_torchvision.library = library  # it declares for as long as it lives
    for _ in range(16):
        try:
            import torchvision
            return torchvision
        except RuntimeError as error:
            lacking = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if not lacking:
                raise
            library.define(lacking.group(1) + "(Tensor a, Tensor b, float c) -> Tensor")
            for name in [name for name in sys.modules if name.startswith("torchvision")]:
                del sys.modules[name]
    raise SystemExit("torchvision does not import")


def settle(module, *inputs):
    """Lets batch normalizations see data, so that random weights keep a sane scale, and ends training mode."""
    norms = [m for m in module.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    if norms:
        for norm in norms:
            norm.momentum = None
        module.train()
        with torch.no_grad():
            module(*inputs)
    return module.eval()


def names_of(module, count):
    function = module.forward
    names = [name for name in inspect.signature(function).parameters if name not in ("args", "kwargs")]
    return names[:count]


def torchscript(module, inputs, dynamic=None, opset=OPSET, outputs=None, names=None):
    """The file of the TorchScript exporter. `dynamic`: axes by input name; default: axis 0 of everything."""
    names = names or names_of(module, len(inputs))
    with torch.no_grad():
        result = module(*inputs)
    count = len(result) if isinstance(result, (tuple, list)) else 1
    outputs = outputs or ["output%d" % i if count > 1 else "output" for i in range(count)]
    if dynamic is None:
        dynamic = {name: {0: "N"} for name in names + outputs}
    buffer = io.BytesIO()
    with torch.no_grad():
        torch.onnx.export(module, tuple(inputs), buffer, input_names=names, output_names=outputs,
                          dynamic_axes=dynamic, opset_version=opset, dynamo=False)
    return onnx.load_from_string(buffer.getvalue())


def dynamo(module, inputs, dynamic=None, opset=None, names=None):
    """The file of the dynamo exporter. `dynamic`: one mapping from axis to name for each input, or nothing."""
    shapes = None
    if dynamic is not None:
        shapes = tuple({axis: torch.export.Dim.DYNAMIC for axis in axes} if axes else None for axes in dynamic)
    with torch.no_grad(), open(os.devnull, "w") as quiet:
        stdout, sys.stdout = sys.stdout, quiet
        try:
            program = torch.onnx.export(module, tuple(inputs), input_names=names, dynamic_shapes=shapes,
                                        opset_version=opset, dynamo=True, verbose=False)
        finally:
            sys.stdout = stdout
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        program.save(path, external_data=False)
        return onnx.load(path)


def arrays(model, inputs):
    """The inputs by the model's names for them, as arrays."""
    constants = {initializer.name for initializer in model.graph.initializer}
    given = [value.name for value in model.graph.input if value.name not in constants]
    return {name: tensor.numpy() for name, tensor in zip(given, inputs)}


def half(model, keep_io=False):
    """The FP16 form; where onnxconverter-common leaves casts to FP32 that do not fit, onnxruntime's converter makes it."""
    import onnxruntime
    from onnxconverter_common import float16
    from onnxruntime.transformers.float16 import convert_float_to_float16
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    found = float16.convert_float_to_float16(copy, keep_io_types=keep_io)
    try:
        onnxruntime.InferenceSession(found.SerializeToString(), providers=["CPUExecutionProvider"])
    except Exception:
        found = convert_float_to_float16(model, keep_io_types=keep_io)
    return found


def quantized(model, form, feeds, **options):
    """The int8 form: `dynamic`, `qdq` or `qoperator`; `feeds` are the calibration's inputs."""
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.rest = iter(feeds)

        def get_next(self):
            return next(self.rest, None)

    with tempfile.TemporaryDirectory() as folder:
        source, prepared, target = (os.path.join(folder, name + ".onnx") for name in ("source", "prepared", "target"))
        onnx.save_model(model, source)
        try:
            quantization.quant_pre_process(source, prepared, skip_symbolic_shape=True)
        except Exception:
            prepared = source
        if form == "dynamic":
            quantization.quantize_dynamic(prepared, target, **options)
        else:
            formats = {"qdq": quantization.QuantFormat.QDQ, "qoperator": quantization.QuantFormat.QOperator}
            quantization.quantize_static(prepared, target, Reader(), quant_format=formats[form], **options)
        return onnx.load(target)


def feeds_like(feed, count=4):
    """Inputs of the same shapes for calibration."""
    random = np.random.default_rng(1)
    for _ in range(count):
        yield {name: (value if value.dtype != np.float32 else
                      (value * random.uniform(0.8, 1.2) + random.normal(0, 0.05, value.shape)).astype(np.float32))
               for name, value in feed.items()}
