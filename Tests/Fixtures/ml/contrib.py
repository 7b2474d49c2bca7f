"""Cases of single operators: quantised, recurrent and block-quantised ones, most of them ONNX Runtime's own."""

import numpy
from onnx import TensorProto, helper, numpy_helper

FLOAT, DOUBLE, UINT8, INT8 = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.UINT8, TensorProto.INT8
CASES = {}


def case(name, operator, inputs, outputs, domain="com.microsoft", version=18, constants=(), **attributes):
    """`inputs` maps names to arrays, `None` where one is left out; `outputs` names to element types."""
    def make():
        names = [key if value is not None else "" for key, value in inputs.items()]
        while names[-1] == "":
            names.pop()
        fed = {key: value for key, value in inputs.items() if value is not None and key not in constants}
        graph = helper.make_graph(
            [helper.make_node(operator, names, list(outputs), domain=domain, **attributes)], name,
            [helper.make_tensor_value_info(
                key, helper.np_dtype_to_tensor_dtype(value.dtype), [f"{key}{i}" for i in range(value.ndim)])
             for key, value in fed.items()],
            [helper.make_tensor_value_info(key, kind, None) for key, kind in outputs.items()],
            [numpy_helper.from_array(inputs[key], key) for key in constants if inputs.get(key) is not None])
        model = helper.make_model(
            graph, ir_version=8, opset_imports=[helper.make_opsetid("", version), helper.make_opsetid("com.microsoft", 1)])
        return model, fed
    CASES[name] = make


def scalar(value, kind=numpy.float32):
    return numpy.array(value, kind)


def numbers(generator, *shape):
    return generator.normal(size=shape).astype(numpy.float32)


def softmaxes():
    for kind, least in ((numpy.uint8, 0), (numpy.int8, -128)):
        x = numpy.random.default_rng(3).integers(least, least + 256, (3, 4, 9)).astype(kind)
        for axis, opset, scale in ((-1, 13, 1 / 255), (1, 13, 0.0039), (1, 12, 0.01), (None, 12, 1 / 256), (None, 13, 1 / 255)):
            case(
                f"qlinear_softmax_{kind.__name__}_{opset}_{axis}", "QLinearSoftmax",
                {"x": x, "xs": scalar(0.05), "xz": scalar(least + 3, kind), "ys": scalar(scale),
                 "yz": scalar(least, kind)}, {"y": UINT8 if least == 0 else INT8},
                constants=("xs", "xz", "ys", "yz") if axis == 1 else (), opset=opset,
                **({} if axis is None else {"axis": axis}))


def wheres():
    for kind, least in ((numpy.uint8, 0), (numpy.int8, -128)):
        generator = numpy.random.default_rng(4)
        quantised = lambda *shape: generator.integers(least, least + 256, shape).astype(kind)
        for name, scales, zeros in (("same", (0.1, 0.1, 0.1), (7, 7, 7)), ("other", (0.1, 0.05, 0.07), (7, 9, 30))):
            z = [scalar(least + zero, kind) for zero in zeros]
            s = [scalar(scale) for scale in scales]
            case(
                f"qlinear_where_{kind.__name__}_{name}", "QLinearWhere",
                {"c": generator.integers(0, 2, (2, 1, 5)).astype(bool), "x": quantised(3, 5), "xs": s[0], "xz": z[0],
                 "y": quantised(2, 3, 1), "ys": s[1], "yz": z[1], "zs": s[2], "zz": z[2]},
                {"z": UINT8 if least == 0 else INT8}, constants=("xs", "xz", "ys", "yz", "zs", "zz"))


