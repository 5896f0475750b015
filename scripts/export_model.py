#!/usr/bin/env python3
"""Write a PyTorch classifier as a TorchScript file that explains itself to ptrun.

The file carries its recipe (how an image becomes the input), its labels, where it came from, and goldens:
sample images with what Python made of them, which `ptrun verify` replays. docs/export.md tells more.

    export_model.py torchvision:resnet50 -o resnet50.pt
    export_model.py timm:efficientnet_b0 -o b0.pt --samples photos/
    export_model.py hf:microsoft/resnet-50 -o resnet.pt
    export_model.py net.py:build --weights best.ckpt --recipe recipe.json --labels names.txt -o net.pt
    export_model.py annotate old.pt --recipe recipe.json --labels names.txt -o new.pt
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from ptrun_export import archive, goldens, precision, reference, samples, selecting, sources, tracing
from ptrun_export.errors import ExportError
from ptrun_export.recipe import Recipe, fixed_size, imagenet
from torch import Tensor, nn

FREE_SIZE = 224  # pixels a side of the traced input where the recipe fixes no size


def say(message: str) -> None:
    """Tell progress on standard error."""
    print(f"export: {message}", file=sys.stderr, flush=True)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; ends with exit status 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument(
        "source", help="torchvision:NAME, timm:NAME, hf:NAME_OR_FOLDER, FILE.py:FACTORY, or the word annotate"
    )
    parser.add_argument("model", nargs="?", type=Path, help="with annotate: the TorchScript file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    about = parser.add_argument_group("what the file says about itself")
    about.add_argument(
        "--recipe", type=Path, metavar="FILE", help="recipe as JSON, instead of the source's own"
    )
    about.add_argument("--preset", choices=["imagenet"], help="torchvision's classic evaluation transform")
    about.add_argument(
        "--transform", metavar="NAME", help="evaluation transform in FILE.py, read as the recipe"
    )
    about.add_argument("--labels", type=Path, metavar="FILE", help="one class name a line")
    about.add_argument(
        "--activation", choices=["softmax", "sigmoid", "none"], help="how scores come from logits"
    )
    about.add_argument(
        "--samples",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help=f"images or folders for goldens, {goldens.MAX_IMAGES} at most [pictures made here]",
    )
    about.add_argument("--no-goldens", action="store_true", help="write no goldens")
    weights = parser.add_argument_group("weights")
    weights.add_argument("--weights", type=Path, metavar="FILE", help="state_dict, checkpoint or safetensors")
    weights.add_argument("--checkpoint-key", metavar="KEY", help="where in the checkpoint the weights are")
    weights.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load a file of Python objects, such as a whole pickled module: this RUNS CODE from the file",
    )
    weights.add_argument("--random-weights", action="store_true", help="download nothing: untrained weights")
    weights.add_argument("--seed", type=int, default=0, help="for random weights [0]")
    weights.add_argument(
        "--factory-arg", action="append", default=[], metavar="KEY=VALUE", help="argument of the factory"
    )
    how = parser.add_argument_group("how it is converted")
    how.add_argument("--method", choices=["auto", "trace", "script"], default="auto", help="[auto]")
    how.add_argument("--eval", action="store_true", help="call .eval() on the module first")
    how.add_argument(
        "--select", metavar="INDEX_OR_KEY", help="which part of the model's output is the logits"
    )
    how.add_argument("--freeze", action="store_true", help="fold the weights into the program")
    how.add_argument(
        "--dtype", choices=sorted(precision.DTYPES), default="fp32", help="of the arithmetic [fp32]"
    )
    how.add_argument(
        "--quantize", choices=["dynamic", "static"], help="int8; static is calibrated on the samples"
    )
    how.add_argument(
        "--allow",
        action="append",
        default=[],
        choices=sorted(tracing.GUARDS),
        help="override a guard: " + "; ".join(f"{name}: {what}" for name, what in tracing.GUARDS.items()),
    )
    options = parser.parse_args(arguments)
    if (options.source == "annotate") != (options.model is not None):
        parser.error("annotate needs the model's file, and only annotate takes one")
    if options.recipe and options.preset:
        parser.error("--recipe and --preset exclude each other")
    if options.quantize and options.dtype != "fp32":
        parser.error("--quantize starts from fp32")
    return options


def main(arguments: Sequence[str]) -> int:
    """Export; return the exit status: 0 done, 1 refused or failed."""
    options = parse(arguments)
    torch.manual_seed(options.seed)
    try:
        (annotate if options.source == "annotate" else export)(options)
    except ExportError as error:
        print(f"export_model: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
        return 1
    return 0


def export(options: argparse.Namespace) -> None:
    """Convert a model and write it with all that is known about it."""
    source = sources.load(options.source, request_of(options))
    for note in source.notes:
        say(note)
    if options.eval:
        source.module.eval()
    recipe = complete_recipe(options, source.recipe, source.labels)
    shape, fixed = input_shape(recipe)
    with samples.chosen(options.samples) as images:
        inputs = [reference.tensor(image, recipe) for image in images]
        selected = selecting.select(source.module, options.select)
        eager = smaller(selected, options, inputs)
        if eager is not selected:
            compare(selected, eager, inputs, samples.truths(images, recipe.get("labels", [])))
        how = tracing.Conversion(
            shape=shape,
            fixed_size=fixed,
            samples=inputs,
            method=options.method,
            allow=frozenset(options.allow),
            dtype=precision.DTYPES[options.dtype],
            freeze=options.freeze,
            plain=source.module,
            say=say,
        )
        program, method = tracing.convert(eager, how)
        check_labels(recipe, eager, inputs[0])
        recipe["origin"] = {**source.origin, "method": method, **changes(options)}
        runs: Callable[[Tensor], Tensor] = program if options.freeze else eager  # folding changes last bits
        files = record_goldens(recipe, images, runs, options)
    archive.save(options.output, program, {archive.RECIPE: archive.dump_json(recipe), **files})
    report(options.output, recipe, method)


def annotate(options: argparse.Namespace) -> None:
    """Give an existing TorchScript file a recipe, labels and goldens; its program stays as it is."""
    old = archive.read_extra(options.model)
    own = json.loads(old[archive.RECIPE]) if archive.RECIPE in old else None
    recipe = complete_recipe(options, own, own.get("labels") if own else None)
    program = torch.jit.load(options.model, map_location="cpu").eval()
    with samples.chosen(options.samples) as images:
        check_labels(recipe, program, reference.tensor(images[0], recipe))
        recipe.setdefault("origin", {"source": f"annotate {options.model.name}", "torch": torch.__version__})
        files = record_goldens(recipe, images, program, options)
    archive.rewrite(options.model, options.output, {archive.RECIPE: archive.dump_json(recipe), **files})
    report(options.output, recipe, "annotate")


def request_of(options: argparse.Namespace) -> sources.Request:
    """Return what the command line says about the source."""
    return sources.Request(
        weights=options.weights,
        checkpoint_key=options.checkpoint_key,
        allow_pickle=options.allow_pickle,
        random_weights=options.random_weights,
        factory_args=dict(map(sources.parse_factory_arg, options.factory_arg)),
        transform=options.transform,
    )


def complete_recipe(options: argparse.Namespace, own: Recipe | None, labels: list[str] | None) -> Recipe:
    """Return the recipe in force: the command line's, else the source's own."""
    recipe = own
    if options.recipe is not None:
        recipe = read_recipe(options.recipe)
    elif options.preset is not None:
        recipe = imagenet()
    if recipe is None:
        raise ExportError(
            "nobody knows how an image becomes the input", "give --recipe FILE or --preset NAME"
        )
    if options.labels is not None:
        recipe["labels"] = options.labels.read_text().splitlines()
    elif labels is not None:
        recipe.setdefault("labels", labels)
    if options.activation is not None:
        recipe.setdefault("output", {})["activation"] = options.activation
    return recipe


def read_recipe(path: Path) -> Recipe:
    """Return the recipe of a JSON file; ptrun itself checks every key when it reads the model."""
    try:
        recipe: Recipe = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ExportError(f"{path}: no recipe can be read: {error}") from error
    if not isinstance(recipe, dict) or "steps" not in recipe or "input" not in recipe:
        raise ExportError(f"{path}: a recipe has input and steps", "docs/recipe.md describes recipes")
    return recipe


def input_shape(recipe: Recipe) -> tuple[tuple[int, int, int], bool]:
    """Return (C, H, W) of the traced input, and whether every image has it."""
    channels = 1 if recipe["input"]["color"] == "gray" else 3
    size = fixed_size(recipe["steps"])
    return (channels, *(size or (FREE_SIZE, FREE_SIZE))), size is not None


def smaller(module: nn.Module, options: argparse.Namespace, inputs: list[Tensor]) -> nn.Module:
    """Return the module in the arithmetic that was asked for."""
    if options.quantize is not None:
        return precision.quantized(module, options.quantize, inputs)
    return precision.with_dtype(module, options.dtype)


def compare(before: nn.Module, after: nn.Module, inputs: list[Tensor], truths: list[int | None]) -> None:
    """Say what smaller arithmetic costs on the samples; accuracy where folders are named after labels."""
    with torch.no_grad():
        old, new = (torch.cat([model(image) for image in inputs]).flatten(1) for model in (before, after))
    same = int((old.argmax(1) == new.argmax(1)).sum())
    relative = float((old - new).abs().max() / old.abs().max())
    say(f"before and after: same top-1 on {same} of {len(inputs)} samples, logits differ by {relative:.1e}")
    known = [number for number, truth in enumerate(truths) if truth is not None]
    if known:
        right = [sum(int(logits[n].argmax()) == truths[n] for n in known) for logits in (old, new)]
        say(f"before: {right[0]} of {len(known)} samples right; after: {right[1]}")


def changes(options: argparse.Namespace) -> dict[str, object]:
    """Return the options that changed the program, for the origin."""
    found = {
        "freeze": options.freeze,
        "quantize": options.quantize,
        "select": options.select,
        "allow": options.allow,
    }
    return {name: value for name, value in found.items() if value} | {"dtype": options.dtype}


def check_labels(recipe: Recipe, model: Callable[[Tensor], Tensor], image: Tensor) -> None:
    """Say where the number of labels is not that of the outputs."""
    with torch.no_grad():
        classes = model(image).flatten(1).shape[1]
    labels = recipe.get("labels")
    if labels is None:
        say(f"no labels for {classes} classes: give --labels FILE")
    elif len(labels) != classes:
        raise ExportError(
            f"{len(labels)} labels for {classes} classes", "give the right ones with --labels FILE"
        )


def record_goldens(
    recipe: Recipe, images: list[Path], eager: Callable[[Tensor], Tensor], options: argparse.Namespace
) -> dict[str, bytes]:
    """Return the extra files of the goldens, and put their index into the recipe."""
    recipe.pop("goldens", None)
    if options.no_goldens:
        return {}
    recipe["goldens"], files = goldens.record(images, recipe, eager)
    return files


def report(path: Path, recipe: Recipe, method: str) -> None:
    """Say what was written."""
    index = recipe.get("goldens", {}).get("images", [])
    recorded = len(index) if isinstance(index, list) else 0
    size = path.stat().st_size / 1e6
    say(f"wrote {path} ({size:.1f} MB, {method}): {len(recipe.get('labels', []))} labels, {recorded} goldens")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
