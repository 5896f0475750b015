"""The record as a part of docs/performance.md and as plots."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import plots
from .record import Record, Row, Side

BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
OURS = "ptrun"
RIVALS = ("ONNX Runtime", "OpenVINO")
EAGER = ("eager", "eager channels_last")
PAIRS = ("ONNX Runtime side by side", "OpenVINO side by side", "eager channels_last side by side")
# By kind of row, the ratios that a table ends with: heading, our side, the sides of which the best counts.
RATIOS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "process": (
        ("to ONNX Runtime", OURS, ("ONNX Runtime",)),
        ("to TorchScript", OURS, ("TorchScript",)),
    ),
    "forward": (("ratio", OURS, RIVALS),),
    "folder": (
        ("to the best", OURS, (*RIVALS, "TorchScript frozen", *EAGER)),
        ("to the best pair", OURS, PAIRS),
        ("to eager", OURS, EAGER),
    ),
    "int8": (("ratio", "ptrun int8", ("ptrun fp32",)),),
}
ORDER = (
    *(OURS, "ptrun fp32", "ptrun int8", *RIVALS, "OpenVINO cached"),
    *("TorchScript", "TorchScript frozen", *EAGER, *PAIRS),
)
PLOTTED = (OURS, *RIVALS, "OpenVINO cached", "TorchScript", "TorchScript frozen", "eager")

SETTINGS = {
    "ptrun": "`--optimize` as in brackets, else `auto`; its batches, the plan otherwise its own",
    "ONNX Runtime": "CPU provider, all graph optimisations, the batch as a fixed dimension",
    "OpenVINO": "latency hint, one stream, the batch as a fixed dimension, inputs and outputs shared; "
    "fp32: precision hint f32; bf16: its default on this processor",
    "OpenVINO cached": "the same, with its cache of compiled models, filled before",
    "TorchScript": "`torch.jit.load(…).eval()` in `torch.inference_mode()`",
    "TorchScript frozen": "the same after `torch.jit.freeze`",
    "eager": "the module in `torch.inference_mode()`",
    "eager channels_last": "the same, weights and images in channels_last",
    "side by side": "two threads, each with a model of its own, which prepare and run in turn (folder)",
}


def write(document: Path, folder: Path, record: Record) -> None:
    """Put the tables between the markers of the document, and the plots into the folder."""
    text = document.read_text()
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{document} has no {BEGIN} … {END}")
    document.write_text(f"{before}{BEGIN}\n{tables(record)}{END}{after}")
    folder.mkdir(exist_ok=True)
    for name, drawing in drawings(record):
        (folder / f"{name}.svg").write_text(drawing)


def tables(record: Record) -> str:
    """Return everything that stands between the markers."""
    parts = [_where(record)]
    for kind, title, words in SECTIONS:
        rows = rows_of(record, kind)
        if rows:
            parts.append(f"### {title}\n\n{words}\n")
            parts += [_table(some) for some in _by_precision(rows)]
            parts += [_plot_line(name) for name, _ in drawings(record) if name.startswith(kind)]
    return "\n".join(parts)


SECTIONS = (
    (
        "process",
        "One image as a process",
        "From the start of the process to its end, files in the cache of the system: milliseconds.",
    ),
    (
        "forward",
        "Forward alone",
        "One batch after the other through a loaded model, milliseconds a batch. In brackets: the "
        "preparation of `ptrun`. The ratio is that of `ptrun` to the better of ONNX Runtime and "
        "OpenVINO.",
    ),
    (
        "folder",
        "A folder of photographs",
        "500 x 375 JPEGs from files to their five best classes, images per second between a fifth and nine "
        "tenths of the list, so start-up counts for nobody. In brackets: the loader that was the best of "
        "loop, 1 or 2 threads, 1 or 2 `DataLoader` processes.",
    ),
    ("int8", "int8", "A statically quantised resnet50 against the fp32 one, both by `ptrun`, milliseconds."),
)


def rows_of(record: Record, kind: str) -> list[Row]:
    """Return the rows of a kind in the order of the record."""
    return [row for row in record["rows"].values() if row["kind"] == kind]


def _by_precision(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for precision in dict.fromkeys(row["precision"] for row in rows):
        yield [row for row in rows if row["precision"] == precision]


def _where(record: Record) -> str:
    machine, versions = record["machine"], record["versions"]
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    settings = "\n".join(f"- {name}: {words}." for name, words in SETTINGS.items())
    return (
        f"{machine['processors']} processors ({machine['processor']}, {machine['instructions']}), {told}. "
        "The same weights (random, a fixed seed), the same images, two threads, the same batch, warm-up for "
        "all; every side in a process of its own, all in turn; medians of the rounds (forward: "
        "who takes 1.5 times as long as the fastest after three rounds rests). Outputs are compared "
        "first.\n\n"
        f"{settings}\n"
    )


def ratios(row: Row) -> dict[str, float]:
    """Return our time (or rate) divided by that of the best of some sides, by heading."""
    sides, found = row["sides"], {}
    for heading, ours, others in RATIOS[row["kind"]]:
        rivals = [sides[name]["value"] for name in others if name in sides]
        if ours in sides and rivals:
            best = min(rivals) if row["unit"] == "ms" else max(rivals)
            found[heading] = sides[ours]["value"] / best
    return found


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean."""
    product = 1.0
    for value in values:
        product *= value
    return float(product ** (1 / len(values)))


