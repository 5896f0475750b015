#!/usr/bin/env python3
"""Read a document of `ptrun bench --format json`, strictly, and print what does not depend on time.

    ptrun bench … --format json | shape.py

Every key must be there in docs/bench.md's order, no other, with its type; figures must agree with each other.
Python 3.9, standard library only. Exit status 1 and a line for the first thing that is wrong.
"""

import json
import math
import sys
from typing import Any

NUMBER, TEXT, COUNT, FLAG = (int, float), str, int, bool
NOTHING = type(None)

DOCUMENT = {
    "ptrun": dict,
    "machine": dict,
    "model": dict,
    "images": dict,
    "settings": dict,
    "load_ms": NUMBER,
    "first_image_ms": (*NUMBER, NOTHING),
    "peak_rss_bytes": COUNT,
    "interrupted": FLAG,
    "configurations": list,
}
MACHINE = {"processor": TEXT, "processors": COUNT, "system": TEXT, "resize": TEXT}
MODEL = {
    "path": TEXT,
    "sha256": TEXT,
    "recipe": dict,
    "recipe_from": dict,
    "engine": TEXT,
    "library": TEXT,
    "instructions": (TEXT, NOTHING),
    "device": TEXT,
    "precision": TEXT,
    "optimize": TEXT,
}
IMAGES = {"synthetic": FLAG, "found": COUNT, "used": COUNT, "failed": COUNT}
SETTINGS = {"duration_s": NUMBER, "iterations": COUNT, "warm_up": (COUNT, NOTHING)}
CONFIGURATION = {
    "batch": COUNT,
    "threads": COUNT,
    "instances": COUNT,
    "jobs": COUNT,
    "preparation": (TEXT, NOTHING),
    "prepared_by": (TEXT, NOTHING),
    "prepare_ms": (*NUMBER, NOTHING),
    "relative_error": NUMBER,
    "candidates": (list, NOTHING),
    "load_ms": NUMBER,
    "first_forward_ms": (*NUMBER, NOTHING),
    "warm_up_forwards": COUNT,
    "warm_up_ms": (*NUMBER, NOTHING),
    "stable": FLAG,
    "images_per_second": (*NUMBER, NOTHING),
    "stages": dict,
    "folder": (dict, NOTHING),
    "profile": (list, NOTHING),
    "error": (dict, NOTHING),
}
STAGES = ["read", "decode", "resize", "tensor", "forward", "results", "whole"]
STAGE = {
    "unit": TEXT,
    "per": TEXT,
    "min": NUMBER,
    "median": NUMBER,
    "p90": NUMBER,
    "p99": NUMBER,
    "max": NUMBER,
    "mean": NUMBER,
    "spread": NUMBER,
    "drift": NUMBER,
    "samples": COUNT,
    "stability": TEXT,
}
FOLDER = {"images_per_second": NUMBER, "images": COUNT, "seconds": NUMBER, "drift": NUMBER, "stability": TEXT}
OPERATOR = {"name": TEXT, "count": NUMBER, "total_ms": NUMBER, "self_ms": NUMBER, "share": NUMBER}
CANDIDATE = {
    "preparation": TEXT,
    "instances": COUNT,
    "threads": COUNT,
    "image_ms": (*NUMBER, NOTHING),
    "relative_error": (*NUMBER, NOTHING),
    "failure": (TEXT, NOTHING),
}
ERROR = {"code": TEXT, "message": TEXT}
WORDS = {"stable", "few", "spread", "drift"}


def wrong(what: str) -> None:
    """End with what is wrong."""
    sys.exit(f"shape: {what}")


