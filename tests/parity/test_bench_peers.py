"""What bench_peers.py makes of figures: tables, plots, and its refusal to compare different answers."""

from __future__ import annotations

import xml.etree.ElementTree as tree
from pathlib import Path

import numpy as np
import pytest
from ptrun_peers import agree, folder_row, photographs, plots, prepare, record, report, rows

DOCS = Path(__file__).resolve().parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def forward_row(model: str, ours: float, rival: float, precision: str = "fp32") -> record.Row:
    agreement = agree.Agreement(2.4e-6, 1.0)
    return {
        "kind": "forward",
        "model": model,
        "precision": precision,
        "batch": 1,
        "unit": "ms",
        "rounds": 3,
        "sides": {
            "ptrun": record.side([ours, ours * 1.1, ours], "onednn-graph", agreement),
            "OpenVINO": record.side([rival] * 3, agreement=agreement),
            "ONNX Runtime": record.side([rival * 1.5] * 3, agreement=agreement),
            "eager": record.side([rival * 2] * 3, agreement=agreement),
        },
    }


def a_folder() -> record.Row:
    return {
        "kind": "folder",
        "model": "resnet18",
        "precision": "fp32",
        "batch": 8,
        "unit": "images/s",
        "rounds": 3,
        "sides": {
            "ptrun": record.side([150.0]),
            "OpenVINO": record.side([100.0], "threads 1"),
            "eager": record.side([60.0], "processes 2"),
        },
    }


@pytest.fixture
def kept() -> record.Record:
    listed = [forward_row("resnet18", 8, 10), forward_row("vit_b_16", 90, 72), a_folder()]
    return {
        "machine": {"processor": "Some <CPU>", "processors": 2, "instructions": "AVX512"},
        "versions": {"ptrun": "0.1.0", "openvino": "1.2"},
        "rows": {record.key(row): row for row in listed},
    }


def test_a_table_has_medians_settings_ratios_and_errors(kept: record.Record) -> None:
    text = report.tables(kept)
    assert "| fp32 | ptrun | ONNX Runtime | OpenVINO | eager | ratio |" in text
    assert "| resnet18, batch 1 | 8 (onednn-graph) | 15 | 10 | 20 | **0.80** |" in text
    assert "| vit_b_16, batch 1 | 90 (onednn-graph) | 108 | 72 | 144 | **1.25** |" in text
    assert "| geometric mean |  |  |  |  | **1.00** |" in text
    assert "| largest error of the logits | 2e-06 | 2e-06 | 2e-06 | 2e-06 |  |" in text
    assert "| resnet18, batch 8 | 150 | 100 (threads 1) | 60 (processes 2) | **1.50** | **2.50** |" in text
    assert "2 processors (Some <CPU>, AVX512), ptrun 0.1.0, openvino 1.2." in text


