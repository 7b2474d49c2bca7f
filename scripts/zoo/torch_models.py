"""PyTorch modules of the kinds that people export, small or with random weights; each entry of `MODELS` makes one.

An entry is a function that returns `(module, inputs, options)`; `options` go to the exporter.
"""
import torch
from torch import nn
from torch.nn import functional as F

MODELS = {}


def model(name):
    def add(function):
        MODELS[name] = function
        return function
    return add


def images(*shape):
    return (torch.randn(*shape),)


IMAGE = {0: "N", 2: "H", 3: "W"}


# ---- MLPs, autoencoders, recommenders -------------------------------------------------------
@model("mlp")
def mlp():
    return nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 64), nn.GELU(),
                         nn.Linear(64, 10), nn.LogSoftmax(1)), images(5, 32), dict(names=["x"])


@model("mlp-activations")
def mlp_activations():
    kinds = [nn.ELU(), nn.SELU(), nn.CELU(), nn.Softplus(), nn.Softsign(), nn.Hardswish(), nn.Hardsigmoid(), nn.Mish(),
             nn.SiLU(), nn.LeakyReLU(), nn.PReLU(16), nn.Hardtanh(), nn.ReLU6(), nn.Tanhshrink(), nn.Softshrink(),
             nn.Hardshrink(), nn.LogSigmoid(), nn.GELU("tanh"), nn.Threshold(0.0, 0.0), nn.RReLU(), nn.GLU()]
    layers = []
    for kind in kinds:
        layers += [nn.Linear(16, 32 if isinstance(kind, nn.GLU) else 16), kind]
    return nn.Sequential(*layers), images(4, 16), dict(names=["x"])


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(48, 24), nn.Tanh(), nn.Linear(24, 8))
        self.decode = nn.Sequential(nn.Linear(8, 24), nn.Tanh(), nn.Linear(24, 48), nn.Sigmoid())

    def forward(self, x):
        code = self.encode(x)
        again = self.decode(code)
        return again, code, ((again - x) ** 2).mean(dim=1)


@model("autoencoder")
def autoencoder():
    return Autoencoder(), images(6, 48), {}


class ConvAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU())
        self.mean, self.spread = nn.Linear(16 * 49, 12), nn.Linear(16 * 49, 12)
        self.widen = nn.Linear(12, 16 * 49)
        self.decode = nn.Sequential(nn.ConvTranspose2d(16, 8, 3, 2, 1, output_padding=1), nn.ReLU(),
                                    nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Sigmoid())

    def forward(self, x):
        code = self.encode(x).flatten(1)
        mean, spread = self.mean(code), self.spread(code)
        wide = self.widen(mean + 0.1 * torch.exp(0.5 * spread))
        return self.decode(wide.view(-1, 16, 7, 7)), mean


@model("vae-conv")
def vae():
    return ConvAutoencoder(), images(3, 1, 28, 28), {}


