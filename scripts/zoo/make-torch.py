#!/usr/bin/env python3
"""Makes the PyTorch part of the zoo: `MODEL_DIR=… make-torch.py [NAME …]`, all models when none is named.

Each model becomes MODEL_DIR/<name>/1/model.onnx with inputs.npz and onnxruntime's answers beside it. Weights are
random with fixed seeds. What an exporter cannot export is reported and skipped.
"""
import os
import pathlib
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import numpy as np
import onnx
import torch

import torch_export as export
import torch_libraries  # adds its models to the table
import zoo
from torch_models import MODELS

OLDER = {  # name: opsets that are exported besides the newest
    "mlp": (9, 11, 13), "resnet18": (9, 11, 13), "mobilenetv2": (11,), "lstm": (9, 11), "gru-bidirectional-2": (9, 13),
    "unet": (9, 11), "unet-bilinear": (11, 13), "bert-eager": (11, 13), "deeplab": (11,), "audio-cnn": (11,),
    "super-resolution": (9,), "squeezenet": (9,), "transformer-encoder": (14,), "recommender-dlrm": (11, 13),
    "style-instance-norm": (9, 11), "tcn": (10,), "video-c3d": (9,), "vgg-small": (7, 8),
}
DYNAMO = [
    "mlp", "autoencoder", "resnet18", "mobilenetv2", "mobilenetv3-large", "efficientnet-b0", "convnext-narrow", "unet",
    "unet-bilinear", "yolo", "lstm-cells", "tcn", "video-c3d", "bert", "minilm", "distilbert", "roberta", "vit",
    "vit-transformers", "swin-small-image", "gpt2", "llama", "t5-encoder", "transformer-encoder", "deeplab",
    "attention-pooling", "recommender-dlrm", "tensor-tricks", "segformer", "modernbert", "style-instance-norm",
    "diffusion-group-norm", "clip-text", "clip-vision", "dinov2", "shufflenetv2", "densenet121", "qwen2",
]
HALF = ["mlp", "resnet18", "mobilenetv2", "efficientnet-b0", "convnext-narrow", "unet", "yolo", "tcn",
        "bert", "minilm", "distilbert", "vit-transformers", "gpt2", "audio-cnn", "super-resolution",
        "diffusion-group-norm", "style-instance-norm", "deeplab", "video-c3d", "squeezenet", "shufflenetv2", "vae-conv"]
HALF_WEIGHTS = ["mlp", "vae-conv", "mobilenetv3-small", "tcn", "audio-cnn"]
DOUBLE = ["autoencoder", "recommender-dlrm", "tensor-tricks"]
INT8_DYNAMIC = ["mlp", "autoencoder", "lstm", "bert", "minilm", "distilbert", "vit", "gpt2", "transformer-encoder",
                "roberta", "recommender-dlrm", "resnet18"]
INT8_STATIC = ["mlp", "resnet18", "mobilenetv2", "vgg-small", "bert-eager", "unet", "squeezenet", "yolo", "vit",
               "shufflenetv2", "mobilenetv3-small"]


class Maker:
    def __init__(self, wanted):
        self.wanted, self.made, self.failed = wanted, 0, []

    def save(self, name, make):
        """`make` returns the model and its inputs by name."""
        if self.wanted and not any(name == w or w.endswith("*") and name.startswith(w[:-1]) for w in self.wanted):
            return
        sys.stdout.flush()
        # A process of its own: exporters and converters may crash, and leave patches and memory behind.
        child = os.fork()
        if child == 0:
            os._exit(self.run(name, make))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            self.made += 1
        else:
            self.failed.append(name)
            if status < 0:
                print("skipped %s: ended by signal %d" % (name, -status), flush=True)

    def run(self, name, make):
        torch.manual_seed(7)
        np.random.seed(7)
        terminal = [os.dup(stream) for stream in (1, 2)]
        silence = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(silence, stream)
        reason = None
        try:
            made = make()
        except Exception as error:
            reason = error
        sys.stdout.flush()
        sys.stderr.flush()
        for number, stream in zip(terminal, (1, 2)):
            os.dup2(number, stream)
        try:
            if reason:
                raise reason
            zoo.save(name, *made)
        except Exception as error:
            lines = traceback.format_exception_only(error)[-1].strip().splitlines()
            print("skipped %s: %s" % (name, (lines or ["?"])[0][:300]), flush=True)
            return 1
        sys.stdout.flush()
        return 0