def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a key that is there twice is wrong."""
    found = dict(items)
    if len(found) != len(items):
        wrong(f"a key is there twice: {[key for key, _ in items]}")
    return found


def check(where: str, value: dict[str, Any], shape: dict[str, Any]) -> None:
    """Check the keys of an object, their order and their types."""
    if list(value) != list(shape):
        wrong(f"{where}: keys {list(value)}, not {list(shape)}")
    for key, kind in shape.items():
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value[key], kind) or (isinstance(value[key], bool) and bool not in kinds):
            wrong(f"{where}.{key}: {value[key]!r}")


def check_stage(where: str, stage: dict[str, Any], per: str) -> None:
    """Check the figures of a stage against each other."""
    check(where, stage, STAGE)
    if stage["unit"] != "ms" or stage["per"] != per or stage["stability"] not in WORDS:
        wrong(f"{where}: {stage}")
    order = [stage[key] for key in ("min", "median", "p90", "p99", "max")]
    inside = 0 <= order[0] <= stage["mean"] <= order[-1]
    if order != sorted(order) or not inside or stage["spread"] < 0:
        wrong(f"{where}: figures out of order: {stage}")
    if (stage["samples"] < 10) != (stage["stability"] == "few"):
        wrong(f"{where}: {stage['samples']} samples are {stage['stability']}")


def check_configuration(where: str, entry: dict[str, Any]) -> str:
    """Check one configuration; return what does not depend on time."""
    check(where, entry, CONFIGURATION)
    if list(entry["stages"]) != STAGES:
        wrong(f"{where}.stages: {list(entry['stages'])}")
    line = "batch {batch}, {warm_up_forwards} warm-ups".format(**entry)
    for name, stage in entry["stages"].items():
        if stage is None:
            continue
        check_stage(f"{where}.{name}", stage, "batch" if name in ("forward", "whole") else "image")
        line += f", {name} {stage['samples']}"
    forward, rate = entry["stages"]["forward"], entry["images_per_second"]
    if (forward is None) != (rate is None):
        wrong(f"{where}: forward {forward} gives {rate} images per second")
    if forward and not math.isclose(rate, entry["batch"] * 1000 / forward["median"], rel_tol=1e-2):
        wrong(f"{where}: {rate} images per second from {forward['median']} ms")
    if entry["folder"] is not None:
        check(f"{where}.folder", entry["folder"], FOLDER)
        line += f", folder {entry['folder']['images'] / entry['batch'] / entry['instances']:g}"
    for candidate in entry["candidates"] or []:
        check(f"{where}.candidates", candidate, CANDIDATE)
        measured = "measured" if candidate["image_ms"] is not None else "not measured"
        line += f", {candidate['preparation']} {measured} {candidate['failure']}"
    if entry["candidates"]:
        line += f", {entry['preparation']} by {entry['prepared_by']}, error {entry['relative_error']:.1e}"
    for operator in entry["profile"] or []:
        check(f"{where}.profile", operator, OPERATOR)
        line += ", {name} {count} {total_ms} {self_ms} {share}".format(**operator)
    if entry["error"] is not None:
        check(f"{where}.error", entry["error"], ERROR)
        line += f", {entry['error']['code']}: {entry['error']['message']}"
    return line


def main() -> None:
    """Check standard input."""

    def refuse(constant: str) -> None:
        wrong(f"{constant} is no JSON")

    text = sys.stdin.read()
    if not text.endswith("}\n") or text.count("\n") != 1:
        wrong("not one line")
    document = json.loads(text, object_pairs_hook=pairs, parse_constant=refuse)
    check("document", document, DOCUMENT)
    check("ptrun", document["ptrun"], {"version": TEXT})
    for part, shape in (("machine", MACHINE), ("model", MODEL), ("images", IMAGES), ("settings", SETTINGS)):
        check(part, document[part], shape)
    if document["peak_rss_bytes"] < 1 << 20 or document["load_ms"] <= 0:
        wrong(f"{document['peak_rss_bytes']} bytes, loaded in {document['load_ms']} ms")
    print("images", *document["images"].values(), "interrupted", document["interrupted"])
    for number, entry in enumerate(document["configurations"]):
        print(check_configuration(f"configurations[{number}]", entry))


if __name__ == "__main__":
    main()
