"""The models: torchvision's, with random weights of a fixed seed whose logits tell photographs apart.

A fresh network is no stand-in for a trained one: its statistics are zeros and ones, whole branches are
switched off (layer scale, the head of vision transformers), and every photograph gets the same class. So
small parameters get values of their own, statistics come from photographs, and the head is scaled and
centred so that the logits of photographs spread as a trained network's do.
"""

import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from ptrun_export import archive, precision, tracing, vision
from ptrun_export.recipe import imagenet
from torch import Tensor, nn

from .environment import variables
from .photographs import tensors

MODELS = ("resnet18", "resnet50", "mobilenet_v3_large", "convnext_tiny", "vit_b_16")
QUANTISED = "resnet50-int8"
SEEN = 16  # photographs that statistics and heads are made from
SPREAD = 2.0  # standard deviation of the logits over photographs
BRANCH = 0.25  # weight of a residual branch
SHAPE = (3, 224, 224)


def architecture(name: str) -> nn.Module:
    """Return torchvision's model of that name with fresh weights, in evaluation mode."""
    if not vision.make_importable():
        sys.exit("torchvision is not installed: scripts/setup.sh installs it")
    import torchvision

    module: nn.Module = torchvision.models.get_model(name)
    return module.eval()


def eager(folder: Path, name: str) -> nn.Module:
    """Return the model with the weights that were saved."""
    module = architecture(name)
    module.load_state_dict(torch.load(folder / f"{name}.weights", weights_only=True))
    return module


def make_all(python: Path, folder: Path, photographs: Sequence[Path], names: Sequence[str]) -> None:
    """Write what is missing, in the peers' environment, for ONNX files need its `onnx`."""
    words = ["-m", "ptrun_peers.zoo", str(folder), ",".join(names), *map(str, photographs)]
    if subprocess.run([str(python), *words], check=False, env=variables()).returncode != 0:
        sys.exit("peers: the models cannot be made")


def make(folder: Path, photographs: Tensor, names: Sequence[str]) -> None:
    """Write what is missing: weights, TorchScript archive, ONNX file of each model, and the int8 archive."""
    for name in (*names, *([QUANTISED] if "resnet50" in names else [])):
        missing = not (folder / f"{name}.pt").exists()
        if missing:
            print(f"peers: making {name}", file=sys.stderr, flush=True)
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")  # tracing, quantising and exporting are called deprecated
                (_make_quantised if name == QUANTISED else _make)(folder, name, photographs)


def _make(folder: Path, name: str, photographs: Tensor) -> None:
    torch.manual_seed(sum(name.encode()))
    module = enliven(architecture(name), photographs)
    torch.save(module.state_dict(), folder / f"{name}.weights")
    _save(folder, name, module, photographs)
    _save_onnx(folder, name, module, photographs)


def _save_onnx(folder: Path, name: str, module: nn.Module, photographs: Tensor) -> None:
    """Write the ONNX file: attention as plain operators, for ONNX has none for PyTorch's fused one."""
    torch.backends.mha.set_fastpath_enabled(False)
    torch.onnx.export(
        module,
        (photographs[:2],),
        str(folder / f"{name}.onnx"),
        dynamo=False,
        input_names=["images"],
        output_names=["logits"],
        dynamic_axes={"images": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=17,
    )
    torch.backends.mha.set_fastpath_enabled(True)


def _make_quantised(folder: Path, name: str, photographs: Tensor) -> None:
    plain = eager(folder, "resnet50")
    module = precision.quantized(plain, "static", photographs.split(1))
    _save(folder, name, module, photographs, plain=plain)


def _save(folder: Path, name: str, module: nn.Module, photographs: Tensor, **more: Any) -> None:
    """Trace as the project's exporter does, with its guards, and write the archive."""
    how = tracing.Conversion(SHAPE, samples=photographs.split(1), say=lambda _: None, method="trace", **more)
    program, _ = tracing.convert(module, how)
    archive.save(folder / f"{name}.pt", program, {archive.RECIPE: archive.dump_json(imagenet())})


def enliven(module: nn.Module, photographs: Tensor) -> nn.Module:
    """Give the model weights and statistics that make its logits depend on the photograph."""
    for name, parameter in module.named_parameters():
        if name.endswith("layer_scale"):
            nn.init.uniform_(parameter, 0.2, 0.8)
        elif parameter.dim() < 2 and name.endswith("weight"):
            nn.init.uniform_(parameter, 0.6, 1.4)
        elif parameter.dim() < 2:
            nn.init.normal_(parameter, 0, 0.1)
    for part in module.modules():  # what residual blocks add is small beside what they add to
        last = _last_norm(part)
        if last is not None:
            last.weight.mul_(BRANCH)
    _measure_statistics(module, photographs)
    head = [part for part in module.modules() if isinstance(part, nn.Linear)][-1]
    nn.init.normal_(head.weight, 0, head.in_features**-0.5)
    nn.init.zeros_(head.bias)
    logits = module(photographs)
    scale = SPREAD / (logits - logits.mean(0)).std()
    head.weight.mul_(scale)
    head.bias.copy_(-logits.mean(0) * scale)
    return module


def _last_norm(part: Any) -> nn.BatchNorm2d | None:
    """Return the normalisation that ends a residual block of ResNet or MobileNet."""
    if getattr(part, "use_res_connect", False):
        norm: nn.BatchNorm2d = part.block[-1][1]
        return norm
    return getattr(part, "bn3", None) or getattr(part, "bn2", None)


def _measure_statistics(module: nn.Module, photographs: Tensor) -> None:
    """Take the statistics of every batch normalisation from the photographs."""
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    for norm in norms:
        norm.train()
        norm.momentum = 1.0
    module(photographs)
    for norm in norms:
        norm.eval()
        norm.momentum = 0.1


if __name__ == "__main__":
    make(Path(sys.argv[1]), tensors([Path(name) for name in sys.argv[3:]]), sys.argv[2].split(","))
