"""Small models for the tests, each made from a fixed seed and saved once.

`model_file("resnet")` is the path of the TorchScript archive of that name in $PTRUN_TEST_CACHE, or in a
folder of this process. MODELS has every name.
"""

# ruff: noqa: D102 (what forward() does is what its class says)

from __future__ import annotations

import functools
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

BUILD = Path(os.environ.get("PTRUN_BUILD", Path(__file__).resolve().parents[2] / "build"))
SIZES: dict[str, int] = {"vit": 64, "mobilenet": 96, "convnext": 64, "resnet": 64}
"""Height and width of the input where it is not 32."""


def size_of(name: str) -> int:
    """Return the height and width that the model is made for."""
    return SIZES.get(name, 32)


def allow_torchvision() -> None:
    """Define two operators without which a torchvision that was built for another torch does not import."""
    if not hasattr(torch.ops.torchvision, "nms"):
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        allow_torchvision.library = library  # type: ignore[attr-defined]  # it undefines them when it dies


def randomise(module: nn.Module) -> nn.Module:
    """Give every parameter and statistic a value of its own: a fresh model's are zeros and ones."""
    for parameter in module.parameters():
        if parameter.dim() < 2:
            nn.init.normal_(parameter, 0.5, 0.2)
    for name, buffer in module.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            buffer.uniform_(0.1, 1.0)
    return module.eval()


class SmallNet(nn.Module):
    """Convolution, normalisation, a grouped convolution, pooling, a linear layer."""

    def __init__(self, channels: int = 3, classes: int = 10, dropout: float = 0.0) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, 16, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.second = nn.Conv2d(16, 32, 3, padding=1, groups=4)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(32, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.norm(self.first(x)))
        x = torch.relu(self.second(x)).mean((2, 3))
        y: Tensor = self.last(self.dropout(x))
        return y


class Branches(nn.Module):
    """Control flow that a trace would lose, and addmm, which TorchScript's optimiser rewrites."""

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()
        self.weight = nn.Parameter(torch.randn(10, 10))
        self.bias = nn.Parameter(torch.randn(10))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.addmm(self.bias, self.net(x), self.weight)
        y = y * 3 + y / 7 if bool(y.sum() > 0) else torch.sigmoid(y) * torch.tanh(y)
        total = torch.zeros_like(y)
        for i in range(3):
            total = total + y * float(i)
        return total


