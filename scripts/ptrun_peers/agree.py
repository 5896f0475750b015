"""Whether everybody answers alike: figures of sides that answer differently are not compared."""

from dataclasses import dataclass

import numpy as np

from .backends import Floats

LIMITS = {"fp32": 1e-5, "bf16": 0.15}  # of the largest logit
LEAST_TOP1 = {"fp32": 1.0, "bf16": 0.75}  # share of photographs; random weights decide closely


class DisagreementError(Exception):
    """A side answers differently from the reference."""


@dataclass(frozen=True)
class Agreement:
    """`error` is max|difference| / max|reference|; `top1` the share of images with the same best class."""

    error: float
    top1: float


def compare(reference: Floats, logits: Floats) -> Agreement:
    """Compare logits, (images, classes)."""
    if reference.shape != logits.shape:
        raise DisagreementError(f"logits of shape {logits.shape}, not {reference.shape}")
    error = float(np.abs(logits - reference).max() / np.abs(reference).max())
    return Agreement(error, float((logits.argmax(1) == reference.argmax(1)).mean()))


def check(side: str, precision: str, agreement: Agreement) -> None:
    """Raise DisagreementError where the answers are not the same within this precision."""
    if not (agreement.error <= LIMITS[precision] and agreement.top1 >= LEAST_TOP1[precision]):
        raise DisagreementError(
            f"{side}: logits differ by {agreement.error:.1e} of the largest, "
            f"top-1 equal for {agreement.top1:.0%}; {precision} allows {LIMITS[precision]:.0e} "
            f"and asks for {LEAST_TOP1[precision]:.0%}"
        )
