"""Smaller arithmetic: half precision and int8, each still a module from float32 images to float32 logits."""

import copy
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from .errors import ExportError, first_line

Quantization = Literal["dynamic", "static"]
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class BFloat16(nn.Module):
    """`model` with its weights and arithmetic in bfloat16."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model.bfloat16()
        self.training = model.training

    def forward(self, pixels: Tensor) -> Tensor:
        """Return float32 logits of float32 pixels."""
        logits: Tensor = self.model(pixels.bfloat16()).float()
        return logits


class Float16(nn.Module):
    """`model` with its weights and arithmetic in float16."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model.half()
        self.training = model.training

    def forward(self, pixels: Tensor) -> Tensor:
        """Return float32 logits of float32 pixels."""
        logits: Tensor = self.model(pixels.half()).float()
        return logits


def with_dtype(module: nn.Module, dtype: str) -> nn.Module:
    """Return the module computing in `dtype`."""
    if dtype == "fp32":
        return module
    return (BFloat16 if dtype == "bf16" else Float16)(copy.deepcopy(module))


def quantized(module: nn.Module, kind: Quantization, samples: Sequence[Tensor]) -> nn.Module:
    """Return the module with int8 weights: of linear layers, or of all after calibration on the samples."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch announces the successor of this API at every call
        try:
            result = _dynamic(module) if kind == "dynamic" else _static(module, samples)
            return result.train(module.training)  # quantized parts are born in training mode
        except ImportError as error:
            raise ExportError(
                f"--quantize {kind}: this PyTorch offers it no longer ({first_line(error)})"
            ) from error
        except Exception as error:  # torch.fx raises many kinds where it cannot follow the code
            raise ExportError(
                f"--quantize {kind}: PyTorch cannot quantize this model: {first_line(error)}",
                "--quantize dynamic asks less of a model than static" if kind == "static" else None,
            ) from error


def _dynamic(module: nn.Module) -> nn.Module:
    from torch.ao.quantization import quantize_dynamic

    result: nn.Module = quantize_dynamic(copy.deepcopy(module), {nn.Linear}, dtype=torch.qint8)
    return result


def _static(module: nn.Module, samples: Sequence[Tensor]) -> nn.Module:
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    mapping: Any = get_default_qconfig_mapping(torch.backends.quantized.engine)
    prepared = prepare_fx(copy.deepcopy(module), mapping, (samples[0],))
    with torch.no_grad():
        for sample in samples:
            prepared(sample)
    result: nn.Module = convert_fx(prepared)
    return result
