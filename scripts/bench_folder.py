#!/usr/bin/env python3
"""A folder of photographs: `ptrun classify` against a Python `DataLoader` over the same files and archive.

usage: .venv/bin/python scripts/bench_folder.py [--rounds N] [--photos N] [--model NAME]

400 photographs (500 x 375 JPEGs, cut by a fixed seed from those that scikit-image and scikit-learn bring) and
two models: the bundled one, and a traced ResNet-18 with random weights. Python runs the same archive as it
was saved, with the same batch size, Pillow and PyTorch, and 0, 1 and 2 workers; its best setting counts. All
of them take turns.

Printed for each model, as medians:

  whole      images per second of the whole process, from its start to its end
  steady     images per second once everything runs: what several times as many photographs take longer
  bound      steady rate of `ptrun` against processors / (seconds of processor time that one image costs for
             preparing alone and for the forward alone on one thread, both measured in the same rounds)

Nothing is kept. On a machine that does other work, the figures are not worth much.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench_image import make_model

ROOT = Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "models" / "digits" / "digits.pt"
BATCH = 8  # what `ptrun` plans
WIDTH, HEIGHT = 500, 375

PYTHON_SIDE = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import torch
from ptrun_export import reference
model_path, recipe_path, list_path, workers, batch = *sys.argv[2:5], int(sys.argv[5]), int(sys.argv[6])
recipe = json.load(open(recipe_path))

class Photographs(torch.utils.data.Dataset):
    def __init__(self, names):
        self.names = names
    def __len__(self):
        return len(self.names)
    def __getitem__(self, index):
        return reference.tensor(self.names[index], recipe)[0]

names = open(list_path).read().split()
model = torch.jit.load(model_path).eval()
loader = torch.utils.data.DataLoader(Photographs(names), batch, num_workers=workers)
with torch.inference_mode():
    for images in loader:
        scores, classes = model(images).softmax(1).topk(5)
"""


def processor_seconds(command: list[str]) -> tuple[float, str]:
    """Run a command; return the processor time that it took, and its messages."""
    before = os.times()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, done.stderr


@dataclass
class Bench:
    """A model with its recipe, and what runs need."""

    name: str
    model: Path
    recipe: Path
    once: Path  # the list of photographs
    photos: int
    times: int  # how often the long runs go over it
    program: str
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def ours(self, names: Path, *more: str, command: str = "classify", form: str = "null") -> list[str]:
        """Return the command line of `ptrun`, which runs the archive as it was saved, like Python."""
        words = [command, str(self.model), "--recipe", str(self.recipe), "--files-from", str(names)]
        return [self.program, *words, "--optimize", "saved", "--format", form, *more]

    def theirs(self, names: Path, workers: int) -> list[str]:
        """Return the command line of Python."""
        words = [
            str(ROOT / "scripts"),
            str(self.model),
            str(self.recipe),
            str(names),
            str(workers),
            str(BATCH),
        ]
        return [sys.executable, "-c", PYTHON_SIDE, *words]

    def measure(self, key: str, command: list[str]) -> None:
        """Run a command and keep its wall time."""
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        self.seconds.setdefault(key, []).append(time.perf_counter() - begun)

    @property
    def often(self) -> Path:
        """The list of photographs, several times."""
        path = self.once.with_name(f"{self.name}-often")
        path.write_text(self.once.read_text() * self.times)
        return path

    @property
    def more(self) -> int:
        """How many images a long run has more than a short one."""
        return self.photos * (self.times - 1)

    def take_turns(self, rounds: int) -> None:
        """Run both sides, short and long, and what each image costs alone."""
        for number in range(rounds):
            print(f"{self.name}: round {number + 1} of {rounds}", file=sys.stderr)
            for run, names in (("short", self.once), ("long", self.often)):
                self.measure(f"ptrun {run}", self.ours(names))
                for workers in (0, 1, 2):
                    self.measure(f"python {workers} {run}", self.theirs(names, workers))
            self.seconds.setdefault("preparing", []).append(self.cost_of_preparing())
            self.seconds.setdefault("forward", []).append(self.cost_of_forward())

    def cost_of_preparing(self) -> float:
        """Return processor seconds for one image up to its tensor: the fake engine, less its forwards."""
        words = ("--engine", "fake", "--optimize", "off", "--jobs", "1", "-v")
        (short, _), (long, said) = (
            processor_seconds(self.ours(names, *words)) for names in (self.once, self.often)
        )
        engine = float(re.findall(r"forward ([0-9.]+)", said)[-1]) / 1000
        return (long - short) / self.more - engine

    def cost_of_forward(self) -> float:
        """Return seconds of processor time for one image's forward, alone, in batches, on one thread."""
        words = ("--measure", "forward", "--batch", str(BATCH), "--threads", "1", "--duration", "3")
        bench = self.ours(self.once, *words, command="bench", form="json")
        done = subprocess.run(bench, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)["configurations"][0]["stages"]["forward"]
        return float(found["median"]) / 1000 / BATCH

    def whole(self, side: str) -> float:
        """Return images per second of the whole process."""
        return self.photos / statistics.median(self.seconds[f"{side} short"])

    def steady(self, side: str) -> float:
        """Return images per second of what a long run has more than a short one."""
        pairs = zip(self.seconds[f"{side} short"], self.seconds[f"{side} long"], strict=True)
        return self.more / statistics.median(long - short for short, long in pairs)


