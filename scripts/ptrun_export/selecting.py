"""Models that return several things: the one that holds the logits."""

from typing import Final

from torch import Tensor, nn


class SelectIndex(nn.Module):
    """Element `index` of what `model` returns, a tuple or list."""

    index: Final[int]

    def __init__(self, model: nn.Module, index: int) -> None:
        super().__init__()
        self.model = model
        self.index = index
        self.training = model.training

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the logits of a batch."""
        logits: Tensor = self.model(pixels)[self.index]
        return logits


class SelectKey(nn.Module):
    """Entry `key` of what `model` returns, a dict."""

    def __init__(self, model: nn.Module, key: str) -> None:
        super().__init__()
        self.model = model
        self.key = key
        self.training = model.training

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the logits of a batch."""
        logits: Tensor = self.model(pixels)[self.key]
        return logits


def select(module: nn.Module, what: str | None) -> nn.Module:
    """Return a module that gives only the logits; `what` is an index, a key or None (all of it)."""
    if what is None:
        return module
    return SelectIndex(module, int(what)) if what.isdigit() else SelectKey(module, what)
