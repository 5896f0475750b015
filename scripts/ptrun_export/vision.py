"""torchvision whose compiled operators do not fit the installed PyTorch: its Python models and transforms do.

Importing such a torchvision fails where it describes operators that were never loaded; timm and transformers
import it too. Classifiers use none of these operators, so declaring them is enough.
"""

import importlib
import sys

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_declared: list[torch.library.Library] = []  # a declaration lasts as long as its library object


def make_importable() -> bool:
    """See to it that `import torchvision` works; return False where torchvision is not installed."""
    try:
        importlib.import_module("torchvision")
    except ModuleNotFoundError:
        return False
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for schema in _SCHEMAS:
            library.define(schema)
        _declared.append(library)
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        importlib.import_module("torchvision")
    return True