def recurrences():
    steps, batch, size, hidden = 5, 3, 6, 7
    for kind in (numpy.int8, numpy.uint8):
        for direction in ("forward", "reverse", "bidirectional"):
            generator = numpy.random.default_rng(5)
            d = 2 if direction == "bidirectional" else 1
            least = 0 if kind == numpy.uint8 else -128
            weights = lambda rows: generator.integers(least, least + 256, (d, rows, 4 * hidden)).astype(kind)
            scales = (d, 4 * hidden) if direction != "forward" else (d,)
            scale = lambda: (generator.random(scales) * 0.01 + 0.001).astype(numpy.float32)
            zero = numpy.full(scales, 0 if least else 128, kind)
            isFull = direction != "forward"
            case(
                f"dynamic_quantize_lstm_{kind.__name__}_{direction}", "DynamicQuantizeLSTM",
                {"X": numbers(generator, steps, batch, size), "W": weights(size), "R": weights(hidden),
                 "B": numbers(generator, d, 8 * hidden) if isFull else None,
                 "lengths": numpy.array([5, 0, 3], numpy.int32) if isFull else None,
                 "h": numbers(generator, d, batch, hidden) if isFull else None,
                 "c": numbers(generator, d, batch, hidden) if isFull else None,
                 "P": numbers(generator, d, 3 * hidden) if isFull else None,
                 "Ws": scale(), "Wz": zero, "Rs": scale(), "Rz": zero},
                {"Y": FLOAT, "Yh": FLOAT, "Yc": FLOAT},
                constants=("W", "R", "Ws", "Wz", "Rs", "Rz") if direction != "reverse" else (), hidden_size=hidden,
                direction=direction)
    for couples in (0, 1):
        generator = numpy.random.default_rng(6)
        case(
            f"lstm_clip_peepholes_{couples}", "LSTM",
            {"X": numbers(generator, steps, batch, size), "W": numbers(generator, 1, 4 * hidden, size),
             "R": numbers(generator, 1, 4 * hidden, hidden), "B": numbers(generator, 1, 8 * hidden),
             "lengths": numpy.array([5, 2, 3], numpy.int32), "h": numbers(generator, 1, batch, hidden),
             "c": numbers(generator, 1, batch, hidden), "P": numbers(generator, 1, 3 * hidden)},
            {"Y": FLOAT, "Yh": FLOAT, "Yc": FLOAT}, domain="", clip=0.7, input_forget=couples, hidden_size=hidden)


