"""A binary request of zeros for any model, made from its metadata."""

import json
import math

OPEN_LENGTH = 128
BYTES_PER_ELEMENT = {"BOOL": 1, "INT8": 1, "UINT8": 1, "INT16": 2, "UINT16": 2, "FP16": 2, "BF16": 2, "INT32": 4,
                     "UINT32": 4, "FP32": 4, "INT64": 8, "UINT64": 8, "FP64": 8}
EMPTY_TEXT = bytes(4)


def zero_request(inputs):
    """The head, and the head with the tensors behind it.

    Dimensions that the model leaves open are 1 for the first and OPEN_LENGTH for the others.
    """
    described, tensors = [], b""
    for tensor in inputs:
        shape = [size if size >= 0 else (1 if place == 0 else OPEN_LENGTH)
                 for place, size in enumerate(tensor["shape"])]
        size = BYTES_PER_ELEMENT.get(tensor["datatype"])
        data = math.prod(shape) * (EMPTY_TEXT if size is None else bytes(size))
        described.append({"name": tensor["name"], "shape": shape, "datatype": tensor["datatype"],
                          "parameters": {"binary_data_size": len(data)}})
        tensors += data
    head = json.dumps({"inputs": described, "parameters": {"binary_data_output": True}}).encode()
    return head, head + tensors