class Pools(nn.Module):
    """Squeeze-and-excite with the three spellings of pooling to one pixel, and pooling that keeps more."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(3, 16, 3, padding=1), nn.Linear(80, 10)
        self.squeeze = nn.ModuleList([nn.Conv2d(16, 16, 1) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.first(x))
        x = x * torch.sigmoid(self.squeeze[0](nn.functional.adaptive_avg_pool2d(x, 1)))
        x = x * torch.sigmoid(self.squeeze[1](x.mean((2, 3), keepdim=True)))
        x = x * torch.sigmoid(self.squeeze[2](x.mean((-2, -1), keepdim=True)))
        quarters = nn.functional.adaptive_avg_pool2d(x, 2).flatten(1)
        y: Tensor = self.last(torch.cat((quarters, x.mean((2, 3))), 1))
        return y


class Excites(nn.Module):
    """Three blocks of squeeze-and-excite, as models spell them; then three that only look like it."""

    def __init__(self) -> None:
        super().__init__()
        widths = [70, 70, 64, 16, 16, 16]  # more and less than a group of channels
        self.grow = nn.ModuleList([nn.Conv2d(a, b, 1) for a, b in zip([3, *widths], widths, strict=False)])
        self.squeeze = nn.ModuleList([nn.Conv2d(width, 5, 1) for width in widths])
        self.excite = nn.ModuleList([nn.Conv2d(5, width, 1) for width in widths])
        self.last = nn.Linear(16, 10)

    def gate(self, number: int, pooled: Tensor, first: Callable[[Tensor], Tensor]) -> Tensor:
        """Return what the layers of a block make of the means, before the second activation."""
        y: Tensor = self.excite[number](first(self.squeeze[number](pooled)))
        return y

    def forward(self, x: Tensor) -> Tensor:
        f = nn.functional
        x = f.hardswish(self.grow[0](x))
        x = f.hardsigmoid(self.gate(0, f.adaptive_avg_pool2d(x, 1), lambda y: f.relu(y, inplace=True))) * x
        x = f.silu(self.grow[1](x))
        x = x * torch.sigmoid(self.gate(1, x.mean((2, 3), keepdim=True), f.silu))
        x = f.relu(self.grow[2](x))
        x = x * torch.sigmoid(self.gate(2, x.mean((-2, -1), keepdim=True), f.hardswish))
        x = self.grow[3](x)
        gate = torch.sigmoid(self.gate(3, f.adaptive_avg_pool2d(x, 1), f.relu))
        x = x.add_(1) * gate  # another x than the one that was pooled
        x = self.grow[4](x)
        x = f.relu(x) * torch.sigmoid(self.gate(4, f.adaptive_avg_pool2d(x, 1), f.relu))
        x = self.grow[5](x)
        x = x * torch.tanh(self.gate(5, f.adaptive_avg_pool2d(x, 1), f.relu))
        y: Tensor = self.last(x.mean((2, 3)))
        return y


class SharedGate(nn.Module):
    """Squeeze-and-excite whose gate has two users, by way of operators that oneDNN Graph does not take."""

    def __init__(self, other: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.stem, self.left, self.right = (
            nn.Conv2d(3, 16, 3, 2, 1),
            nn.Conv2d(16, 24, 1),
            nn.Conv2d(16, 24, 1),
        )
        self.squeeze, self.excite, self.last = nn.Conv2d(24, 6, 1), nn.Conv2d(6, 24, 1), nn.Linear(24, 10)
        self.other = other

    def forward(self, x: Tensor) -> Tensor:
        f = nn.functional
        x = self.stem(x)
        left = self.left(x)
        gate = f.hardsigmoid(self.excite(f.relu6(self.squeeze(f.adaptive_avg_pool2d(left, 1)))))
        y: Tensor = self.last((self.right(x) * gate + left * self.other(gate)).mean([2, 3]))
        return y


class Normalising(nn.Module):
    """Normalises inside, in place: the caller's tensor must not change."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.net(x.sub_(self.mean).div_(0.25))
        return y


class Centring(nn.Module):
    """Subtracts a mean for each channel, which makes three channels of one as well."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.net(x - self.mean)
        return y


class Returning(nn.Module):
    """Returns what `form` says, made from the logits of SmallNet."""

    def __init__(self, form: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.net = SmallNet()
        self.form = form

    def forward(self, x: Tensor) -> Any:
        return self.form(self.net(x))


class Dictionary(nn.Module):
    """Returns a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        y = self.net(x)
        return {"features": y[:, :4] * 2, "logits": y}


class Listing(nn.Module):
    """Returns a list."""

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()

    def forward(self, x: Tensor) -> list[Tensor]:
        y = self.net(x)
        return [y[:, :4] * 2, y]


class Pair(NamedTuple):
    """What NamedPair returns."""

    features: Tensor
    logits: Tensor


class NamedPair(nn.Module):
    """Returns a named tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()

    def forward(self, x: Tensor) -> Pair:
        y = self.net(x)
        return Pair(y[:, :4] * 2, y)


class Raising(nn.Module):
    """Raises; prints and warns before."""

    def forward(self, x: Tensor) -> Tensor:
        print("printed by the model")
        if x.size(0) > 0:
            raise ValueError("this model takes no images")
        return x


class Channels(nn.Module):
    """Takes one or three channels, each by a convolution of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.grey = SmallNet(1)
        self.colour = SmallNet(3)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.grey(x) if x.size(1) == 1 else self.colour(x)
        return y


