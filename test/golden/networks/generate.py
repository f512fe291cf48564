#!/usr/bin/env python3
"""Writes the golden networks beside this file: what PyTorch computes, in float64, for networks of torchvision, for the ResNet-20 and the
HT-perceptron written here as torch modules, and for these with WHT layers (the NumPy definitions of ../generate.py) in place of modules.

Parameters and images are a formula of their key (test/networks/sample-parameters.ts has it as well), so that the files hold keys, shapes
and logits only. Needs torch, torchvision (0.14 was used) and NumPy, no network.

    /usr/bin/python3 generate.py            # rewrites *.json
    npx biome format --write .
"""
import json
import math
import pathlib
import re
import sys

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from generate import block_wht_1d, block_wht_2d, next_power_of_two, transform_matrix  # noqa: E402

torch.manual_seed(0)


# ---------------------------------------------------------------- parameters
def uniform(key, count, low, high):
    """float32; see sample-parameters.ts."""
    code = 0x811C9DC5
    for character in key.encode():
        code = (code ^ character) * 0x01000193 & 0xFFFFFFFF
    bits = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(code)
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    bits = (bits ^ (bits >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    bits ^= bits >> np.uint32(16)
    u = (bits >> np.uint32(8)).astype(np.float64) / 2**24
    return (low + (high - low) * u).astype(np.float32)


def interval(key, shape, shapes):
    stem, _, suffix = key.rpartition(".")
    by_suffix = {"running_mean": (-0.125, 0.125), "running_var": (0.5, 1.5), "bias": (-0.125, 0.125), "thresholds": (0, 0.0625),
                 "weights": (0.75, 1.75), "T": (-0.25, 0.75)}
    if suffix == "running_var" and after_wht_1d(stem, shapes):
        return 0.125, 0.375
    if suffix in by_suffix:
        return by_suffix[suffix]
    if re.search(r"\.v\.\d+$", key) or len(shape) == 1:
        return 0.25, 1.25
    depthwise = len(shape) == 4 and shape[1] == 1
    bound = math.sqrt((12 if depthwise else 6) / math.prod(shape[1:]))
    return -bound, bound


def after_wht_1d(norm, shapes):
    """Whether the module before a batch norm of a sequence is a 1D layer, which makes small values smaller."""
    parent, _, index = norm.rpartition(".")
    return index.isdigit() and len(shapes.get(f"{parent}.{int(index) - 1}.thresholds", ())) == 1


def sample(key, shapes):
    shape = shapes[key]
    return torch.from_numpy(uniform(key, math.prod(shape), *interval(key, shape, shapes)).reshape(shape))


def images(count, side):
    """NCHW, of NHWC values."""
    values = uniform("images", count * side * side * 3, -2, 2).reshape(count, side, side, 3)
    return torch.from_numpy(values).double().permute(0, 3, 1, 2).contiguous()


# ---------------------------------------------------------------- layers
def parameter(*shape):
    return nn.Parameter(torch.zeros(shape))


def over_numpy(function, x):
    """function is of NHWC arrays, x is NCHW."""
    y = function(x.permute(0, 2, 3, 1).numpy())
    return torch.from_numpy(np.ascontiguousarray(y)).permute(0, 3, 1, 2)


class Wht2d(nn.Module):
    def __init__(self, height, width, stride=1):
        super().__init__()
        sides = next_power_of_two(height), next_power_of_two(width)
        self.thresholds, self.weights, self.stride = parameter(*sides), parameter(*sides), stride

    def forward(self, x):
        parameters = self.thresholds.numpy(), self.weights.numpy()
        return over_numpy(lambda maps: block_wht_2d(maps, "sequency", "smooth", *parameters, stride=self.stride), x)


class Wht1d(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        larger = max(in_channels, out_channels)
        self.block = max(2**e for e in range(12) if larger % 2**e == 0 and 2**e <= in_channels)
        self.out_channels, self.stride = out_channels, stride
        self.thresholds, self.weights = parameter(self.block), parameter(self.block)

    def forward(self, x):
        parameters = self.thresholds.numpy(), self.weights.numpy()
        return over_numpy(lambda maps: block_wht_1d(maps, self.out_channels, self.block, "sequency", "smooth", *parameters, self.stride), x)


class Fwht1d(nn.Module):
    """arXiv 2104.07085."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.out_channels = out_channels
        self.last = next_power_of_two(out_channels)
        self.first = max(self.last, next_power_of_two(in_channels))
        self.ratio = self.first // self.last
        self.thresholds = parameter(self.first - self.ratio)

    def forward(self, x):
        x = functional.pad(x, (0, 0, 0, 0, 0, self.first - x.shape[1]))
        forward, back = (torch.from_numpy(transform_matrix(n, "sequency") / math.sqrt(n)) for n in (self.first, self.last))
        spectrum = torch.einsum("ij,njhw->nihw", forward, x)
        passes, rest = spectrum[:, : self.ratio], spectrum[:, self.ratio :]
        rest = torch.tanh(rest) * functional.relu(rest.abs() - self.thresholds[:, None, None])
        pooled = torch.cat((passes, rest), dim=1).unflatten(1, (self.last, self.ratio)).mean(dim=2)
        return torch.einsum("ji,njhw->nihw", back, pooled)[:, : self.out_channels]


class Threshold(nn.Module):
    def __init__(self, sides, clamp):
        super().__init__()
        self.T, self.clamp = parameter(*sides), clamp

    def forward(self, x):
        return x.sign() * functional.relu(x.abs() - self.clamp(self.T))


class HtPerceptron(nn.Module):
    """unitary: as the authors' ImageNet code has it (natural order, |T|); else their CIFAR code (sequency, max(T, 0))."""

    def __init__(self, height, width, channels, paths, unitary):
        super().__init__()
        sides = next_power_of_two(height), next_power_of_two(width)
        self.conv = nn.ModuleList(nn.Conv2d(channels, channels, 1, bias=False) for _ in range(paths))
        self.ST = nn.ModuleList(Threshold(sides, torch.abs if unitary else torch.relu) for _ in range(paths))
        self.v = nn.ParameterList([parameter(*sides) for _ in range(paths)])
        self.sides, self.unitary = sides, unitary

    def transform(self, x, divisor):
        for side, equation in zip(self.sides, ("ij,ncjw->nciw", "ij,nchj->nchi")):
            matrix = torch.from_numpy(transform_matrix(side, "natural" if self.unitary else "sequency"))
            x = torch.einsum(equation, matrix, x)
        return x / divisor

    def forward(self, x):
        height, width = x.shape[2:]
        points = self.sides[0] * self.sides[1]
        padded = functional.pad(x, (0, self.sides[1] - width, 0, self.sides[0] - height))
        spectrum = self.transform(padded, math.sqrt(points) if self.unitary else 1)
        total = sum(threshold(conv(v * spectrum)) for conv, threshold, v in zip(self.conv, self.ST, self.v))
        return self.transform(total, math.sqrt(points) if self.unitary else points)[..., :height, :width]


# ---------------------------------------------------------------- networks
class Block20(nn.Module):
    def __init__(self, before, channels, stride, keras):
        super().__init__()
        norm = lambda: nn.BatchNorm2d(channels, eps=1e-3 if keras else 1e-5)  # noqa: E731
        conv = lambda n, size, step: nn.Conv2d(n, channels, size, step, size // 2, bias=keras)  # noqa: E731
        self.left = nn.Sequential(conv(before, 3, stride), norm(), nn.ReLU(), conv(channels, 3, 1), norm())
        self.shortcut = nn.Sequential()
        if before != channels:
            self.shortcut = nn.Sequential(conv(before, 1, stride), *([] if keras else [norm()]))

    def forward(self, x):
        return torch.relu(self.left(x) + self.shortcut(x))


class ResNet20(nn.Module):
    def __init__(self, keras=False):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=keras), nn.BatchNorm2d(16, eps=1e-3 if keras else 1e-5), nn.ReLU())
        block = lambda *sizes: Block20(*sizes, keras)  # noqa: E731
        self.layer1 = nn.Sequential(block(16, 16, 1), block(16, 16, 1), block(16, 16, 1))
        self.layer2 = nn.Sequential(block(16, 32, 2), block(32, 32, 1), block(32, 32, 1))
        self.layer3 = nn.Sequential(block(32, 64, 2), block(64, 64, 1), block(64, 64, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.conv1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def replace(network, side, keys, make):
    """Puts make(module, height, width) in place of the modules at keys, for the size of what each of them gives for images of a side."""
    sizes = {}
    hooks = [network.get_submodule(key).register_forward_hook(lambda _m, _i, y, key=key: sizes.__setitem__(key, y.shape[2:])) for key in keys]
    network.double().eval()(images(1, side))
    for hook in hooks:
        hook.remove()
    for key in keys:
        parent, _, name = key.rpartition(".")
        setattr(network.get_submodule(parent), name, make(network.get_submodule(key), *sizes[key]))


def transform_before_pooling(network, last, side):
    """Appends a 2D layer `transform` to what the module at `last` gives."""
    seen = []
    hook = network.get_submodule(last).register_forward_hook(lambda _m, _i, y: seen.append(y.shape))
    network.double().eval()(images(1, side))
    hook.remove()
    network.transform = Wht2d(*seen[0][2:])
    network.get_submodule(last).register_forward_hook(lambda _m, _i, y: network.transform(y))


def wht_1d(module, *_size):
    return Wht1d(module.in_channels, module.out_channels, module.stride[0])


def fwht_1d(module, *_size):
    return Fwht1d(module.in_channels, module.out_channels)


def wht_2d(module, height, width):
    stride = module.stride[0] if isinstance(module, nn.Conv2d) else 1
    return Wht2d(height * stride, width * stride, stride)


def ht(paths, unitary):
    return lambda module, height, width: HtPerceptron(height, width, module.out_channels, paths, unitary)


SECOND_20 = [f"layer{stage}.{block}.left.3" for stage in (1, 2, 3) for block in (0, 1, 2)]
SHORTCUTS_20 = ["layer2.0.shortcut.0", "layer3.0.shortcut.0"]
ODD_50 = [f"layer{stage}.{block}.conv2" for stage, blocks in ((1, 3), (2, 4), (3, 6), (4, 3)) for block in range(1, blocks, 2)]
LAST_V2 = [f"features.{i}.conv.{part}" for i in range(13, 18) for part in ("0.0", "2")]


def resnet20(side, variant="baseline", keras=False, paths=None):
    network = ResNet20(keras)
    if variant == "wht":
        replace(network, side, SECOND_20, wht_2d)
        replace(network, side, SHORTCUTS_20, wht_1d)
    if variant == "ht-perceptron":
        replace(network, side, SECOND_20, ht(paths, unitary=False))
    return network


def resnet50(side, classes, variant="baseline", keys=ODD_50, paths=None):
    network = torchvision.models.resnet50(num_classes=classes)
    if variant != "baseline":
        replace(network, side, keys, wht_2d if variant == "wht" else ht(paths, unitary=True))
    return network


def mobile_net_v2(side, classes, make=None, last=False):
    network = torchvision.models.mobilenet_v2(num_classes=classes)
    if make:
        replace(network, side, LAST_V2 + (["features.18.0"] if last else []), make)
    return network


def mobile_net_v3_large(side, classes, variant="baseline"):
    network = torchvision.models.mobilenet_v3_large(num_classes=classes)
    if variant == "wht":
        for part, make in (("0.0", wht_1d), ("2", wht_2d), ("3.0", wht_1d)):
            replace(network, side, [f"features.{i}.block.{part}" for i in range(11, 16)], make)
        transform_before_pooling(network, "features.16", side)
    return network


# ---------------------------------------------------------------- cases
def golden(network, count, side):
    shapes = {key: list(value.shape) for key, value in network.state_dict().items() if not key.endswith("num_batches_tracked")}
    network = network.double().eval()
    network.load_state_dict({key: sample(key, shapes) for key in shapes}, strict=False)
    extent = {}
    for key, module in network.named_modules():
        if "-v" in sys.argv and isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda _m, x, _y, key=key: extent.__setitem__(key, float(x[0].std())))
    logits = network(images(count, side)).numpy()
    if "-v" in sys.argv:
        print({key: round(value, 2) for key, value in extent.items()}, "logits", logits[:, :6].round(2).tolist())
    return {
        "trainable": sum(p.numel() for p in network.parameters()),
        "total": sum(math.prod(shape) for shape in shapes.values()),
        "images": [count, side, side],
        "logits": [[float(f"{value:.15g}") for value in row] for row in logits],
        "parameters": shapes,
    }


def write(name, cases):
    written = []
    for case, options, (count, side), network in cases:
        print(name, case, flush=True)
        written.append({"name": case, "options": options, **golden(network(side), count, side)})
    (HERE / f"{name}.json").write_text(json.dumps({"cases": written}))


def main():
    torch.set_grad_enabled(False)
    cifar, classes = (2, 32), {"classes": 10}
    pytorch = {"style": "pytorch"}
    write("resnet-20", [
        ("baseline", {**pytorch}, cifar, lambda side: resnet20(side)),
        ("WHT", {**pytorch, "variant": "wht"}, cifar, lambda side: resnet20(side, "wht")),
        ("HT-perceptron, 1 path", {**pytorch, "variant": "ht-perceptron", "paths": 1}, cifar, lambda side: resnet20(side, "ht-perceptron", paths=1)),
        ("HT-perceptron, 3 paths", {**pytorch, "variant": "ht-perceptron", "paths": 3}, cifar, lambda side: resnet20(side, "ht-perceptron", paths=3)),
        ("HT-perceptron, 5 paths", {**pytorch, "variant": "ht-perceptron", "paths": 5}, cifar, lambda side: resnet20(side, "ht-perceptron", paths=5)),
        ("Keras style", {"style": "keras"}, cifar, lambda side: resnet20(side, keras=True)),
        ("Keras style, WHT", {"style": "keras", "variant": "wht"}, cifar, lambda side: resnet20(side, "wht", keras=True)),
    ])

    def last_stage(side):
        network = resnet50(side, 10, "wht", [f"layer4.{block}.conv2" for block in range(3)])
        transform_before_pooling(network, "layer4", side)
        return network

    write("resnet-50", [
        ("10 classes", classes, (2, 32), lambda side: resnet50(side, 10)),
        ("1000 classes, 64x64", {}, (1, 64), lambda side: resnet50(side, 1000)),
        ("WHT", {**classes, "variant": "wht"}, (2, 64), lambda side: resnet50(side, 10, "wht")),
        ("WHT in the last stage, one with a stride, and before pooling", {**classes, "variant": "wht", "replaced": [13, 14, 15], "transform": True},
         (1, 96), last_stage),
        ("HT-perceptron, 3 paths", {"variant": "ht-perceptron", "paths": 3}, (1, 32), lambda side: resnet50(side, 1000, "ht-perceptron", paths=3)),
        ("HT-perceptron, 3 paths, padded maps", {**classes, "variant": "ht-perceptron", "paths": 3}, (1, 96),
         lambda side: resnet50(side, 10, "ht-perceptron", paths=3)),
    ])
    write("mobile-net-v2", [
        ("10 classes", classes, (2, 32), lambda side: mobile_net_v2(side, 10)),
        ("1000 classes, 224x224", {}, (1, 224), lambda side: mobile_net_v2(side, 1000)),
        ("WHT", {**classes, "variant": "wht"}, (2, 64), lambda side: mobile_net_v2(side, 10, wht_1d)),
        ("WHT, with the last convolution", {**classes, "variant": "wht", "lastReplaced": True}, (2, 64),
         lambda side: mobile_net_v2(side, 10, wht_1d, last=True)),
        ("2104.07085", {**classes, "variant": "wht", "layer": "fwht"}, (2, 64), lambda side: mobile_net_v2(side, 10, fwht_1d)),
        ("2104.07085, with the last convolution", {**classes, "variant": "wht", "layer": "fwht", "lastReplaced": True}, (2, 64),
         lambda side: mobile_net_v2(side, 10, fwht_1d, last=True)),
    ])
    write("mobile-net-v3-large", [
        ("10 classes", classes, (2, 32), lambda side: mobile_net_v3_large(side, 10)),
        ("1000 classes, 224x224", {}, (1, 224), lambda side: mobile_net_v3_large(side, 1000)),
        ("WHT", {**classes, "variant": "wht"}, (2, 64), lambda side: mobile_net_v3_large(side, 10, "wht")),
        ("WHT, padded maps", {**classes, "variant": "wht"}, (1, 96), lambda side: mobile_net_v3_large(side, 10, "wht")),
    ])


if __name__ == "__main__":
    main()
