#!/usr/bin/env python3
"""Draw pictures from the test split of the handwritten digits, which the bundled model never saw.

scripts/make_digits.py samples [FOLDER]  the 20 sample pictures, of many kinds [models/digits/samples]
scripts/make_digits.py test FOLDER       the whole test split, one folder a class, 64x64 grey PNGs
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from digits_data import LABELS, Digits, draw, load_split
from PIL import Image

SAMPLES = Path(__file__).resolve().parent.parent / "models" / "digits" / "samples"

Rgb = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True)
class Look:
    """How a sample is drawn and written; sizes in pixels."""

    name: str  # follows the digit in the file's name
    width: int
    height: int
    mode: str = "RGB"  # Pillow's
    ink: Rgb = BLACK
    paper: Rgb = WHITE
    margin: float = 0.0
    noise: float = 0.0
    quality: int = 85  # JPEG
    progressive: bool = False
    subsampling: int = 2  # JPEG: 0 is 4:4:4, 1 is 4:2:2, 2 is 4:2:0


# Two a class, in the order of the classes: the first two scans of the class in the test split.
LOOKS = [
    Look("grey.png", 64, 64, "L"),
    Look("blue-ink.jpg", 240, 240, ink=(28, 40, 130), paper=(246, 240, 220), margin=0.06, noise=3),
    Look("grey.bmp", 64, 64, "L", ink=(30, 30, 30), paper=(240, 240, 240)),
    Look("progressive.jpg", 320, 320, paper=(235, 232, 225), noise=4, progressive=True),
    Look("palette.gif", 96, 96, "P", ink=(90, 20, 20), paper=(250, 245, 225)),
    Look("small.png", 32, 32, "L"),
    Look("grey.jpg", 200, 200, "L", paper=(230, 230, 230), noise=5),
    Look(
        "large-progressive.jpg",
        640,
        640,
        ink=(40, 40, 48),
        margin=0.08,
        noise=2,
        progressive=True,
        quality=75,
    ),
    Look("colour.bmp", 80, 80, ink=(20, 60, 40), paper=(238, 244, 236)),
    Look("alpha.png", 100, 100, "RGBA", ink=(60, 30, 90), paper=(252, 250, 240)),
    Look("palette.png", 96, 96, "P", ink=(0, 70, 110)),
    Look("full-colour.jpg", 300, 300, ink=(150, 30, 40), paper=(250, 246, 235), subsampling=0, noise=2),
    Look("grey-alpha.png", 64, 64, "LA", ink=(15, 15, 15)),
    Look("wide.jpg", 200, 160, ink=(30, 30, 35), paper=(228, 222, 205), subsampling=1, noise=4),
    Look("grey.gif", 72, 72, "L", paper=(245, 245, 245)),
    Look("noisy.png", 64, 64, "L", ink=(50, 50, 50), paper=(215, 215, 215), noise=12),
    Look("tall.png", 90, 120, ink=(25, 45, 120), paper=(248, 244, 228)),
    Look("low-quality.jpg", 160, 160, "L", paper=(240, 240, 240), quality=20),
    Look("white-on-black.png", 64, 64, "L", ink=WHITE, paper=BLACK),
    Look("large.jpg", 480, 480, "L", paper=(248, 248, 248), margin=0.05, noise=2),
]


def make_samples(test: Digits, folder: Path) -> None:
    """Write the sample pictures, named after what they show."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, look in enumerate(LOOKS):
        digit = number // 2
        scan = test.scans[np.flatnonzero(test.classes == digit)[number % 2]]
        picture = draw(
            scan,
            look.width,
            look.height,
            ink=look.ink,
            paper=look.paper,
            margin=look.margin,
            noise=look.noise,
            seed=number,
        )
        write(picture, look, folder / f"{digit}-{look.name}")


def write(picture: Image.Image, look: Look, path: Path) -> None:
    """Write an RGB picture in the mode and format of its look."""
    if look.mode == "P":
        picture = picture.quantize(16, dither=Image.Dither.NONE)
    elif look.mode != "RGB":
        picture = picture.convert(look.mode)
    if path.suffix == ".jpg":
        subsampling = -1 if look.mode == "L" else look.subsampling
        picture.save(path, quality=look.quality, progressive=look.progressive, subsampling=subsampling)
    else:
        picture.save(path, optimize=path.suffix == ".png")


def make_test_folder(test: Digits, folder: Path) -> None:
    """Write the test split as folder/LABEL/NUMBER.png; NUMBER is the place in the split."""
    for number, (scan, truth) in enumerate(zip(test.scans, test.classes, strict=True)):
        path = folder / LABELS[truth] / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(scan, 64, 64).convert("L").save(path)


def main() -> None:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(description="Draw pictures from the test split of the digits.")
    commands = parser.add_subparsers(dest="command", required=True)
    samples = commands.add_parser("samples", help="the 20 sample pictures")
    samples.add_argument("folder", type=Path, nargs="?", default=SAMPLES)
    test = commands.add_parser("test", help="the whole test split, one folder a class")
    test.add_argument("folder", type=Path)
    options = parser.parse_args()
    (make_samples if options.command == "samples" else make_test_folder)(load_split()[1], options.folder)


if __name__ == "__main__":
    main()