def test_only_what_stands_between_the_markers_is_written(kept: record.Record, tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    for _ in range(2):
        report.write(document, tmp_path / "plots", kept)
    text = document.read_text()
    assert text == f"before\n{report.BEGIN}\n{report.tables(kept)}{report.END}\nafter\n"
    named = {line.split("(plots/")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")}
    assert named == {path.name for path in (tmp_path / "plots").iterdir()}
    assert named == {"forward-fp32-1.svg", "folder-fp32.svg"}


def test_a_document_without_markers_is_left_alone(kept: record.Record, tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"{report.BEGIN}\n")
    with pytest.raises(ValueError, match="has no"):
        report.write(document, tmp_path / "plots", kept)
    assert document.read_text() == f"{report.BEGIN}\n"


def test_the_documents_are_what_the_record_gives() -> None:
    kept = record.load(DOCS / "performance.json")
    if kept["rows"]:
        assert report.tables(kept) in (DOCS / "performance.md").read_text()
        for name, drawing in report.drawings(kept):
            assert (DOCS / "plots" / f"{name}.svg").read_text() == drawing


def test_a_plot_is_svg_whose_bars_are_in_proportion_and_in_sight(kept: record.Record) -> None:
    drawing = dict(report.drawings(kept))["folder-fp32"]
    root = tree.fromstring(drawing)
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    bars = {}
    for rect in root.iter(f"{SVG}rect"):
        title = rect.find(f"{SVG}title")
        if title is not None and title.text:
            bars[title.text.split(": ")[0]] = float(rect.attrib["width"])
    assert bars["resnet18, ptrun"] / bars["resnet18, OpenVINO"] == pytest.approx(1.5, rel=0.01)
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["x"]) <= width
        assert 0 <= float(text.attrib["y"]) <= height
    assert "prefers-color-scheme: dark" in drawing
    assert next(text.text for text in root.iter(f"{SVG}text")) == "Folder of photographs, fp32"


@pytest.mark.parametrize("longest", [0.03, 1.0, 3.7, 26, 999, 1000, 1001])
def test_the_axis_ends_just_behind_the_longest_bar(longest: float) -> None:
    root = tree.fromstring(plots.chart("t", "a", [plots.Group("g", [plots.Bar("s", longest, "f")])]))
    ticks = [float(text.text or "") for text in root.iter(f"{SVG}text") if _is_number(text.text)]
    assert longest <= max(ticks) * 1.0001
    assert max(ticks) <= 2.6 * longest
    assert len(ticks) == plots.TICKS + 1


def _is_number(text: str | None) -> bool:
    try:
        float(text or "")
    except ValueError:
        return False
    return True


def test_names_are_escaped() -> None:
    drawing = plots.chart("a<b", "x", [plots.Group("g&h", [plots.Bar('s"<', 1, "1")])])
    assert next(text.text for text in tree.fromstring(drawing).iter(f"{SVG}text")) == "a<b"


def test_equal_answers_are_compared() -> None:
    logits = np.array([[1.0, 5.0, -10.0]], np.float32)
    found = agree.compare(logits, logits + np.float32(5e-6) * 10)
    assert found.error == pytest.approx(5e-6, rel=0.1)
    agree.check("a side", "fp32", found)


@pytest.mark.parametrize(("precision", "difference"), [("fp32", 2e-5), ("bf16", 0.2)])
def test_other_logits_are_refused(precision: str, difference: float) -> None:
    logits = np.array([[1.0, 5.0, -10.0]], np.float32)
    other = logits + np.float32(difference) * 10
    with pytest.raises(agree.DisagreementError, match="a side: logits differ"):
        agree.check("a side", precision, agree.compare(logits, other))


def test_another_best_class_is_refused() -> None:
    logits = np.array([[100.0, 0.0], [4.00001, 4.0]], np.float32)
    other = np.array([[100.0, 0.0], [4.0, 4.00001]], np.float32)
    found = agree.compare(logits, other)
    assert found.error < agree.LIMITS["fp32"]
    with pytest.raises(agree.DisagreementError, match="top-1 equal for 50%"):
        agree.check("a side", "fp32", found)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(value: float) -> None:
    logits = np.array([[1.0, 2.0]], np.float32)
    with pytest.raises(agree.DisagreementError):
        agree.check("a side", "bf16", agree.compare(logits, np.array([[value, 2.0]], np.float32)))


def test_logits_of_another_shape_are_refused() -> None:
    with pytest.raises(agree.DisagreementError, match="shape"):
        agree.compare(np.zeros((2, 10), np.float32), np.zeros((2, 1000), np.float32))


def test_a_record_is_kept_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "performance.json"
    record.keep(path, [forward_row("resnet18", 8, 10)], {"ptrun": "1"})
    record.keep(path, [forward_row("resnet18", 7, 10), forward_row("resnet50", 7, 10)], {"ptrun": "2"})
    kept = record.load(path)
    assert list(kept["rows"]) == ["forward/resnet18/fp32/1", "forward/resnet50/fp32/1"]
    assert kept["rows"]["forward/resnet18/fp32/1"]["sides"]["ptrun"]["value"] == 7
    assert kept["versions"] == {"ptrun": "2"}
    assert kept["machine"] == record.machine()


def test_the_rate_leaves_start_and_end_out() -> None:
    slow_start = [(0, 0.0), (10, 50.0), (20, 51.0), (50, 54.0), (90, 58.0), (100, 90.0)]
    assert folder_row.rate(slow_start) == pytest.approx(70 / 7)


def test_all_sides_take_turns() -> None:
    seen: list[str] = []
    found = rows.in_turn(2, {name: lambda name=name: seen.append(name) or float(len(seen)) for name in "ab"})  # type: ignore[func-returns-value,misc]
    assert seen == ["a", "b", "b", "a"]
    assert found == {"a": [1.0, 4.0], "b": [2.0, 3.0]}


def test_who_is_far_behind_rests() -> None:
    times = {"a": 2.0, "b": 2.9, "c": 3.0}
    found = rows.in_turn(5, {name: lambda time=time: time for name, time in times.items()}, contending=1.5)  # type: ignore[misc]
    assert {name: len(values) for name, values in found.items()} == {"a": 5, "b": 5, "c": 3}


def test_peers_prepare_the_same_tensor(tmp_path: Path) -> None:
    paths = photographs.files(tmp_path, 3)
    expected = photographs.tensors(paths).numpy()
    for one in (prepare.with_numpy, prepare.with_torchvision()):
        got = np.stack([one(str(path)) for path in paths])
        assert got.dtype == np.float32
        assert np.array_equal(got, expected)
