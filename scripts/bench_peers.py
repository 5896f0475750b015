#!/usr/bin/env python3
"""The same weights and images through PyTorch, ONNX Runtime, OpenVINO and `ptrun`.

usage: .venv/bin/python scripts/bench_peers.py [--rows KIND…] [--models NAME…] [--quick]

Rows: `process` (one image, from the start of a process to its end), `forward` (a loaded model alone),
`folder` (photographs from files to classes), `int8`. Outputs are compared first; sides that answer
differently end the run. All sides of a row take turns. The first run makes, in --folder, the models, the
photographs and the Python environment of the peers.

Rows are kept in docs/performance.json, each in place of an older one, and docs/performance.md and docs/plots
are written from that; so the whole can be measured in parts. On a machine that does other work, figures are
not worth much; `chrt -r 10` before the command helps.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from ptrun_peers import environment, folder_row, photographs, record, report, rows, zoo
from ptrun_peers.agree import DisagreementError

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("process", "forward", "folder", "int8")
PROCESS_MODELS = ("resnet18", "mobilenet_v3_large")
FOLDER_MODELS = ("resnet18", "mobilenet_v3_large")


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", choices=KINDS, default=KINDS, help="what to measure")
    parser.add_argument("--models", nargs="+", choices=zoo.MODELS, default=zoo.MODELS)
    parser.add_argument("--precisions", nargs="+", choices=("fp32", "bf16"), default=("fp32", "bf16"))
    parser.add_argument("--batches", nargs="+", type=int, default=(1, 8), help="of forward and int8")
    parser.add_argument("--rounds", type=int, default=5, help="how often every side has its turn")
    parser.add_argument("--seconds", type=float, default=0.5, help="of a forward's turn")
    parser.add_argument("--photos", type=int, default=400, help="photographs in the folder")
    parser.add_argument(
        "--quick", action="store_true", help="a short look: 2 rounds, 100 photographs, nothing is kept"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--optimize", default="auto", help="ptrun's preparation")
    parser.add_argument("--ptrun", type=Path, default=ROOT / "build" / "ptrun", help="the program")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "peers", help="for what is made")
    parser.add_argument("--record", type=Path, default=ROOT / "docs" / "performance.json")
    parser.add_argument("--prepare-only", action="store_true", help="make what is missing, measure nothing")
    parser.add_argument("--write-only", action="store_true", help="measure nothing, write the documents")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.photos = 2, 0.2, 100
    return options


def prepare(options: argparse.Namespace) -> rows.Bench:
    """Make what is missing."""
    options.folder.mkdir(parents=True, exist_ok=True)
    python = environment.prepare(options.folder / "venv")
    photos = photographs.files(options.folder, options.photos)
    zoo.make_all(python, options.folder, photos[: zoo.SEEN], options.models)
    return rows.Bench(
        folder=options.folder,
        python=python,
        program=options.ptrun,
        optimize=options.optimize,
        threads=options.threads,
        rounds=options.rounds,
        seconds=options.seconds,
        photos=photos,
    )


def measured(bench: rows.Bench, options: argparse.Namespace) -> Iterator[record.Row]:
    """Yield the rows that are asked for."""
    for kind in options.rows:
        for model in options.models:
            if kind == "process" and model in PROCESS_MODELS:
                yield rows.one_image(bench, model)
            if kind == "int8" and model == "resnet50":
                yield from (rows.quantised(bench, batch) for batch in options.batches)
            for precision in options.precisions:
                if kind == "forward":
                    yield from (rows.forward(bench, model, precision, batch) for batch in options.batches)
                if kind == "folder" and model in FOLDER_MODELS:
                    yield folder_row.folder(bench, model, precision)


def show(row: record.Row) -> None:
    """Print a row, the best side first."""
    print(f"{record.key(row)}, {row['unit']}, {row['rounds']} rounds")
    best_first = sorted(row["sides"].items(), key=lambda item: item[1]["value"], reverse=row["unit"] != "ms")
    for name, side in best_first:
        agreement = f"error {side['error']:.0e}, top-1 {side['top1']:.0%}" if "error" in side else ""
        spread = f"{side['low']:g} to {side['high']:g}"
        print(f"  {name:20} {side['value']:8.4g}  ({spread})  {side.get('note', '')}  {agreement}")
    for heading, ratio in report.ratios(row).items():
        print(f"  {heading}: {ratio:.3f}")
    sys.stdout.flush()


def main() -> None:
    """Measure, keep, write."""
    options = parse()
    if not options.write_only:
        bench = prepare(options)
        if options.prepare_only:
            return
        known = record.versions(options.ptrun, bench.python)
        print(", ".join(f"{name} {version}" for name, version in known.items()))
        try:
            for row in measured(bench, options):
                show(row)
                if not options.quick:
                    record.keep(options.record, [row], known)
        except DisagreementError as error:
            sys.exit(f"bench_peers: the sides answer differently: {error}")
    if options.record.exists() and not options.quick:
        docs = options.record.parent
        report.write(docs / "performance.md", docs / "plots", record.load(options.record))


if __name__ == "__main__":
    main()
