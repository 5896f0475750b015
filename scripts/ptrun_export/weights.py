"""Weights from files: state dicts, training checkpoints, safetensors, whole pickled modules."""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .errors import ExportError, first_line

# Where training scripts and libraries put the weights in their checkpoints, most specific first.
CHECKPOINT_KEYS = ("state_dict", "model_state_dict", "model", "net", "module")
# What wrappers put before every name: DataParallel, torch.compile, Lightning and the like.
PREFIXES = ("module.", "_orig_mod.", "model.", "net.")


def load_file(path: Path, *, allow_pickle: bool) -> Any:
    """Return what a file of weights holds, on the CPU; code in it runs only with `allow_pickle`."""
    if not path.is_file():
        raise ExportError(f"{path}: no such file")
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file as load_safetensors

        return load_safetensors(path)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                raise ExportError(
                    f"{path}: this is TorchScript already", f"export_model.py annotate {path} …"
                )
    try:
        return torch.load(path, map_location="cpu", weights_only=not allow_pickle)
    except pickle.UnpicklingError as error:
        if allow_pickle:
            raise ExportError(f"{path}: cannot be unpickled: {first_line(error)}") from error
        raise ExportError(
            f"{path}: holds more than tensors: {first_line(error)}",
            "loading it runs the code that it names: give --allow-pickle if you trust where it comes from",
        ) from error
    except (AttributeError, ModuleNotFoundError) as error:
        raise ExportError(
            f"{path}: {first_line(error)}",
            "the Python file that defines the pickled class must be the one before the colon",
        ) from error
    except (RuntimeError, EOFError, OSError) as error:
        raise ExportError(f"{path}: cannot be read: {first_line(error)}") from error


def find_weights(content: Any, key: str | None = None) -> nn.Module | dict[str, torch.Tensor]:
    """Return the module or the state dict in what a file holds; `key` says where in a checkpoint."""
    if key is not None:
        if not isinstance(content, Mapping) or key not in content:
            known = ", ".join(map(str, content)) if isinstance(content, Mapping) else type(content).__name__
            raise ExportError(f"--checkpoint-key {key}: not in the file, which has: {known}")
        return find_weights(content[key])
    if isinstance(content, nn.Module):
        return content
    if isinstance(content, Mapping):
        if content and all(isinstance(value, torch.Tensor) for value in content.values()):
            return dict(content)
        for name in CHECKPOINT_KEYS:
            if isinstance(content.get(name), Mapping | nn.Module):
                return find_weights(content[name])
        raise ExportError(
            f"no weights found among the keys of the file: {', '.join(map(str, content))}",
            "say which one holds them: --checkpoint-key KEY",
        )
    raise ExportError(f"the file holds a {type(content).__name__}, neither weights nor a module")


def load_into(module: nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Load a state dict, with wrappers' prefixes taken off where that makes the names fit."""
    wanted = set(module.state_dict())
    stripped = _without_prefixes(weights, wanted)
    missing, unexpected = sorted(wanted - set(stripped)), sorted(set(stripped) - wanted)
    if missing or unexpected:
        names = "; ".join(_some("missing", missing) + _some("unexpected", unexpected))
        raise ExportError(
            f"the weights do not fit the module: {names}",
            "is it the factory that the weights were trained with, with the same arguments (--factory-arg)?",
        )
    try:
        module.load_state_dict(stripped)
    except RuntimeError as error:  # shapes: the first line only says that there were errors
        raise ExportError(
            "the weights do not fit the module: " + str(error).strip().splitlines()[-1].strip()
        ) from error


def _without_prefixes(weights: dict[str, torch.Tensor], wanted: set[str]) -> dict[str, torch.Tensor]:
    changed = True
    while changed and not set(weights) <= wanted:
        changed = False
        for prefix in PREFIXES:
            if weights and all(name.startswith(prefix) for name in weights):
                weights = {name.removeprefix(prefix): value for name, value in weights.items()}
                changed = True
    return weights


def _some(what: str, names: list[str]) -> list[str]:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return [f"{what} {', '.join(names[:3])}{more}"] if names else []
