"""What an archive says about itself, read without loading it, against the module that torch loads."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from model_probe import Probe
from torch import Tensor, nn

from models import allow_torchvision


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with Probe() as running:
        yield running


class Everything(nn.Module):
    """Parameters, buffers, lists, shared weights, nested containers, empty tensors, many dtypes."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), nn.Linear(4, 10, bias=False)]
        )
        self.shared = self.layers[1]
        self.tied = nn.Linear(4, 10)
        self.tied.weight = self.shared.weight  # type: ignore[assignment]
        lists = [torch.ones(2), torch.zeros(1, 0, 3)]
        self.scales = torch.jit.Attribute(lists, list[Tensor])
        for i, dtype in enumerate([torch.float64, torch.bfloat16, torch.int8, torch.uint8, torch.bool]):
            self.register_buffer(f"b{i}", torch.zeros(i + 1, 2, dtype=dtype))
        self.register_buffer("complex", torch.zeros(3, dtype=torch.complex64))
        self.register_buffer("lost", torch.zeros(3), persistent=False)
        self.free = nn.Parameter(torch.zeros(()), requires_grad=False)

    def forward(self, x: Tensor, k: int = 3) -> tuple[Tensor, Tensor]:
        """Return two things."""
        y = x
        for layer in self.layers:
            y = y + layer.training * k
        return y + self.scales[0].sum(), self.tied(torch.ones(4)) + self.free


def everything() -> Any:
    return torch.jit.script(Everything().eval())


def training() -> Any:
    return torch.jit.trace(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Dropout()), torch.rand(1, 3, 8, 8))


def frozen() -> Any:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    return torch.jit.freeze(torch.jit.script(net))


def quantised() -> Any:
    """Statically quantised int8: weights are packed into objects of C++ classes."""
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10)).eval()
    x = torch.rand((2, 3, 8, 8), generator=torch.Generator().manual_seed(0))
    prepared = prepare_fx(net, get_default_qconfig_mapping("x86"), (x,))
    prepared(x)
    return torch.jit.trace(convert_fx(prepared), x)


def resnet() -> Any:
    allow_torchvision()
    from torchvision.models import resnet18

    return torch.jit.trace(resnet18().eval(), torch.rand(1, 3, 64, 64))


def vit() -> Any:
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    config.image_size = 32
    model = ViTForImageClassification(config).eval()
    return torch.jit.trace(model, torch.rand(1, 3, 32, 32), strict=False)


MAKERS: dict[str, Callable[[], Any]] = {
    "everything": everything,
    "training": training,
    "frozen": frozen,
    "quantised": quantised,
    "resnet": resnet,
    "vit": vit,
}


@pytest.fixture(scope="module", params=MAKERS)
def case(
    request: pytest.FixtureRequest, probe: Probe, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Any, dict[str, Any]]:
    """Return the name, the module as torch loads it and the facts of the file."""
    path = tmp_path_factory.mktemp("facts") / f"{request.param}.pt"
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(MAKERS[request.param](), path)
        module = torch.jit.load(path)
    answer = probe.open(path)
    assert answer["check"] == answer["facts"] == {"status": "ok", "detail": ""}
    return request.param, module, answer


def described(named: Any) -> dict[str, tuple[str, list[int]]]:
    return {name: (str(t.dtype).removeprefix("torch."), list(t.shape)) for name, t in named}


def tensors(answer: dict[str, Any], role: str) -> dict[str, tuple[str, list[int]]]:
    return {t["name"]: (t["dtype"], t["shape"]) for t in answer["tensors"] if t["role"] == role}


def test_parameters_and_buffers(case: tuple[str, Any, dict[str, Any]]) -> None:
    _, module, answer = case
    assert tensors(answer, "parameter") == described(module.named_parameters())
    assert tensors(answer, "buffer") == described(module.named_buffers())
    assert {t["device"] for t in answer["tensors"]} == {"cpu"}


def test_totals(case: tuple[str, Any, dict[str, Any]]) -> None:
    _, module, answer = case
    for role, listed in (("parameter", module.parameters()), ("buffer", module.buffers())):
        expected: dict[str, list[int]] = {}
        for t in listed:
            total = expected.setdefault(str(t.dtype).removeprefix("torch."), [0, 0, 0])
            total[0] += 1
            total[1] += t.numel()
            total[2] += t.numel() * t.element_size()
        assert {dtype: rest for r, dtype, *rest in answer["totals"] if r == role} == expected


def test_class_and_mode(case: tuple[str, Any, dict[str, Any]]) -> None:
    name, module, answer = case
    assert answer["class"] == module.original_name
    assert answer["training"] == (name == "training")
    assert answer["format"] == torch._C._get_max_operator_version() or answer["format"] >= 3
    assert not answer["mobile"]


def test_signature(case: tuple[str, Any, dict[str, Any]]) -> None:
    name, _, answer = case
    expected = {
        "everything": "(self, x: Tensor, k: int=3) -> Tuple[Tensor, Tensor]",
        "vit": "(self, pixel_values: Tensor) -> Dict[str, Tensor]",
    }
    if name in expected:
        assert answer["signature"] == expected[name]
    else:
        assert answer["signature"].startswith("(self, ")
        assert answer["signature"].endswith(": Tensor) -> Tensor")


def test_weights_of_frozen_and_quantised_models(case: tuple[str, Any, dict[str, Any]]) -> None:
    name, _, answer = case
    if name == "frozen":
        shapes = [shape for _, shape in tensors(answer, "constant").values()]
        assert [4, 3, 3, 3] in shapes
    if name == "quantised":
        packed = tensors(answer, "attribute") | tensors(answer, "constant")
        assert ("qint8", [8, 3, 3, 3]) in packed.values()
        assert ("qint8", [10, 288]) in packed.values()