def exported(name, opset=None, exporter="torchscript", convert=None):
    module, inputs, options = MODELS[name]()
    module = module if isinstance(module, torch.jit.ScriptModule) else export.settle(module, *inputs)
    if convert:
        module = module.to(convert)
        inputs = tuple(i.to(convert) if torch.is_tensor(i) and i.is_floating_point() else i for i in inputs)
    names, dynamic = options.get("names"), options.get("dynamic")
    if exporter == "dynamo":
        names = names or export.names_of(module, len(inputs))
        axes = [tuple((dynamic.get(name) or {})) if dynamic is not None else (0,) for name in names]
        if any(inputs[i].shape[a] == 1 for i in range(len(names)) for a in axes[i]):
            # The exporter takes an extent of 1 for a constant.
            inputs = tuple(torch.cat([tensor, tensor]) if tensor.shape[0] == 1 else tensor for tensor in inputs)
        found = export.dynamo(module, inputs, axes, opset, names)
    else:
        found = export.torchscript(module, inputs, dynamic, opset or export.OPSET, names=names)
    if options.get("numbers"):
        inputs = tuple(torch.tensor(value) if isinstance(value, int) else value for value in inputs)
    return found, export.arrays(found, inputs)


def halved(name, keep_io=False):
    found, inputs = exported(name)
    found = export.half(found, keep_io)
    if not keep_io:
        inputs = {key: value.astype(np.float16) if value.dtype == np.float32 else value
                  for key, value in inputs.items()}
    return found, inputs


def quantized(name, form, **options):
    found, inputs = exported(name)
    return export.quantized(found, form, list(export.feeds_like(inputs)), **options), inputs


def external(name):
    """The weights in a file next to the model."""
    found, inputs = exported(name)
    zoo.save(name + "-external", found, inputs)
    path = pathlib.Path(zoo.MODEL_DIR) / (name + "-external") / "1" / "model.onnx"
    path.unlink()
    onnx.save_model(found, str(path), save_as_external_data=True, location="model.onnx.data", size_threshold=64)
    return onnx.load(path, load_external_data=False), inputs


def old_style(name):
    """As IR version 3 has it: weights are inputs too."""
    found, inputs = exported(name, opset=8 if name == "vgg-small" else 9)
    for weight in found.graph.initializer:
        found.graph.input.append(onnx.helper.make_tensor_value_info(weight.name, weight.data_type, weight.dims))
    found.ir_version = 3
    return found, inputs


def main():
    maker = Maker(sys.argv[1:])
    for name in MODELS:
        maker.save(name, lambda: exported(name))
        for opset in OLDER.get(name, ()):
            maker.save("%s-opset%d" % (name, opset), lambda: exported(name, opset))
        if name in DYNAMO:
            maker.save(name + "-dynamo", lambda: exported(name, exporter="dynamo"))
        if name in HALF:
            maker.save(name + "-fp16", lambda: halved(name))
        if name in HALF_WEIGHTS:
            maker.save(name + "-half", lambda: exported(name, convert=torch.float16))
        if name in ("resnet18", "bert", "yolo"):
            maker.save(name + "-fp16-io32", lambda: halved(name, keep_io=True))
        if name in DOUBLE:
            maker.save(name + "-fp64", lambda: exported(name, convert=torch.float64))
        if name in INT8_DYNAMIC:
            maker.save(name + "-int8-dynamic", lambda: quantized(name, "dynamic"))
        if name in INT8_STATIC:
            maker.save(name + "-int8-qdq", lambda: quantized(name, "qdq"))
            maker.save(name + "-int8-qdq-channels", lambda: quantized(name, "qdq", per_channel=True))
            maker.save(name + "-int8-qoperator", lambda: quantized(name, "qoperator"))
        if name in ("mlp", "squeezenet"):
            maker.save(name + "-external", lambda: external(name))
        if name in ("mlp", "vgg-small"):
            maker.save(name + "-ir3", lambda: old_style(name))
    print("made %d, skipped %d: %s" % (maker.made, len(maker.failed), " ".join(maker.failed)))


if __name__ == "__main__":
    main()
