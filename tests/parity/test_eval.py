"""The figures of `ptrun eval` against scikit-learn's, from records that are made up."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import classification_report, confusion_matrix, top_k_accuracy_score

ROOT = Path(__file__).resolve().parents[2]
PTRUN = Path(os.environ.get("PTRUN_BUILD", ROOT / "build")) / "ptrun"
CASES = range(50)
Document = dict[str, Any]


class Case:
    """Random answers of a random model: classes, true ones, scores of all classes for each picture."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.classes = int(rng.integers(1, 40))
        self.images = int(rng.integers(1, 600))
        present = rng.choice(self.classes, size=int(rng.integers(1, self.classes + 1)), replace=False)
        self.truth = rng.choice(present, size=self.images)
        logits = rng.normal(size=(self.images, self.classes)).astype(np.float32)
        logits[np.arange(self.images), self.truth] += rng.uniform(0, 4)
        if seed % 3 == 0:  # classes that are never the answer
            logits[:, rng.choice(self.classes, size=self.classes // 2, replace=False)] -= 20
        exponentials = np.exp(logits.astype(np.float64))
        self.scores = (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)
        self.k = int(rng.integers(1, 9))

    @property
    def order(self) -> np.ndarray[Any, Any]:
        """The classes of each picture, best first, ties to the lower index."""
        return np.argsort(-self.scores, axis=1, kind="stable")

    def write(self, folder: Path) -> None:
        """Write records, labels and the list of true classes."""
        with (folder / "records.jsonl").open("w") as records:
            for i, row in enumerate(self.order):
                top = [
                    {"index": int(c), "label": f"c{c}", "score": float(self.scores[i, c])}
                    for c in row[: max(self.k, 1)]
                ]
                record = {"path": f"{i}.png", "status": "ok", "width": 8, "height": 8, "top": top}
                records.write(json.dumps(record) + "\n")
        (folder / "labels.txt").write_text("".join(f"c{c}\n" for c in range(self.classes)))
        with (folder / "truth.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "class"])
            writer.writerows([f"{i}.png", f"c{c}" if i % 2 else c] for i, c in enumerate(self.truth))


def evaluate(folder: Path, *options: str) -> Document:
    """Run ptrun eval on the records of a folder."""
    command = [str(PTRUN), "eval", "--from-records", "records.jsonl", "--truth", "truth.csv"]
    command += ["--labels", "labels.txt", *options]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    document: Document = json.loads(result.stdout)
    return document


@pytest.fixture(scope="module", params=CASES)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Document]:
    case = Case(request.param)
    folder = tmp_path_factory.mktemp("eval")
    case.write(folder)
    return case, evaluate(folder, "--top-k", str(case.k))


def test_confusion_matrix(pair: tuple[Case, Document]) -> None:
    case, document = pair
    expected = confusion_matrix(case.truth, case.order[:, 0], labels=range(case.classes))
    assert document["confusion"] == expected.tolist()


def test_classification_report(pair: tuple[Case, Document]) -> None:
    case, document = pair
    report = classification_report(
        case.truth, case.order[:, 0], labels=range(case.classes), output_dict=True, zero_division=0
    )
    for row in document["classes"]:
        expected = report[str(row["index"])]
        assert row["label"] == f"c{row['index']}"
        assert row["images"] == expected["support"]
        assert (row["precision"], row["recall"], row["f1"]) == (
            expected["precision"],
            expected["recall"],
            expected["f1-score"],
        )
    for ours, theirs in (("macro", "macro avg"), ("weighted", "weighted avg")):
        for key, name in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert document[ours][key] == pytest.approx(report[theirs][name], rel=0, abs=1e-12)
    assert document["top1"] == np.mean(case.truth == case.order[:, 0])


def test_top_k(pair: tuple[Case, Document]) -> None:
    case, document = pair
    k = min(case.k, case.classes)
    assert document["k"] == k
    hits = (case.order[:, :k] == case.truth[:, None]).any(axis=1)
    assert document["topk"] == hits.mean()
    if case.classes > 2 and k < case.classes and len(np.unique(case.scores)) == case.scores.size:
        theirs = top_k_accuracy_score(case.truth, case.scores, k=k, labels=range(case.classes))
        assert document["topk"] == theirs


def test_calibration(pair: tuple[Case, Document]) -> None:
    case, document = pair
    confidence = case.scores.max(axis=1).astype(np.float64)
    right = case.truth == case.order[:, 0]
    place = np.clip(np.digitize(confidence, np.linspace(0, 1, 16), right=True) - 1, 0, 14)
    error = 0.0
    for bin_, row in enumerate(document["reliability"]):
        inside = place == bin_
        assert row["images"] == inside.sum()
        if inside.any():
            assert row["accuracy"] == pytest.approx(right[inside].mean(), abs=1e-12)
            assert row["confidence"] == pytest.approx(confidence[inside].mean(), abs=1e-12)
            error += abs(right[inside].mean() - confidence[inside].mean()) * inside.sum()
    assert document["ece"] == pytest.approx(error / case.images, rel=0, abs=2e-12)


def test_mistakes(pair: tuple[Case, Document]) -> None:
    case, document = pair
    best = case.order[:, 0]
    wrong = [i for i in range(case.images) if best[i] != case.truth[i]]
    wrong.sort(key=lambda i: (-case.scores[i, best[i]], i))
    assert [row["path"] for row in document["mistakes"]] == [f"{i}.png" for i in wrong[:100]]
    for row, i in zip(document["mistakes"], wrong, strict=False):
        assert (row["truth"], row["predicted"]) == (case.truth[i], best[i])


def test_records_of_one_image(tmp_path: Path) -> None:
    """One image, one class, a k that no record can have."""
    case = Case(0)
    case.classes, case.images, case.k = 1, 1, 9
    case.truth, case.scores = np.array([0]), np.ones((1, 1), np.float32)
    case.write(tmp_path)
    document = evaluate(tmp_path, "--top-k", "9")
    assert (document["images"], document["top1"], document["topk"], document["k"]) == (1, 1, 1, 1)
    assert document["ece"] == 0
    assert document["confusion"] == [[1]]


def test_digits_equal_scikit_learn(tmp_path: Path) -> None:
    """The bundled samples through the bundled model, figures recomputed from the records by scikit-learn."""
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    samples = sorted((ROOT / "models/digits/samples").iterdir())
    truth = [int(path.name[0]) for path in samples]
    rows = [f"{path.name},{names[digit]}\n" for path, digit in zip(samples, truth, strict=True)]
    (tmp_path / "truth.csv").write_text("".join(rows))
    command = [str(PTRUN), "eval", str(ROOT / "models/digits/digits.pt"), str(ROOT / "models/digits/samples")]
    options = ["--truth", "truth.csv", "--records", "records.jsonl"]
    result = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    records = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
    predicted = [record["top"][0]["index"] for record in records]
    assert document["confusion"] == confusion_matrix(truth, predicted, labels=range(10)).tolist()
    again = subprocess.run(
        [*command[:2], "--from-records", "records.jsonl", *options[:2], command[3]],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    rest = {key: value for key, value in document.items() if key not in ("ptrun", "model")}
    assert json.loads(again.stdout) == rest, again.stderr


def test_split_equals_scikit_learn(tmp_path: Path) -> None:
    """The bundled model on its test split, a folder of folders."""
    make = [sys.executable, str(ROOT / "scripts/make_digits.py"), "test", "split"]
    subprocess.run(make, cwd=tmp_path, check=True)
    command = [
        str(PTRUN),
        "eval",
        str(ROOT / "models/digits/digits.pt"),
        "split",
        "--records",
        "records.jsonl",
    ]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    records = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
    labels = [row["label"] for row in document["classes"]]
    truth = [record["path"].split("/")[1] for record in records]
    predicted = [record["top"][0]["label"] for record in records]
    report = classification_report(truth, predicted, labels=labels, output_dict=True, zero_division=0)
    assert document["top1"] == report["accuracy"]
    assert document["confusion"] == confusion_matrix(truth, predicted, labels=labels).tolist()
    for row in document["classes"]:
        expected = report[row["label"]]
        assert [row["precision"], row["recall"], row["f1"], row["images"]] == list(expected.values())
    assert document["top1"] >= 0.98