class Recommender(nn.Module):
    def __init__(self):
        super().__init__()
        self.bags = nn.ModuleList([nn.EmbeddingBag(100, 16, mode=mode) for mode in ("sum", "mean", "max")])
        self.users = nn.Embedding(500, 16)
        self.dense = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.top = nn.Sequential(nn.Linear(16 + 10, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())

    def forward(self, user, first, second, third, dense):
        parts = [self.users(user), self.dense(dense)]
        parts += [bag(words) for bag, words in zip(self.bags, (first, second, third))]
        stacked = torch.stack(parts, dim=1)
        products = torch.bmm(stacked, stacked.transpose(1, 2))
        rows, columns = torch.tril_indices(5, 5, offset=-1)
        return self.top(torch.cat([parts[1], products[:, rows, columns]], dim=1)).squeeze(1)


@model("recommender-dlrm")
def recommender():
    words = [torch.randint(0, 100, (4, 6)) for _ in range(3)]
    return Recommender(), (torch.randint(0, 500, (4,)), *words, torch.randn(4, 8)), {}


class FactorizationMachine(nn.Module):
    def __init__(self):
        super().__init__()
        self.factors, self.weights = nn.Embedding(400, 8), nn.Embedding(400, 1)
        self.deep = nn.Sequential(nn.Linear(40, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))
        self.register_buffer("offsets", torch.arange(5) * 80)

    def forward(self, fields):
        v = self.factors(fields + self.offsets)
        pairs = 0.5 * (v.sum(1) ** 2 - (v ** 2).sum(1)).sum(1, keepdim=True)
        return torch.sigmoid(self.weights(fields + self.offsets).sum(1) + pairs + self.deep(v.flatten(1)))


@model("deepfm")
def deepfm():
    return FactorizationMachine(), (torch.randint(0, 80, (6, 5)),), {}


# ---- Recurrent ------------------------------------------------------------------------------
class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.embed = nn.Embedding(60, 24)
        self.cells = kind(24, 20, **options)
        directions = 2 if options.get("bidirectional") else 1
        self.batch_first = options.get("batch_first", False)
        self.head = nn.Linear(20 * directions, 5)

    def forward(self, words):
        found, state = self.cells(self.embed(words))
        last = found[:, -1] if self.batch_first else found[-1]
        state = state[0] if isinstance(state, tuple) else state
        return self.head(last), self.head(found), state


def recurrent(name, kind, shape=(3, 7), batch_axis=0, **options):
    @model(name)
    def make():
        axes = {batch_axis: "N", 1 - batch_axis: "S"}
        dynamic = {"words": axes, "output0": {0: "N"}, "output1": axes, "output2": {1: "N"}}
        return Recurrent(kind, **options), (torch.randint(0, 60, shape),), dict(
            dynamic=dynamic, varied=dict(words=("batch", "sequence") if batch_axis == 0 else ("sequence", "batch")))


recurrent("lstm", nn.LSTM, batch_first=True)
recurrent("lstm-bidirectional-2", nn.LSTM, batch_first=True, bidirectional=True, num_layers=2)
recurrent("lstm-time-first", nn.LSTM, shape=(7, 3), batch_axis=1)
recurrent("lstm-projected", nn.LSTM, batch_first=True, num_layers=2, bias=False)
recurrent("gru", nn.GRU, batch_first=True)
recurrent("gru-bidirectional-2", nn.GRU, batch_first=True, bidirectional=True, num_layers=2)
recurrent("rnn-tanh-3", nn.RNN, batch_first=True, num_layers=3)
recurrent("rnn-relu", nn.RNN, shape=(7, 3), batch_axis=1, nonlinearity="relu", bidirectional=True)


class PackedTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(40, 12)
        self.cells = nn.LSTM(12, 10, batch_first=True, bidirectional=True)
        self.head = nn.Linear(20, 4)

    def forward(self, words, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.embed(words), lengths, batch_first=True)
        found, _ = self.cells(packed)
        padded, _ = nn.utils.rnn.pad_packed_sequence(found, batch_first=True)
        return self.head(padded)


@model("lstm-packed")
def packed():
    dynamic = {"words": {0: "N", 1: "S"}, "lengths": {0: "N"}, "output": {0: "N", 1: "S"}}
    return PackedTagger(), (torch.randint(0, 40, (3, 6)), torch.tensor([6, 4, 2])), dict(dynamic=dynamic)


class Forecaster(nn.Module):
    """States go in and come out; the cell steps by hand."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(6, 16)
        self.gate = nn.GRUCell(16, 16)
        self.head = nn.Linear(16, 1)

    def forward(self, series, hidden, cell):
        gate = torch.zeros_like(hidden)
        found = []
        for step in series.unbind(1):
            hidden, cell = self.cell(step, (hidden, cell))
            gate = self.gate(hidden, gate)
            found.append(self.head(gate))
        return torch.stack(found, 1), hidden, cell


@model("lstm-cells")
def cells():
    return Forecaster(), (torch.randn(2, 5, 6), torch.zeros(2, 16), torch.zeros(2, 16)), {}


# ---- One and three axes ---------------------------------------------------------------------
class Temporal(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList()
        for level in range(4):
            width = 4 if level == 0 else 16
            self.blocks.append(nn.utils.parametrizations.weight_norm(nn.Conv1d(width, 16, 3, dilation=2 ** level)))
        self.first = nn.Conv1d(4, 16, 1)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        for level, block in enumerate(self.blocks):
            again = F.relu(block(F.pad(x, (2 * 2 ** level, 0))))
            x = F.relu(again + (self.first(x) if level == 0 else x))
        return self.head(x[:, :, -1]), x


@model("tcn")
def tcn():
    dynamic = {"x": {0: "N", 2: "S"}, "output0": {0: "N"}, "output1": {0: "N", 2: "S"}}
    return Temporal(), images(2, 4, 50), dict(dynamic=dynamic, varied=dict(x=("batch", 4, "sequence")))


class Audio(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(1, 16, 10, 5, bias=False), nn.GroupNorm(16, 16), nn.GELU(),
                                    nn.Conv1d(16, 24, 3, 2, groups=4), nn.BatchNorm1d(24), nn.ReLU(),
                                    nn.MaxPool1d(3, 2, 1), nn.Conv1d(24, 24, 5, padding=2, padding_mode="reflect"),
                                    nn.AvgPool1d(2), nn.ConvTranspose1d(24, 8, 4, 2, 1))
        self.head = nn.Linear(16, 6)

    def forward(self, wave):
        found = self.layers(wave)
        return self.head(torch.cat([found.mean(2), found.std(2)], 1))


@model("audio-cnn")
def audio():
    return Audio(), images(2, 1, 400), dict(dynamic={"wave": {0: "N", 2: "T"}, "output": {0: "N"}},
                                            varied=dict(wave=("batch", 1, "long")))


@model("video-c3d")
def video():
    net = nn.Sequential(nn.Conv3d(3, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d((1, 2, 2)),
                        nn.Conv3d(8, 16, (3, 1, 1), padding=(1, 0, 0), bias=False), nn.ReLU(),
                        nn.Conv3d(16, 16, 3, 2, 1, groups=4), nn.InstanceNorm3d(16, affine=True), nn.ReLU(),
                        nn.AvgPool3d(2), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(16, 4))
    return net, images(2, 3, 8, 24, 24), dict(names=["x"])


@model("volume-unet")
def volume():
    class Volume(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.Conv3d(1, 4, 3, padding=1)
            self.deep = nn.Conv3d(4, 8, 3, 2, 1)
            self.up = nn.ConvTranspose3d(8, 4, 2, 2)
            self.head = nn.Conv3d(8, 2, 1)

        def forward(self, x):
            first = F.leaky_relu(self.down(x))
            return self.head(torch.cat([first, self.up(F.relu(self.deep(first)))], 1)).softmax(1)
    return Volume(), images(1, 1, 8, 16, 16), {}


# ---- Image networks written here ------------------------------------------------------------
def conv(cin, cout, size=3, stride=1, groups=1, act=nn.SiLU):
    return nn.Sequential(nn.Conv2d(cin, cout, size, stride, size // 2, groups=groups, bias=False),
                         nn.BatchNorm2d(cout), act())


@model("vgg-small")
def vgg():
    layers, width = [], 3
    for step in (16, "M", 32, "M", 64, 64, "M", 128, 128, "M", 128, 128, "M"):
        if step == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(width, step, 3, padding=1), nn.ReLU(True)]
            width = step
    layers += [nn.AdaptiveAvgPool2d((7, 7)), nn.Flatten(), nn.Linear(128 * 49, 256), nn.ReLU(True), nn.Dropout(),
               nn.Linear(256, 10)]
    return nn.Sequential(*layers), images(2, 3, 224, 224), dict(names=["x"])


class UNet(nn.Module):
    def __init__(self, bilinear=False):
        super().__init__()
        self.first, self.second, self.deep = (conv(3, 16, act=nn.ReLU), conv(16, 32, act=nn.ReLU),
                                              conv(32, 64, act=nn.ReLU))
        if bilinear:
            self.up2 = nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
                                     nn.Conv2d(64, 32, 1))
            self.up1 = nn.Sequential(nn.UpsamplingNearest2d(scale_factor=2), nn.Conv2d(32, 16, 1))
        else:
            self.up2, self.up1 = nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 4, 2, 1)
        self.join2, self.join1 = conv(64, 32, act=nn.ReLU), conv(32, 16, act=nn.ReLU)
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, image):
        first = self.first(image)
        second = self.second(F.max_pool2d(first, 2))
        deep = self.deep(F.max_pool2d(second, 2))
        second = self.join2(torch.cat([self.up2(deep), second], 1))
        return self.head(self.join1(torch.cat([self.up1(second), first], 1)))


SEGMENT = {"image": IMAGE, "output": IMAGE}
VARIED = dict(image=("batch", 3, "size32", "size32"))


@model("unet")
def unet():
    return UNet(), images(1, 3, 64, 64), dict(dynamic=SEGMENT, varied=VARIED)


@model("unet-bilinear")
def unet_bilinear():
    return UNet(True), images(1, 3, 64, 64), dict(dynamic=SEGMENT, varied=VARIED)


class DeepLab(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 16, stride=2), conv(16, 32, stride=2))
        self.rates = nn.ModuleList([nn.Conv2d(32, 16, 3, padding=rate, dilation=rate) for rate in (1, 2, 4)])
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(32, 16, 1), nn.ReLU())
        self.head = nn.Conv2d(64, 5, 1)

    def forward(self, image):
        found = self.stem(image)
        size = found.shape[-2:]
        parts = [rate(found) for rate in self.rates]
        parts.append(F.interpolate(self.pool(found), size=size, mode="bilinear", align_corners=False))
        scores = self.head(torch.cat(parts, 1))
        scores = F.interpolate(scores, size=image.shape[-2:], mode="bilinear", align_corners=False)
        return scores, scores.argmax(1)


@model("deeplab")
def deeplab():
    return DeepLab(), images(1, 3, 65, 97), dict(
        dynamic={"image": IMAGE, "output0": IMAGE, "output1": {0: "N", 1: "H", 2: "W"}},
        varied=dict(image=("batch", 3, "size", "size")))


class Bottleneck(nn.Module):
    def __init__(self, width, shortcut=True):
        super().__init__()
        self.one, self.two, self.shortcut = conv(width, width), conv(width, width), shortcut

    def forward(self, x):
        return x + self.two(self.one(x)) if self.shortcut else self.two(self.one(x))


class C2f(nn.Module):
    def __init__(self, cin, cout, count=1, shortcut=True):
        super().__init__()
        self.half = cout // 2
        self.first = conv(cin, cout, 1)
        self.last = conv((2 + count) * self.half, cout, 1)
        self.blocks = nn.ModuleList(Bottleneck(self.half, shortcut) for _ in range(count))

    def forward(self, x):
        parts = list(self.first(x).split((self.half, self.half), 1))
        for block in self.blocks:
            parts.append(block(parts[-1]))
        return self.last(torch.cat(parts, 1))


class SPPF(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.last, self.pool = conv(width, width // 2, 1), conv(width * 2, width, 1), nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.last(torch.cat(parts, 1))


class Yolo(nn.Module):
    """Backbone, feature pyramid and decoupled heads with distribution focal boxes, as in recent YOLO exports."""

    def __init__(self, classes=6, bins=16):
        super().__init__()
        self.classes, self.bins = classes, bins
        self.c1, self.c2 = conv(3, 16, stride=2), conv(16, 32, stride=2)
        self.c3 = nn.Sequential(C2f(32, 32), conv(32, 64, stride=2))
        self.c4 = nn.Sequential(C2f(64, 64, 2), conv(64, 96, stride=2))
        self.c5 = nn.Sequential(C2f(96, 96, 2), conv(96, 128, stride=2), SPPF(128))
        self.up = nn.Upsample(None, 2, "nearest")
        self.n4, self.n3 = C2f(128 + 96, 96, shortcut=False), C2f(96 + 64, 64, shortcut=False)
        self.d4, self.m4 = conv(64, 64, stride=2), C2f(64 + 96, 96, shortcut=False)
        self.boxes = nn.ModuleList(nn.Conv2d(width, 4 * bins, 1) for width in (64, 96, 128))
        self.scores = nn.ModuleList(nn.Conv2d(width, classes, 1) for width in (64, 96, 128))
        self.register_buffer("project", torch.arange(bins, dtype=torch.float32))

    def forward(self, image):
        p3 = self.c3(self.c2(self.c1(image)))
        p4 = self.c4(p3)
        p5 = self.c5(p4)
        n4 = self.n4(torch.cat([self.up(p5), p4], 1))
        n3 = self.n3(torch.cat([self.up(n4), p3], 1))
        m4 = self.m4(torch.cat([self.d4(n3), n4], 1))
        found, points, strides = [], [], []
        for level, feature, stride in zip(range(3), (n3, m4, p5), (8, 16, 32)):
            found.append(torch.cat([self.boxes[level](feature), self.scores[level](feature)], 1).flatten(2))
            height, width = feature.shape[-2:]
            y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
            points.append(torch.stack([x, y], -1).view(-1, 2))
            strides.append(torch.full((height * width, 1), float(stride)))
        boxes, scores = torch.cat(found, 2).split((4 * self.bins, self.classes), 1)
        points, strides = torch.cat(points).t().unsqueeze(0), torch.cat(strides).t()
        batch, _, count = boxes.shape
        spread = boxes.view(batch, 4, self.bins, count).transpose(1, 2).softmax(1)
        sides = (spread * self.project.view(1, -1, 1, 1)).sum(1)
        low, high = sides.chunk(2, 1)
        low, high = points - low, points + high
        return torch.cat([torch.cat([(low + high) / 2, high - low], 1) * strides, scores.sigmoid()], 1)


@model("yolo")
def yolo():
    return Yolo(), images(1, 3, 96, 128), dict(dynamic={"image": IMAGE, "output": {0: "N", 2: "A"}}, varied=VARIED)


@torch.library.custom_op("zoo::nms", mutates_args=())
def nms(boxes: torch.Tensor, scores: torch.Tensor, threshold: float) -> torch.Tensor:
    kept = []
    for index in scores.argsort(descending=True).tolist():
        box = boxes[index]
        keeps = True
        for other in kept:
            low, high = torch.maximum(box[:2], boxes[other][:2]), torch.minimum(box[2:], boxes[other][2:])
            inner = (high - low).clamp(min=0).prod()
            outer = (box[2:] - box[:2]).prod() + (boxes[other][2:] - boxes[other][:2]).prod() - inner
            keeps = keeps and bool(inner / outer <= threshold)
        if keeps:
            kept.append(index)
    return torch.tensor(kept, dtype=torch.int64)


def nms_symbolic(g, boxes, scores, threshold):
    """As torchvision's own symbolic for its `nms` writes it."""
    def constant(value, kind):
        return g.op("Constant", value_t=torch.tensor(value, dtype=kind))
    axes = constant([0], torch.int64)
    scores = g.op("Unsqueeze", g.op("Unsqueeze", scores, axes), axes)
    found = g.op("NonMaxSuppression", g.op("Unsqueeze", boxes, axes), scores, constant([2 ** 31], torch.int64),
                 constant([0.5], torch.float32))
    return g.op("Squeeze", g.op("Slice", found, constant([2], torch.int64), constant([3], torch.int64),
                                constant([1], torch.int64)), constant([1], torch.int64))


torch.onnx.register_custom_op_symbolic("zoo::nms", nms_symbolic, 13)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(conv(3, 16, stride=4, size=5), conv(16, 32, stride=2))
        self.boxes, self.scores = nn.Conv2d(32, 4, 1), nn.Conv2d(32, 3, 1)

    def forward(self, image):
        found = self.body(image)
        height, width = found.shape[-2:]
        boxes = self.boxes(found).permute(0, 2, 3, 1).reshape(-1, 4)
        scores, labels = self.scores(found).softmax(1).max(1)
        scores, labels = scores.reshape(-1), labels.reshape(-1)
        best, order = scores.topk(torch.clamp(torch.tensor(scores.shape[0]), max=40))
        boxes, labels = boxes[order], labels[order]
        places = torch.stack([order % width, order // width], 1) * 8.0
        boxes = torch.cat([places - boxes[:, :2].exp() * 6, places + boxes[:, 2:].exp() * 6], 1)
        boxes = torch.stack([boxes[:, 0].clamp(0, 64), boxes[:, 1].clamp(0, 64), boxes[:, 2].clamp(0, 64),
                             boxes[:, 3].clamp(0, 64)], 1)
        kept = torch.ops.zoo.nms(boxes + labels[:, None] * 100.0, best, 0.5)
        kept = kept[best[kept] > 0.2]
        return boxes[kept], best[kept], labels[kept]


@model("detector-nms")
def detector():
    return Detector(), images(1, 3, 64, 64), dict(
        dynamic={"image": {2: "H", 3: "W"}, "output0": {0: "D"}, "output1": {0: "D"}, "output2": {0: "D"}},
        varied=dict(image=(1, 3, "size32", "size32")))


@model("super-resolution")
def super_resolution():
    net = nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
                        nn.Conv2d(32, 9, 3, padding=1), nn.PixelShuffle(3))
    return net, images(1, 1, 30, 40), dict(names=["image"], dynamic={"image": IMAGE, "output": IMAGE},
                                           varied=dict(image=("batch", 1, "size", "size")))


class StyleBlock(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.pad, self.conv, self.norm = nn.ReflectionPad2d(1), nn.Conv2d(16, 16, 3), norm

    def forward(self, x):
        return x + self.norm(self.conv(self.pad(x)))


@model("style-instance-norm")
def style():
    net = nn.Sequential(nn.ReflectionPad2d(4), nn.Conv2d(3, 16, 9), nn.InstanceNorm2d(16, affine=True), nn.ReLU(),
                        StyleBlock(nn.InstanceNorm2d(16, affine=True)), StyleBlock(nn.InstanceNorm2d(16)),
                        nn.Upsample(scale_factor=2, mode="nearest"), nn.ReplicationPad2d(1), nn.Conv2d(16, 3, 3),
                        nn.Tanh())
    return net, images(1, 3, 32, 40), dict(names=["image"], dynamic={"image": IMAGE, "output": IMAGE},
                                           varied=dict(image=("batch", 3, "size32", "size32")))


@model("diffusion-group-norm")
def diffusion():
    class Denoiser(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(4, 32, 3, padding=1)
            self.norm, self.conv = nn.GroupNorm(8, 32), nn.Conv2d(32, 32, 3, padding=1)
            self.time = nn.Sequential(nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 32))
            self.mixed = nn.GroupNorm(4, 32)
            self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
            self.last = nn.Conv2d(32, 4, 3, padding=1)
            self.register_buffer("waves", torch.exp(-torch.arange(16) * 0.5))

        def forward(self, latent, step):
            angle = step[:, None].float() * self.waves[None]
            time = self.time(torch.cat([angle.sin(), angle.cos()], 1))
            x = self.first(latent)
            x = x + self.conv(F.silu(self.norm(x))) + time[:, :, None, None]
            flat = self.mixed(x).flatten(2).transpose(1, 2)
            mixed = self.attention(flat, flat, flat, need_weights=False)[0]
            return self.last(x + mixed.transpose(1, 2).view_as(x))
    return Denoiser(), (torch.randn(2, 4, 16, 16), torch.tensor([3, 500])), dict(
        dynamic={"latent": IMAGE, "step": {0: "N"}, "output": IMAGE})


class AttentionPool(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(conv(3, 24, stride=4), nn.AdaptiveMaxPool2d(4))
        self.query = nn.Parameter(torch.randn(1, 2, 24))
        self.score = nn.Linear(24, 24, bias=False)
        self.pairs = nn.Parameter(torch.randn(5, 24, 24) * 0.1)

    def forward(self, image):
        found = self.body(image).flatten(2).transpose(1, 2)
        weight = torch.einsum("oqc,nsc->nqs", self.query, self.score(found)).softmax(-1)
        pooled = torch.einsum("nqs,nsc->nqc", weight, found)
        return torch.einsum("nc,kcd,nd->nk", pooled[:, 0], self.pairs, pooled[:, 1]), weight


@model("attention-pooling")
def attention_pooling():
    return AttentionPool(), images(2, 3, 48, 48), {}


class SpatialTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.place = nn.Sequential(nn.Conv2d(1, 4, 5), nn.MaxPool2d(2), nn.ReLU(), nn.AdaptiveAvgPool2d(3), nn.Flatten(),
                                   nn.Linear(36, 6))
        self.head = nn.Sequential(nn.Conv2d(1, 8, 5), nn.MaxPool2d(3, 2, ceil_mode=True), nn.Flatten(),
                                  nn.LazyLinear(10))

    def forward(self, image):
        where = self.place(image).view(-1, 2, 3) * 0.1 + torch.tensor([[1.0, 0, 0], [0, 1, 0]])
        y, x = torch.meshgrid(torch.linspace(-1, 1, 28), torch.linspace(-1, 1, 28), indexing="ij")
        base = torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3)
        grid = torch.matmul(base, where.transpose(1, 2)).view(-1, 28, 28, 2)
        return self.head(F.grid_sample(image, grid, align_corners=False))


@model("spatial-transformer")
def spatial_transformer():
    return SpatialTransformer(), images(2, 1, 28, 28), {}


# ---- Control flow, odd tensors --------------------------------------------------------------
class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.low, self.high = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x, steps: int):
        for index in range(steps):
            if bool(x.sum() > 0):
                x = torch.tanh(self.low(x)) + index
            else:
                x = self.high(x).relu() - 0.5
        return x


@model("script-if-loop")
def script():
    return torch.jit.script(Branches()), (torch.randn(3, 8), 4), dict(names=["x", "steps"], numbers=True,
                                                                       dynamic={"x": {0: "N"}, "output": {0: "N"}})


class Decoder(nn.Module):
    """Greedy decoding that stops at a mark: a loop with a condition."""

    def __init__(self):
        super().__init__()
        self.embed, self.mix, self.head = nn.Embedding(20, 16), nn.Linear(16, 16), nn.Linear(16, 20)

    def forward(self, state):
        word = self.head(state).argmax(1)
        total = self.head(state) * 0
        count = torch.tensor(0)
        go = True
        while go:
            state = torch.tanh(self.mix(state) + self.embed(word))
            scores = self.head(state).log_softmax(1)
            word = scores.argmax(1)
            total = total + scores
            count = count + 1
            go = bool(count < 9) and not bool((word == 7).all())
        return word, total, count


@model("script-decoder")
def decoder():
    return torch.jit.script(Decoder()), images(2, 16), dict(names=["state"], dynamic={"state": {0: "N"}})


class Tensors(nn.Module):
    """Indexing, masks, scatter, sort and running sums."""

    def forward(self, x, index):
        rows = x.gather(1, index)
        spread = torch.zeros_like(x).scatter_add(1, index, rows)
        order, places = x.sort(dim=1, descending=True)
        running = x.cumsum(1)
        filled = x.masked_fill(x > 0.5, -1.0)
        rolled = torch.roll(x, 2, 1).flip(1)
        windows = x.unfold(1, 3, 2)
        hot = F.one_hot(index % 4, 4).to(x.dtype)
        low = torch.tril(x @ x.t()) + torch.triu(x @ x.t(), 1)
        clipped = torch.where(x.isnan(), torch.zeros_like(x), x).clamp(-1, 1)
        powers = x.abs().pow(0.3) + x.norm(dim=1, keepdim=True) + x.var(1, keepdim=True)
        return (spread + running + filled + rolled + clipped + powers, order, places, windows.amax(2), hot.sum(1), low,
                x.logsumexp(1), x.prod(1), x.argmin(1), torch.remainder(x, 0.7), torch.fmod(x, 0.7),
                torch.repeat_interleave(x, 2, 1), torch.cdist(x, x), x[:, ::2][:, None].expand(-1, 2, -1), x.round())


@model("tensor-tricks")
def tricks():
    return Tensors(), (torch.randn(4, 8), torch.stack([torch.randperm(8) for _ in range(4)])), dict(dynamic={})


class Assigned(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(6, 6)

    def forward(self, x):
        y = self.mix(x).clone()
        y[:, 1:3] = x[:, 2:4] * 2
        y[..., -1] += 1
        y[y < 0] *= 0.1
        mask = y.sum(1) > 0
        return y, y[mask], torch.nonzero(mask).squeeze(1)


@model("in-place-masks")
def in_place():
    return Assigned(), images(7, 6), {}


# ---- Transformers ---------------------------------------------------------------------------
class Encoder(nn.Module):
    def __init__(self, norm_first=False, activation="relu"):
        super().__init__()
        self.embed = nn.Embedding(50, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=norm_first, activation=activation)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.register_buffer("places", torch.randn(1, 64, 32) * 0.1)

    def forward(self, words, padding):
        x = self.embed(words) * 32 ** 0.5 + self.places[:, :words.shape[1]]
        return self.layers(x, src_key_padding_mask=padding)


WORDS = {"words": {0: "N", 1: "S"}, "padding": {0: "N", 1: "S"}, "output": {0: "N", 1: "S"}}


def padding():
    mask = torch.zeros(2, 9, dtype=torch.bool)
    mask[1, 6:] = True
    return mask


@model("transformer-encoder")
def transformer_encoder():
    return Encoder(), (torch.randint(0, 50, (2, 9)), padding()), dict(dynamic=WORDS)


@model("transformer-encoder-pre-norm")
def transformer_pre_norm():
    return Encoder(True, "gelu"), (torch.randint(0, 50, (2, 9)), padding()), dict(dynamic=WORDS)


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(40, 32)
        self.layers = nn.Transformer(32, 4, 1, 1, 64, batch_first=True)
        self.head = nn.Linear(32, 40)

    def forward(self, source, target):
        size = target.shape[1]
        future = torch.triu(torch.full((size, size), float("-inf")), 1)
        return self.head(self.layers(self.embed(source), self.embed(target), tgt_mask=future))


@model("transformer-translator")
def translator():
    return Translator(), (torch.randint(0, 40, (2, 8)), torch.randint(0, 40, (2, 5))), dict(
        dynamic={"source": {0: "N", 1: "S"}, "target": {0: "N", 1: "T"}, "output": {0: "N", 1: "T"}})