def blocks():
    generator = numpy.random.default_rng(7)
    for bits in (4, 8):
        for columns, depth, size in ((5, 40, 16), (24, 64, 32)):
            count = -(-depth // size)
            packed = lambda *shape: generator.integers(0, 256, shape).astype(numpy.uint8)
            zeros = {
                "none": None, "packed": packed(columns, -(-count * bits // 8)),
                "float": (generator.random((columns, count)) * 12).astype(numpy.float32)}
            for kind, zero in zeros.items():
                if kind == "float" and bits == 8:
                    continue
                case(
                    f"matmul_{bits}_bits_{columns}_{depth}_{kind}", "MatMulNBits",
                    {"A": numbers(generator, 2, 3, depth), "B": packed(columns, count, size * bits // 8),
                     "s": (generator.random((columns, count)) * 0.02).astype(numpy.float32), "z": zero, "g": None,
                     "b": numbers(generator, columns) if kind == "packed" else None},
                    {"Y": FLOAT}, constants=("B", "s", "z", "b"), K=depth, N=columns, block_size=size, bits=bits)
    for bits in (4, 8):
        for hasZeros in (False, True):
            count = 40
            case(
                f"gather_{bits}_bits_{hasZeros}", "GatherBlockQuantized",
                {"data": generator.integers(0, 256, (6, 2, count * bits // 8)).astype(numpy.uint8),
                 "i": numpy.array([[0, 5], [-1, 3]], numpy.int64),
                 "s": generator.random((6, 2, 3)).astype(numpy.float32),
                 "z": generator.integers(0, 256, (6, 2, -(-3 * bits // 8))).astype(numpy.uint8) if hasZeros else None},
                {"y": FLOAT}, constants=("data", "s", "z"), bits=bits, block_size=16, gather_axis=0, quantize_axis=2)


def volumes():
    generator = numpy.random.default_rng(8)
    for kind, weight in ((numpy.uint8, numpy.uint8), (numpy.uint8, numpy.int8)):
        least = 0 if weight == numpy.uint8 else -128
        x = generator.integers(0, 256, (2, 4, 5, 4, 6)).astype(kind)
        w = generator.integers(least, least + 256, (6, 2, 2, 3, 2)).astype(weight)
        window = dict(group=2, pads=[1, 0, 1, 0, 1, 1], strides=[1, 2, 1], dilations=[2, 1, 1])
        case(
            f"conv_integer_3d_{weight.__name__}", "ConvInteger",
            {"x": x, "w": w, "xz": scalar(120, kind), "wz": scalar(least + 130, weight) if least == 0 else None},
            {"y": TensorProto.INT32}, domain="", version=10, **window)
        case(
            f"qlinear_conv_3d_{weight.__name__}", "QLinearConv",
            {"x": x, "xs": scalar(0.02), "xz": scalar(120, kind), "w": w,
             "ws": (generator.random(6) * 0.01 + 0.001).astype(numpy.float32),
             "wz": numpy.full(6, 0 if least else 128, weight), "ys": scalar(0.3), "yz": scalar(100, kind),
             "b": generator.integers(-500, 500, 6).astype(numpy.int32)},
            {"y": UINT8}, domain="", version=10, constants=("w", "ws", "wz", "ys", "yz", "b"), **window)


def reductions():
    generator = numpy.random.default_rng(9)
    for kind in (numpy.int32, numpy.int64):
        for operator in ("ReduceL2", "ReduceLogSum"):
            case(
                f"{operator.lower()}_{kind.__name__}", operator,
                {"x": generator.integers(1, 40, (3, 4, 5)).astype(kind), "axes": numpy.array([0, 2], numpy.int64)},
                {"y": helper.np_dtype_to_tensor_dtype(numpy.dtype(kind))}, domain="", constants=("axes",))


def attentions():
    heads, shared, depth = 4, 2, 16
    for name, rows, past, lengths, packed, attributes in (
            ("first", 5, 0, [4], False, dict(do_rotary=1)),
            ("next", 1, 6, [6, 3], False, dict(do_rotary=1, rotary_interleaved=1)),
            ("packed", 3, 4, [6], True, dict(local_window_size=2, softcap=3.0)),
            ("smooth", 1, 6, [6, 6], True, dict(smooth_softmax=1, scale=0.3))):
        generator = numpy.random.default_rng(10)
        batch, total = len(lengths), max(lengths) + 1
        cache = lambda: numbers(generator, batch, shared, past, depth) if past else None
        angles = generator.random((16, depth // 2)) * 6
        table = lambda function: function(angles).astype(numpy.float32) if attributes.get("do_rotary") else None
        case(
            f"group_query_attention_{name}", "GroupQueryAttention",
            {"q": numbers(generator, batch, rows, (heads + 2 * shared * packed) * depth),
             "k": None if packed else numbers(generator, batch, rows, shared * depth),
             "v": None if packed else numbers(generator, batch, rows, shared * depth), "pk": cache(), "pv": cache(),
             "lengths": numpy.array(lengths, numpy.int32), "total": numpy.array([total], numpy.int32),
             "cos": table(numpy.cos), "sin": table(numpy.sin)},
            {"y": FLOAT, "key": FLOAT, "value": FLOAT}, num_heads=heads, kv_num_heads=shared, **attributes)
    for name, past, isCausal, hasMask in (("past", 3, 0, True), ("causal", 3, 1, False), ("scores", 0, 0, False)):
        generator = numpy.random.default_rng(11)
        cache = lambda columns: numbers(generator, 2, shared, past, columns) if past else None
        case(
            f"attention_{name}", "Attention",
            {"q": numbers(generator, 2, 5, heads * depth), "k": numbers(generator, 2, 4, shared * depth),
             "v": numbers(generator, 2, 4, shared * 6), "m": numbers(generator, 5, 4 + past) if hasMask else None,
             "pk": cache(depth), "pv": cache(6)},
            {"y": FLOAT, "key": FLOAT, "value": FLOAT, "scores": FLOAT}, domain="", version=23, q_num_heads=heads,
            kv_num_heads=shared, is_causal=isCausal, softcap=2.0, qk_matmul_output_mode=1)


for family in (attentions, softmaxes, wheres, recurrences, blocks, volumes, reductions):
    family()
