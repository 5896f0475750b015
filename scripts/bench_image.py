#!/usr/bin/env python3
"""One image as a process: `ptrun classify` against Python doing the same (PyTorch, Pillow, the same archive).

usage: .venv/bin/python scripts/bench_image.py [--runs N]

Both start, load the archive, decode and prepare one photograph, run one forward, print the best classes and
end. They run in turn; the top-1 is compared first; medians and their ratio are printed. Nothing is kept.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

PYTHON_SIDE = f"""
import sys
import numpy, torch
from PIL import Image
torch.set_num_threads(int(sys.argv[3]))
model = torch.jit.load(sys.argv[1]).eval()
image = Image.open(sys.argv[2]).convert("RGB")
width, height = image.size
size = (256, 256 * height // width) if width < height else (256 * width // height, 256)
image = image.resize(size, Image.Resampling.BILINEAR)
left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
image = image.crop((left, top, left + 224, top + 224))
x = torch.from_numpy(numpy.array(image)).permute(2, 0, 1).contiguous().float().div(255)
x = x.sub(torch.tensor({MEAN}).view(3, 1, 1)).div(torch.tensor({STD}).view(3, 1, 1))
with torch.inference_mode():
    scores, indices = model(x[None])[0].softmax(0).topk(5)
print(indices.tolist(), scores.tolist())
"""


def make_model(path: Path) -> None:
    """Save torchvision's ResNet-18 with random weights, traced."""
    import torch
    from ptrun_export import vision

    if not vision.make_importable():
        sys.exit("torchvision is not installed: scripts/setup.sh installs it")
    from torchvision.models import resnet18

    torch.manual_seed(1)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(resnet18().eval(), torch.zeros(1, 3, 224, 224)), str(path))


def make_photo(path: Path) -> None:
    """Save a real photograph (scikit-learn's china.jpg) as a 500 x 375 JPEG."""
    from PIL import Image
    from sklearn.datasets import load_sample_image

    Image.fromarray(load_sample_image("china.jpg")).resize((500, 375)).save(path, quality=90)


def timed(command: list[str]) -> tuple[float, str]:
    """Run the command; return its wall time in seconds and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, done.stdout


def main() -> None:
    """Run both sides in turn and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9, help="counted runs of each side")
    parser.add_argument("--ptrun", default=str(ROOT / "build" / "ptrun"), help="the program")
    parser.add_argument("--threads", default="2", help="threads of the forward, both sides")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model, photo = Path(folder, "resnet18.pt"), Path(folder, "photo.jpg")
        make_model(model)
        make_photo(photo)
        common = ["--preset", "imagenet", "--threads", options.threads]
        ours = [options.ptrun, "classify", str(model), str(photo), *common]
        theirs = [sys.executable, "-c", PYTHON_SIDE, str(model), str(photo), options.threads]
        top = json.loads(timed(ours)[1])["top"][0]["index"]
        if f"[{top}," not in timed(theirs)[1]:
            sys.exit("the two sides answer differently")
        pairs = [(timed(ours)[0], timed(theirs)[0]) for _ in range(options.runs)]
    ptrun, python = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"one image, ResNet-18 size, {options.threads} threads, {options.runs} runs in turn, medians")
    print(f"ptrun   {ptrun * 1000:7.0f} ms")
    print(f"Python  {python * 1000:7.0f} ms")
    print(f"ratio   {ratio:7.3f}")


if __name__ == "__main__":
    main()
