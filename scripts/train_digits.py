#!/usr/bin/env python3
"""Train the bundled model, a small CNN for handwritten digits, and write it to models/digits/digits.pt.

    .venv/bin/python scripts/train_digits.py             train and write (about a minute on two cores)
    .venv/bin/python scripts/train_digits.py --evaluate  accuracy of the file on the test split

The test split and the samples drawn from it take no part in training, and nothing is chosen by looking at
them: a fixed number of epochs, then the last weights. One thread and fixed seeds, so it repeats.
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from digits_data import FULL_INK, LABELS, Digits, draw, load_split
from make_digits import SAMPLES
from ptrun_export import archive, goldens, reference
from ptrun_export.recipe import Recipe, make_recipe
from torch import Tensor, nn

MODEL = Path(__file__).resolve().parent.parent / "models" / "digits" / "digits.pt"
SIDE = 32  # pixels of the model's input
MEAN, STD = 0.5, 0.25
EPOCHS, BATCH = 60, 64


class DigitNet(nn.Module):
    """Grey pictures, float32 (N, 1, 32, 32), normalised, to logits, float32 (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *self._block(1, 16),
            *self._block(16, 32),
            nn.MaxPool2d(2),
            *self._block(32, 48),
            nn.MaxPool2d(2),
            *self._block(48, 64),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 4 * 4, len(LABELS)))

    @staticmethod
    def _block(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of a batch."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


def recipe() -> Recipe:
    """Return how a picture becomes this model's input."""
    return make_recipe(
        [
            {"op": "resize", "size": [SIDE, SIDE], "filter": "bilinear"},
            {"op": "scale", "divide": 255},
            {"op": "normalize", "mean": [MEAN], "std": [STD]},
        ],
        color="gray",
        labels=LABELS,
    )


def enlarged(digits: Digits) -> Tensor:
    """Return the scans as ink coverage 0 to 1, float32 (2, N, 1, 32, 32): smooth and blocky enlargements."""
    scans = torch.from_numpy(digits.scans).float().unsqueeze(1) / FULL_INK
    smooth = F.interpolate(scans, size=(SIDE, SIDE), mode="bicubic").clamp(0, 1)
    return torch.stack([smooth, F.interpolate(scans, size=(SIDE, SIDE), mode="nearest")])


def augmented(coverage: Tensor) -> Tensor:
    """Return model inputs (N, 1, 32, 32) as scanners and cameras might give them.

    Moved, turned, scaled, slanted; any dark ink on any light paper (one in five the other way round); uneven
    light; blur; grain.
    """
    n = len(coverage)
    picture = F.grid_sample(
        coverage,
        F.affine_grid(_placements(n), list(coverage.shape), align_corners=False),
        align_corners=False,
    )
    paper = torch.empty(n, 1, 1, 1).uniform_(0.55, 1.0)
    ink = paper - torch.empty(n, 1, 1, 1).uniform_(0.35, 1.0) * paper
    flip = torch.rand(n, 1, 1, 1) < 0.2
    paper, ink = torch.where(flip, ink, paper), torch.where(flip, paper, ink)
    picture = paper + picture * (ink - paper)
    ramp = torch.linspace(-0.5, 0.5, SIDE)
    light = torch.randn(n, 2, 1, 1) * 0.08
    picture = picture + light[:, :1] * ramp.view(1, 1, 1, -1) + light[:, 1:] * ramp.view(1, 1, -1, 1)
    blurred = F.avg_pool2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    picture = torch.where(torch.rand(n, 1, 1, 1) < 0.3, blurred, picture)
    picture = picture + torch.randn_like(picture) * torch.empty(n, 1, 1, 1).uniform_(0, 0.06)
    return (picture.clamp(0, 1) - MEAN) / STD


def _placements(n: int) -> Tensor:
    """Return random affine maps, float32 (n, 2, 3), from output to input positions in [-1, 1]."""
    turn = torch.empty(n).uniform_(-0.21, 0.21)  # radians: 12 degrees either way
    slant = torch.empty(n).uniform_(-0.15, 0.15)
    scale = torch.empty(n, 2).uniform_(0.85, 1.4)  # above 1: the digit is smaller than the picture
    maps = torch.zeros(n, 2, 3)
    maps[:, 0, 0], maps[:, 0, 1] = scale[:, 0] * turn.cos(), scale[:, 0] * (slant - turn.sin())
    maps[:, 1, 0], maps[:, 1, 1] = scale[:, 1] * turn.sin(), scale[:, 1] * turn.cos()
    maps[:, :, 2] = torch.empty(n, 2).uniform_(-0.12, 0.12)
    return maps


def train(digits: Digits) -> DigitNet:
    """Return the trained network, in eval mode."""
    coverage, classes = enlarged(digits), torch.from_numpy(digits.classes)
    n = len(classes)
    net = DigitNet().train()
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=1e-2)
    steps = -(-n // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=5e-3, epochs=EPOCHS, steps_per_epoch=steps
    )
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in torch.randperm(n).split(BATCH):
            smooth_or_blocky = (torch.rand(len(batch)) < 0.15).long()
            logits = net(augmented(coverage[smooth_or_blocky, batch]))
            loss = F.cross_entropy(logits, classes[batch], label_smoothing=0.02)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1}/{EPOCHS}: loss {total / n:.4f}", file=sys.stderr)
    return net.eval()


def write(net: DigitNet, path: Path) -> None:
    """Write the network as TorchScript, with its recipe, its origin and goldens of the sample pictures."""
    described = recipe()
    described["origin"] = {
        "source": "scripts/train_digits.py",
        "data": "Optical Recognition of Handwritten Digits (UCI, CC BY 4.0), from scikit-learn's load_digits",
        "torch": torch.__version__,
    }
    described["goldens"], files = goldens.record(sorted(SAMPLES.iterdir()), described, net)
    path.parent.mkdir(parents=True, exist_ok=True)
    traced = torch.jit.trace(net, torch.zeros(2, 1, SIDE, SIDE))
    archive.save(path, traced, {archive.RECIPE: archive.dump_json(described), **files})


def evaluate(path: Path, digits: Digits) -> tuple[int, int]:
    """Return how many of the scans, drawn as 64x64 PNGs, the model file names rightly, and of how many."""
    model = torch.jit.load(path).eval()
    right = 0
    with torch.inference_mode():
        for scan, truth in zip(digits.scans, digits.classes, strict=True):
            png = io.BytesIO()
            draw(scan, 64, 64).save(png, "PNG")
            logits = model(reference.tensor(png.getvalue(), recipe()))
            right += int(logits.argmax().item() == truth)
    return right, len(digits.classes)


def main() -> None:
    """Train, write and evaluate, or only evaluate."""
    parser = argparse.ArgumentParser(description="Train the bundled model.")
    parser.add_argument("--evaluate", action="store_true", help="only evaluate the file that is there")
    parser.add_argument("-o", "--output", type=Path, default=MODEL, help="the model file")
    options = parser.parse_args()
    torch.manual_seed(0)
    np.random.seed(0)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    training, test = load_split()
    if not options.evaluate:
        write(train(training), options.output)
    right, of = evaluate(options.output, test)
    print(f"test split: {right} of {of} right ({100 * right / of:.2f} %)")


if __name__ == "__main__":
    main()
