"""A small convolutional network in NumPy: 3x3 convolution, ReLU, 2x2 max pooling, twice, then a linear layer.

Trained with Adam on the cross-entropy with a little weight decay.
"""

import numpy

CHANNELS = (16, 32)
EPOCHS = 40
BATCH = 32


def _columns(x):
    """[n, c, h, w] -> [n, h, w, c * 9]: every pixel's 3x3 neighbourhood, zeros outside."""
    padded = numpy.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = numpy.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(x.shape[0], x.shape[2], x.shape[3], -1)


def _convolve(x, weight, bias):
    columns = _columns(x)
    return (columns @ weight.reshape(weight.shape[0], -1).T + bias).transpose(0, 3, 1, 2), columns


def _convolve_gradient(gradient, columns, weight, wants_input):
    flat = gradient.transpose(0, 2, 3, 1).reshape(-1, weight.shape[0])
    weight_gradient = (flat.T @ columns.reshape(flat.shape[0], -1)).reshape(weight.shape)
    if not wants_input:
        return weight_gradient, flat.sum(0), None
    turned = weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return weight_gradient, flat.sum(0), _convolve(gradient, turned, 0)[0]


def _pool(x):
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h // 2, w // 2, 4)
    return blocks.max(-1), blocks.argmax(-1)


def _pool_gradient(gradient, chosen):
    n, c, h, w = gradient.shape
    blocks = (numpy.arange(4) == chosen[..., None]) * gradient[..., None]
    return blocks.reshape(n, c, h, w, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h * 2, w * 2)


def _gradients(p, x, y):
    conv1, columns1 = _convolve(x, p["conv1_weight"], p["conv1_bias"])
    pool1, chosen1 = _pool(numpy.maximum(conv1, 0))
    conv2, columns2 = _convolve(pool1, p["conv2_weight"], p["conv2_bias"])
    pool2, chosen2 = _pool(numpy.maximum(conv2, 0))
    flat = pool2.reshape(len(x), -1)
    logits = flat @ p["linear_weight"] + p["linear_bias"]
    probabilities = numpy.exp(logits - logits.max(1, keepdims=True))
    probabilities /= probabilities.sum(1, keepdims=True)

    gradient = probabilities
    gradient[numpy.arange(len(x)), y] -= 1
    gradient /= len(x)
    g = {"linear_weight": flat.T @ gradient, "linear_bias": gradient.sum(0)}
    gradient = _pool_gradient((gradient @ p["linear_weight"].T).reshape(pool2.shape), chosen2) * (conv2 > 0)
    g["conv2_weight"], g["conv2_bias"], gradient = _convolve_gradient(gradient, columns2, p["conv2_weight"], True)
    gradient = _pool_gradient(gradient, chosen1) * (conv1 > 0)
    g["conv1_weight"], g["conv1_bias"], _ = _convolve_gradient(gradient, columns1, p["conv1_weight"], False)
    return g


def train(x, y, seed):
    """Trains on FP32 images [n, 1, 8, 8] in 0...1; gives the six parameter arrays by name."""
    generator = numpy.random.default_rng(seed)
    first, second = CHANNELS

    def initial(shape, fan_in):
        return (generator.standard_normal(shape) * numpy.sqrt(2 / fan_in)).astype(numpy.float32)

    p = {
        "conv1_weight": initial((first, 1, 3, 3), 9), "conv1_bias": numpy.zeros(first, numpy.float32),
        "conv2_weight": initial((second, first, 3, 3), first * 9), "conv2_bias": numpy.zeros(second, numpy.float32),
        "linear_weight": initial((second * 4, 10), second * 4), "linear_bias": numpy.zeros(10, numpy.float32),
    }
    mean = {name: numpy.zeros_like(value) for name, value in p.items()}
    square = {name: numpy.zeros_like(value) for name, value in p.items()}
    step = 0
    for epoch in range(EPOCHS):
        rate = 2e-3 * (1 - epoch / EPOCHS)
        order = generator.permutation(len(x))
        for start in range(0, len(x), BATCH):
            rows = order[start:start + BATCH]
            step += 1
            for name, gradient in _gradients(p, x[rows], y[rows]).items():
                gradient = gradient + 1e-4 * p[name]
                mean[name] = 0.9 * mean[name] + 0.1 * gradient
                square[name] = 0.999 * square[name] + 0.001 * gradient**2
                update = mean[name] / (1 - 0.9**step) / (numpy.sqrt(square[name] / (1 - 0.999**step)) + 1e-8)
                p[name] = (p[name] - rate * update).astype(numpy.float32)
    return p
