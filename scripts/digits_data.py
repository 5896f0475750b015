"""The data behind the bundled model: handwritten digits, split once and for all, and pictures of them.

scikit-learn's `load_digits` is the test part of UCI's "Optical Recognition of Handwritten Digits"
(E. Alpaydin, C. Kaynak, CC BY 4.0): 1,797 scans of 8x8 counts of inked dots, 0 (paper) to 16 (ink).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

LABELS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
FULL_INK = 16


@dataclass(frozen=True)
class Digits:
    """Scans, uint8 (N, 8, 8), 0 (paper) to 16 (ink), and what they show, int64 (N,), 0 to 9."""

    scans: npt.NDArray[np.uint8]
    classes: npt.NDArray[np.int64]


def load_split() -> tuple[Digits, Digits]:
    """Return the training part and the test part, a quarter of every class, always the same."""
    data = load_digits()
    train, test = train_test_split(
        np.arange(len(data.target)), test_size=0.25, random_state=0, stratify=data.target
    )
    scans, classes = data.images.astype(np.uint8), data.target.astype(np.int64)
    return Digits(scans[train], classes[train]), Digits(scans[test], classes[test])


def draw(
    scan: npt.NDArray[np.uint8],
    width: int,
    height: int,
    *,
    ink: tuple[int, int, int] = (0, 0, 0),
    paper: tuple[int, int, int] = (255, 255, 255),
    margin: float = 0.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Image.Image:
    """Return the scan as an RGB picture: ink on paper, smoothly enlarged.

    `margin` is the share of each side that stays paper; `noise` the standard deviation, in grey levels,
    of the grain of the paper.
    """
    inner = (max(round(width * (1 - 2 * margin)), 1), max(round(height * (1 - 2 * margin)), 1))
    strokes = Image.fromarray(np.round(scan * (255 / FULL_INK)).astype(np.uint8))
    coverage = Image.new("L", (width, height), 0)
    coverage.paste(
        strokes.resize(inner, Image.Resampling.BICUBIC), ((width - inner[0]) // 2, (height - inner[1]) // 2)
    )
    share = np.asarray(coverage, np.float64)[:, :, None] / 255
    picture = share * ink + (1 - share) * paper
    picture += np.random.default_rng(seed).normal(0, noise, (height, width, 1))
    return Image.fromarray(np.round(picture).clip(0, 255).astype(np.uint8))