class Attentions(nn.Module):
    """PyTorch's own multi-head attention, then attention with a mask, causality, a given scale, and plain."""

    mask: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 32, 8, stride=8)
        self.heads = nn.MultiheadAttention(32, 4, batch_first=True)
        self.qkv = nn.Linear(32, 96)
        self.register_buffer("mask", torch.randn(16, 16))
        self.last = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        y = self.patches(x).flatten(2).transpose(1, 2)
        y = y + self.heads(y, y, y, need_weights=False)[0]
        for settings in ({"attn_mask": self.mask}, {"is_causal": True}, {"scale": 0.2}, {}):
            q, k, v = self.qkv(y).reshape(-1, 16, 3, 4, 8).permute(2, 0, 3, 1, 4).unbind(0)
            z = nn.functional.scaled_dot_product_attention(q, k, v, **settings)
            y = y + z.transpose(1, 2).flatten(2)
        logits: Tensor = self.last(y.mean(1))
        return logits


class OnGpu(nn.Module):
    """Names a device that a CPU build does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.net(x) + torch.ones(1, device=torch.device("cuda:0"))
        return y


class Greedy(nn.Module):
    """Asks for more memory than any machine has."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros(1 << 46) + x.sum()


class Hugging(nn.Module):
    """A classifier of transformers as an image model: pixels in, logits out."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.model(pixel_values=x).logits
        return logits


def trace(module: nn.Module, size: int, channels: int = 3) -> torch.jit.ScriptModule:
    """Trace with a batch of one."""
    return torch.jit.trace(module, torch.rand(1, channels, size, size), check_trace=False, strict=False)  # type: ignore[no-any-return]


def script(module: nn.Module) -> torch.jit.ScriptModule:
    """Script after eval()."""
    return torch.jit.script(module)


def small(form: Callable[[Tensor], Any]) -> torch.jit.ScriptModule:
    """Trace SmallNet with another form of output."""
    return trace(randomise(Returning(form)), 32)


def transformer(name: str) -> torch.jit.ScriptModule:
    """Trace a classifier of transformers with random weights."""
    allow_torchvision()
    import transformers

    configs = {
        "resnet": transformers.ResNetConfig(
            depths=[1, 2, 1, 1], hidden_sizes=[32, 64, 96, 128], embedding_size=16, num_labels=10
        ),
        "convnext": transformers.ConvNextConfig(
            depths=[1, 1, 2, 1], hidden_sizes=[24, 48, 64, 96], num_labels=10
        ),
        "vit": transformers.ViTConfig(
            hidden_size=96,
            num_hidden_layers=3,
            num_attention_heads=4,
            intermediate_size=192,
            image_size=64,
            patch_size=16,
            num_labels=10,
        ),
        "mobilenet": transformers.MobileNetV2Config(num_labels=10, image_size=96, depth_multiplier=0.5),
    }
    model = transformers.AutoModelForImageClassification.from_config(configs[name])
    return trace(randomise(Hugging(model)), SIZES[name])


def quantised() -> torch.jit.ScriptModule:
    """Quantise SmallNet to int8 (static, FX) for the default engine, and trace it."""
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    example = torch.rand(4, 3, 32, 32)
    prepared = prepare_fx(randomise(SmallNet()), get_default_qconfig_mapping("x86"), (example,))
    prepared(example)
    return trace(convert_fx(prepared), 32)


def training() -> torch.jit.ScriptModule:
    """Script SmallNet and save it in training mode, with dropout."""
    return script(randomise(SmallNet(dropout=0.5))).train()


def traced_in_training() -> torch.jit.ScriptModule:
    """Trace SmallNet in training mode: its dropout stays on whatever eval() says."""
    return trace(randomise(SmallNet(dropout=0.5)).train(), 32)


def missing_operator() -> torch.jit.ScriptModule:
    """Script a call of an operator that only a Python process that defined it knows."""
    allow_torchvision()

    class Suppressing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            kept = torch.ops.torchvision.nms(x[0, 0, :, :4], x[0, 0, :, 0], 0.5)
            boxes: Tensor = kept.unsqueeze(0)
            return boxes

    return script(Suppressing().eval())


def own_operator() -> torch.jit.ScriptModule:
    """Script a call of the operator that the tests' own library has."""
    torch.ops.load_library(BUILD / "tests" / "test_operators.so")

    class Doubling(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = torch.ops.ptrun_test.twice(x)
            return y.flatten(1)

    return script(Doubling().eval())


MODELS: dict[str, Callable[[], torch.jit.ScriptModule]] = {
    **{name: functools.partial(transformer, name) for name in ("resnet", "convnext", "vit", "mobilenet")},
    "small": lambda: small(lambda y: y),
    "grey": lambda: trace(randomise(SmallNet(1)), 32, 1),
    "scripted": lambda: script(randomise(SmallNet())),
    "pools": lambda: trace(randomise(Pools()), 32),
    "excites": lambda: trace(randomise(Excites()), 32),
    "gate_and_rest": lambda: trace(randomise(SharedGate(lambda gate: 1 - gate)), 32),
    "gate_and_erf": lambda: trace(randomise(SharedGate(torch.erf)), 32),
    "gate_and_sorted": lambda: trace(randomise(SharedGate(lambda gate: gate.sort(1).values)), 32),
    "gate_and_sums": lambda: trace(randomise(SharedGate(lambda gate: gate.cumsum(1) / 24)), 32),
    "branches": lambda: script(randomise(Branches())),
    "normalising": lambda: trace(randomise(Normalising()), 32),
    "centring": lambda: trace(randomise(Centring()), 32),
    "flatten": lambda: trace(nn.Flatten(), 32),
    "attentions": lambda: trace(randomise(Attentions()), 32),
    "channels": lambda: script(randomise(Channels())),
    "tuple": lambda: small(lambda y: (y[:, :4] * 2, y)),
    "nested": lambda: small(lambda y: ((y[:, :4] * 2, y), y)),
    "dict": lambda: script(randomise(Dictionary())),
    "named": lambda: script(randomise(NamedPair())),
    "list": lambda: script(randomise(Listing())),
    "bf16_output": lambda: small(lambda y: y.bfloat16()),
    "f16_output": lambda: small(lambda y: y.half()),
    "f64_output": lambda: small(lambda y: y.double() / 3),
    "int_output": lambda: small(lambda y: (y * 100).long()),
    "bool_output": lambda: small(lambda y: y > 0),
    "complex_output": lambda: small(lambda y: torch.complex(y, y)),
    "scalar_output": lambda: small(lambda y: y.sum()),
    "empty_output": lambda: small(lambda y: y[:, :0]),
    "scaling": lambda: small(lambda y: (y * torch.linspace(0.5, 1, 10).view(1, 1, 10)).mean(0)),
    "rank3_output": lambda: small(lambda y: y.unsqueeze(2)),
    "flat_output": lambda: small(lambda y: y.sum(1)),
    "raising": lambda: script(Raising().eval()),
    "greedy": lambda: script(Greedy().eval()),
    "on_gpu": lambda: script(randomise(OnGpu())),
    "quantised": quantised,
    "training": training,
    "traced_in_training": traced_in_training,
    "missing_operator": missing_operator,
    "own_operator": own_operator,
    "frozen": lambda: torch.jit.freeze(script(randomise(SmallNet()))),
}


@functools.cache
def cache_folder() -> Path:
    """Return where the archives are kept: $PTRUN_TEST_CACHE, else a folder that goes with this process."""
    named = os.environ.get("PTRUN_TEST_CACHE")
    if named:
        return Path(named)
    holder = tempfile.TemporaryDirectory(prefix="ptrun-models-")
    cache_folder.holder = holder  # type: ignore[attr-defined]
    return Path(holder.name)


def model_file(name: str) -> Path:
    """Return the archive of that name, made where it is not there yet."""
    path = cache_folder() / f"{name}.pt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(sum(name.encode()))
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tracing and TorchScript itself are announced as deprecated
            model = MODELS[name]()
        part = path.with_name(f"{path.name}.{os.getpid()}")
        model.save(str(part))
        part.rename(path)
    return path


def example_input(name: str, batch: int = 1, channels: int = 3) -> Tensor:
    """Return a batch of reproducible noise that the model takes."""
    generator = torch.Generator().manual_seed(batch)
    size = size_of(name)
    return torch.rand(batch, channels, size, size, generator=generator)
