#!/usr/bin/env python3
"""Record what Python makes of images, stage by stage, for `ptrun verify MODEL --against FILE`.

The model is run by Python: a TorchScript file, or the eager module that it was exported from. docs/verify.md
tells more.

    record_eager.py model.pt photos/ -o recorded.npz                 the program, run by torch.jit.load
    record_eager.py torchvision:resnet50 photos/ -o recorded.json    the module, before any export
    record_eager.py net.py:build --weights best.ckpt --recipe recipe.json photos/ -o recorded.npz
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from ptrun_export import archive, recording, samples, selecting, sources
from ptrun_export.errors import ExportError
from ptrun_export.recipe import Recipe, imagenet
from torch import nn


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; ends with exit status 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("model", help="a TorchScript file, or a source of export_model.py")
    parser.add_argument("images", type=Path, nargs="+", help="image files or folders")
    parser.add_argument("-o", "--output", type=Path, required=True, help=".npz: all arrays; .json: digests")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="recipe as JSON [the model's own]")
    parser.add_argument("--preset", choices=["imagenet"], help="torchvision's classic evaluation transform")
    parser.add_argument("--select", metavar="INDEX_OR_KEY", help="which part of the model's output")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="state_dict, checkpoint or safetensors")
    parser.add_argument("--limit", type=int, default=1000, metavar="N", help="at most N images [1000]")
    options = parser.parse_args(arguments)
    if options.output.suffix not in {".npz", ".json"}:
        parser.error("the output is an .npz or a .json")
    if options.recipe and options.preset:
        parser.error("--recipe and --preset exclude each other")
    return options


def load(options: argparse.Namespace) -> tuple[nn.Module, Recipe | None]:
    """Return the model and its own recipe. Raises ExportError."""
    path = Path(options.model)
    if path.is_file() and ":" not in options.model:
        extra = archive.read_extra(path)
        own: Recipe | None = json.loads(extra[archive.RECIPE]) if archive.RECIPE in extra else None
        return torch.jit.load(path, map_location="cpu").eval(), own
    source = sources.load(options.model, sources.Request(weights=options.weights))
    return source.module.eval(), source.recipe


def recipe_of(options: argparse.Namespace, own: Recipe | None) -> Recipe:
    """Return the recipe in force. Raises ExportError."""
    if options.recipe is not None:
        recipe: Recipe = json.loads(options.recipe.read_text())
        return recipe
    recipe_or_none = imagenet() if options.preset else own
    if recipe_or_none is None:
        raise ExportError("the model has no recipe", "give --recipe FILE or --preset NAME")
    return recipe_or_none


def main(arguments: Sequence[str]) -> int:
    """Record; return the exit status: 0 done, 1 refused or failed."""
    options = parse(arguments)
    try:
        model, own = load(options)
        recipe = recipe_of(options, own)
        images = samples.find(options.images, options.limit)
        recording.record(options.output, images, recipe, selecting.select(model, options.select))
    except ExportError as error:
        print(f"record_eager: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
        return 1
    print(f"record_eager: wrote {options.output}: {len(images)} images", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