def _table(rows: Sequence[Row]) -> str:
    names = [name for name in ORDER if any(name in row["sides"] for row in rows)]
    compared = any("error" in side for row in rows for side in row["sides"].values())
    ratios_of_rows = [ratios(row) for row in rows]
    headings = [heading for heading in ratios_of_rows[0] if all(heading in found for found in ratios_of_rows)]
    lines = [
        _line(rows[0]["precision"], [*names, *headings]),
        "|---" * (1 + len(names) + len(headings)) + "|",
    ]
    for row, found in zip(rows, ratios_of_rows, strict=True):
        cells = [_cell(row["sides"].get(name)) for name in names]
        label = f"{row['model']}, batch {row['batch']}"
        lines.append(_line(label, [*cells, *(_bold(found[heading]) for heading in headings)]))
    if len(rows) > 1:
        means = [geometric_mean([found[heading] for found in ratios_of_rows]) for heading in headings]
        lines.append(_line("geometric mean", [*([""] * len(names)), *map(_bold, means)]))
    if compared:
        lines.append(
            _line("largest error of the logits", [*_agreements(rows, names), *([""] * len(headings))])
        )
    return "\n".join(lines) + "\n"


def _line(label: str, cells: Sequence[str]) -> str:
    return f"| {label} | {' | '.join(cells)} |"


def _bold(value: float) -> str:
    return f"**{value:.2f}**"


def _cell(side: Side | None) -> str:
    if side is None:
        return "-"
    note = f" ({side['note']})" if side.get("note") else ""
    return figure(side["value"]) + note


def figure(value: float) -> str:
    """Return three significant digits, more only before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _agreements(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Return how far each side's logits are from eager fp32, the worst of all rows."""
    cells = []
    for name in names:
        sides = [row["sides"][name] for row in rows if "error" in row["sides"].get(name, {})]
        if not sides:
            cells.append("")
            continue
        top1 = min(side["top1"] for side in sides)
        words = f"{max(side['error'] for side in sides):.0e}"
        cells.append(words if top1 == 1 else f"{words}, top-1 equal {top1:.0%}")
    return cells


def _plot_line(name: str) -> str:
    return f"![{name.replace('-', ' ')}](plots/{name}.svg)\n"


def drawings(record: Record) -> Iterator[tuple[str, str]]:
    """Yield name and content of every plot that the record has rows for."""
    plans: tuple[tuple[str, str, str, Callable[[Row], bool]], ...] = (
        ("process", "One image as a process", "milliseconds; shorter is faster", lambda _: True),
        *(
            (
                f"forward-{precision}-{batch}",
                f"Forward alone, {precision}, batch {batch}",
                "time relative to ptrun; shorter is faster; figures: ms",
                lambda row, p=precision, b=batch: row["precision"] == p and row["batch"] == b,
            )
            for precision in ("fp32", "bf16")
            for batch in (1, 8)
        ),
        *(
            (
                f"folder-{precision}",
                f"Folder of photographs, {precision}",
                "images per second; longer is faster",
                lambda row, p=precision: row["precision"] == p,
            )
            for precision in ("fp32", "bf16")
        ),
    )
    for name, title, axis, wanted in plans:
        kind = name.split("-")[0]
        rows = [row for row in rows_of(record, kind) if wanted(row)]
        if rows:
            yield name, plots.chart(title, axis, [_group(row, kind == "forward") for row in rows])


def _group(row: Row, relative: bool) -> plots.Group:
    sides = row["sides"]
    unit = sides[OURS]["value"] if relative else 1.0
    names = [name for name in PLOTTED if name in sides]
    bars = [plots.Bar(name, sides[name]["value"] / unit, figure(sides[name]["value"])) for name in names]
    return plots.Group(row["model"], bars)