def make_photographs(folder: Path, count: int) -> list[Path]:
    """Cut photographs out of those that come with scikit-image and scikit-learn."""
    import numpy as np
    import skimage
    from PIL import Image
    from sklearn.datasets import load_sample_image

    data = Path(skimage.__file__).parent / "data"
    sources = [Image.fromarray(load_sample_image(name)) for name in ("china.jpg", "flower.jpg")]
    names = [
        "astronaut.png",
        "chelsea.png",
        "coffee.png",
        "rocket.jpg",
        "hubble_deep_field.jpg",
        "motorcycle_left.png",
    ]
    sources += [Image.open(data / name).convert("RGB") for name in names]
    random = np.random.default_rng(1)
    paths = []
    for number in range(count):
        image = sources[number % len(sources)]
        width = min(image.width, image.height * WIDTH / HEIGHT) * random.uniform(0.5, 1)
        height = width * HEIGHT / WIDTH
        left, top = random.uniform(0, image.width - width), random.uniform(0, image.height - height)
        cut = image.resize(
            (WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=(left, top, left + width, top + height)
        )
        if random.random() < 0.5:
            cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        paths.append(folder / f"{number:05}.jpg")
        cut.save(paths[-1], quality=int(random.integers(80, 95)))
    return paths


def report(bench: Bench) -> None:
    """Print the figures of one model."""
    pythons = [f"python {workers}" for workers in (0, 1, 2)]
    preparing, forward = (statistics.median(bench.seconds[part]) for part in ("preparing", "forward"))
    processors = len(os.sched_getaffinity(0))
    bound = processors / (preparing + forward)
    print(f"{bench.name}: {bench.photos} photographs, {processors} processors, batches of {BATCH}")
    print("  images/s      whole   steady")
    for side in ("ptrun", *pythons):
        print(f"  {side:10} {bench.whole(side):8.1f} {bench.steady(side):8.1f}")
    whole, steady = max(pythons, key=bench.whole), max(pythons, key=bench.steady)
    print(f"  ratio      {bench.whole('ptrun') / bench.whole(whole):8.2f}", end="")
    print(f" {bench.steady('ptrun') / bench.steady(steady):8.2f}   against {whole}, {steady}")
    print(f"  alone: {preparing * 1000:.2f} ms preparing, {forward * 1000:.2f} ms forward of processor time")
    print(f"  bound: {bound:.1f} images/s, of which {bench.steady('ptrun') / bound:.2f} is reached")


def recipe_of(program: str, *words: str) -> str:
    """Return the recipe that `ptrun` would use."""
    command = [program, "classify", *words, "--print-recipe"]
    printed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return json.dumps(printed["recipe"])


def main() -> None:
    """Make the files, run both sides in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="counted runs of each setting")
    parser.add_argument("--photos", type=int, default=400, help="photographs in the folder")
    parser.add_argument("--ptrun", default=str(ROOT / "build" / "ptrun"), help="the program")
    parser.add_argument("--model", choices=["bundled", "resnet18"], help="only this one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        photos = make_photographs(folder, options.photos)
        once = folder / "once"
        once.write_text("".join(f"{path}\n" for path in photos))
        resnet18 = folder / "resnet18.pt"
        make_model(resnet18)
        for name, model, words, times in (
            ("bundled", BUNDLED, [], 10),
            ("resnet18", resnet18, ["--preset", "imagenet"], 2),
        ):
            if options.model in (None, name):
                recipe = folder / f"{name}.json"
                recipe.write_text(recipe_of(options.ptrun, str(model), *words))
                bench = Bench(name, model, recipe, once, options.photos, times, options.ptrun)
                bench.take_turns(options.rounds)
                report(bench)


if __name__ == "__main__":
    main()
