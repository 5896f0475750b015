"""Files as PyTorch writes them, and damaged ones: what they are called, and that nothing wrong gets through.

The full counts run with PTRUN_ACCEPTANCE=1.
"""

from __future__ import annotations

import io
import json
import os
import random
import struct
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_probe import Probe
from torch import Tensor, nn

ACCEPTANCE = os.environ.get("PTRUN_ACCEPTANCE") == "1"
LABELS = ["tench", "goldfish", 'a "quoted" é']


class Net(nn.Module):
    """Convolution, normalisation, linear: parameters and buffers of several shapes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.last = nn.Linear(4, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return ten logits for each image."""
        return self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3)))  # type: ignore[no-any-return]


def example() -> Tensor:
    return torch.rand((1, 3, 8, 8), generator=torch.Generator().manual_seed(1))


def network() -> Net:
    torch.manual_seed(0)
    return Net().eval()


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with Probe() as running:
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of each kind that PyTorch writes."""
    folder = tmp_path_factory.mktemp("models")
    net, x = network(), example()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced, scripted = torch.jit.trace(net, x), torch.jit.script(net)
        torch.jit.save(traced, folder / "trace.pt")
        torch.jit.save(scripted, folder / "script.pt")
        torch.jit.save(torch.jit.freeze(scripted), folder / "frozen.pt")
        torch.jit.save(torch.jit.trace(network().half(), x.half()), folder / "half.pt")
        recipe = json.dumps({"format": "ptrun-recipe/1", "labels": LABELS})
        extra = {"ptrun.json": recipe, "goldens/0.bin": b"\x00\x01\xff", "näme.txt": "x" * 5000}
        torch.jit.save(traced, folder / "extra.pt", _extra_files=extra)
        scripted._save_for_lite_interpreter(str(folder / "lite.ptl"))
        scripted._save_for_lite_interpreter(str(folder / "flat.ptl"), _use_flatbuffer=True)
        torch.export.save(torch.export.export(net, (x,)), folder / "exported.pt2")
    weights = net.state_dict()
    torch.save(weights, folder / "state_dict.pth")
    torch.save(weights, folder / "state_dict_old.pth", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "model_state_dict": weights, "loss": 0.5}, folder / "checkpoint.pth")
    torch.save({"epoch": 3, "model": net}, folder / "checkpoint_module.pth")
    torch.save(net, folder / "module.pth")
    torch.save(net, folder / "module_old.pth", _use_new_zipfile_serialization=False)
    torch.save(x, folder / "tensor.pt")
    torch.save([1, 2], folder / "list.pt")
    np.savez(folder / "arrays.npz", a=np.zeros(3))
    return folder


KINDS = {
    "trace.pt": ("ok", ""),
    "script.pt": ("ok", ""),
    "frozen.pt": ("ok", ""),
    "half.pt": ("ok", ""),
    "extra.pt": ("ok", ""),
    "lite.ptl": ("ok", ""),
    "flat.ptl": ("model_unknown_format", "a mobile model in FlatBuffer form"),
    "exported.pt2": ("model_is_exported_program", "torch.export"),
    "state_dict.pth": ("model_is_state_dict", "a state_dict of 9 tensors (conv.weight, …)"),
    "state_dict_old.pth": (
        "model_is_state_dict",
        "a state_dict of 9 tensors (conv.weight, …), in PyTorch's format before 1.6",
    ),
    "checkpoint.pth": ("model_is_state_dict", 'a checkpoint with 9 tensors under "model_state_dict"'),
    "checkpoint_module.pth": (
        "model_is_pickle",
        'a checkpoint with a pickled Python object (class Net) under "model"',
    ),
    "module.pth": ("model_is_pickle", "(class Net of test_model_files)"),
    "module_old.pth": (
        "model_is_pickle",
        "(class Net of test_model_files), not TorchScript, in PyTorch's format before 1.6",
    ),
    "tensor.pt": ("model_is_pickle", "a pickled tensor"),
    "list.pt": ("model_is_pickle", "a pickled Python object"),
    "arrays.npz": ("model_unknown_format", "NumPy arrays (.npz)"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kind(probe: Probe, files: Path, name: str) -> None:
    status, detail = KINDS[name]
    answer = probe.open(files / name)
    assert answer["open"]["status"] == status
    assert detail in answer["open"]["detail"]
    if status == "ok":
        assert answer["check"] == {"status": "ok", "detail": ""}
        torch.jit.load(files / name)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("zipped", [True, False])
def test_protocols_of_pickle(probe: Probe, tmp_path: Path, protocol: int, zipped: bool) -> None:
    path = tmp_path / "weights.pth"
    content = {"step": 2**70, "rate": 0.1, "note": b"x", "flags": {True, None}, "net": network().state_dict()}
    torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    answer = probe.open(path)["open"]
    assert answer["status"] == "model_is_state_dict"
    assert 'a checkpoint with 9 tensors under "net"' in answer["detail"]
    assert answer["detail"].endswith("before 1.6") != zipped


def python_records(path: Path) -> list[list[Any]]:
    """Return name without the top folder, size and CRC-32 of every member, as Python's zipfile reads them."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return [[i.filename.partition("/")[2], i.file_size, i.CRC] for i in archive.infolist()]


@pytest.mark.parametrize("name", [name for name, (status, _) in KINDS.items() if status == "ok"])
def test_records_are_those_of_zipfile(probe: Probe, files: Path, name: str) -> None:
    assert probe.open(files / name)["records"] == python_records(files / name)


def pack_again(source: Path, target: Path, method: int, zip64: bool) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", method) as new:
        for info in old.infolist():
            with new.open(zipfile.ZipInfo(info.filename), "w", force_zip64=zip64) as record:
                record.write(old.read(info))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("zip64", [False, True])
def test_archives_packed_by_others(
    probe: Probe, files: Path, tmp_path: Path, method: int, zip64: bool
) -> None:
    """A model that was packed again, or got a member appended, by other tools is still one."""
    again = tmp_path / "again.pt"
    pack_again(files / "extra.pt", again, method, zip64)
    assert probe.verdict(again) == "ok"
    with zipfile.ZipFile(again, "a") as archive:
        archive.writestr("extra/extra/more.json", "{}")
    assert probe.verdict(again) == "ok"
    assert probe.open(again)["records"] == python_records(again)
    torch.testing.assert_close(torch.jit.load(again)(example()), network()(example()))


def test_streamed_archive(probe: Probe, files: Path, tmp_path: Path) -> None:
    """Written to a pipe: sizes only in data descriptors."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.content += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(files / "trace.pt") as old, zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    streamed = tmp_path / "streamed.pt"
    streamed.write_bytes(pipe.content)
    assert probe.verdict(streamed) == "ok"
    assert probe.open(streamed)["records"] == python_records(streamed)


def test_recipe_inside_a_model(probe: Probe, files: Path) -> None:
    answer = probe.recipe(model=files / "extra.pt")
    assert answer["resolve"]["status"] == "ok"
    assert answer["recipe"]["labels"] == LABELS
    assert answer["source"]["labels"] == "model"


def test_folder_attribute(probe: Probe, files: Path, tmp_path: Path) -> None:
    """LibTorch would hand out uninitialised memory as the weights of a record that is marked as a folder."""
    data = bytearray((files / "trace.pt").read_bytes())
    data[data.index(b"PK\x01\x02") + 38] |= 0x10
    path = tmp_path / "folder.pt"
    path.write_bytes(data)
    assert probe.open(path)["open"]["status"] == "model_corrupt"


def outputs(path: Path) -> Tensor:
    with torch.inference_mode():
        out: Tensor = torch.jit.load(path).eval()(example())
    return out


def test_flipped_bits_never_change_an_answer(probe: Probe, files: Path, tmp_path: Path) -> None:
    """Each flip is refused, or LibTorch gives the same logits."""
    original = (files / "extra.pt").read_bytes()
    expected = outputs(files / "extra.pt")
    count = len(original) * 8
    bits = random.Random(3).sample(range(count), 10000 if ACCEPTANCE else 1000)
    path = tmp_path / "flipped.pt"
    harmless = 0
    for bit in bits:
        data = bytearray(original)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        verdict = probe.verdict(path)
        assert verdict in {"ok", "model_corrupt", "model_truncated", "model_unknown_format"}, (bit, verdict)
        if verdict == "ok":
            harmless += 1
            assert torch.equal(outputs(path), expected), bit
    assert 0 < harmless < len(bits) // 4


@pytest.mark.parametrize("name", ["trace.pt", "lite.ptl", "state_dict.pth", "exported.pt2"])
def test_cut_files(probe: Probe, files: Path, tmp_path: Path, name: str) -> None:
    data = (files / name).read_bytes()
    path = tmp_path / "cut.pt"
    verdicts = []
    for length in [*range(4, len(data), 1 if ACCEPTANCE else 61), len(data) - 1]:
        path.write_bytes(data[:length])
        verdicts.append(probe.open(path)["open"]["status"])
    others = [verdict for verdict in verdicts if verdict != "model_truncated"]
    # cut right behind the archive that is stored inside a .pt2, the file ends with an end record
    assert others in ([], ["model_corrupt"] if name == "exported.pt2" else [])
    path.write_bytes(b"")
    assert probe.open(path)["open"]["status"] == "model_empty"


def damage(data: bytearray, other: bytes, rng: random.Random) -> bytearray:
    """Overwrite, cut out, repeat or replace a range by one of another file, one to three times."""
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(data))
        length = min(rng.choice([1, 2, 4, 8, 30, 46, 300, 3000]), len(data) - start)
        match rng.randrange(5):
            case 0:
                data[start : start + length] = rng.randbytes(length)
            case 1:
                del data[start : start + length]
            case 2:
                data[start:start] = data[start : start + length]
            case 3:
                place = rng.randrange(len(other))
                data[start : start + length] = other[place : place + length]
            case 4:
                value = rng.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFFE])
                data[start : start + 4] = struct.pack("<I", value)
        data = data or bytearray(b"P")
    return data


def test_damaged_archives(probe: Probe, files: Path, tmp_path: Path) -> None:
    """Whatever the bytes: an answer, and whole archives only where zipfile agrees that they are whole."""
    rng = random.Random(4)
    sources = [(files / name).read_bytes() for name in KINDS]
    path = tmp_path / "damaged.pt"
    seen: dict[str, int] = {}
    for _ in range(20000 if ACCEPTANCE else 2000):
        path.write_bytes(damage(bytearray(rng.choice(sources)), rng.choice(sources), rng))
        verdict = probe.verdict(path)
        seen[verdict] = seen.get(verdict, 0) + 1
        if verdict == "ok":
            assert probe.open(path)["records"] == python_records(path)
    assert seen["model_truncated"] > 100 and seen["model_corrupt"] > 100, seen


def test_damaged_pickles(probe: Probe, tmp_path: Path) -> None:
    """The reader of pickles answers, whatever they hold."""
    rng = random.Random(5)
    plain = io.BytesIO()
    torch.save({"model": network()}, plain, _use_new_zipfile_serialization=False)
    path = tmp_path / "damaged.pkl"
    for _ in range(20000 if ACCEPTANCE else 2000):
        data = bytearray(plain.getvalue()[: rng.choice([200, 2000, 20000])])
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(2, len(data))] = rng.randrange(256)
        path.write_bytes(data)
        assert probe.verdict(path) in {"model_is_pickle", "model_is_state_dict"}


def safetensors(header: dict[str, Any], content: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def test_other_formats(probe: Probe, tmp_path: Path) -> None:
    tensor = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    cases = {
        "model_is_safetensors": safetensors({"__metadata__": {"format": "pt"}, "w": tensor}, bytes(8)),
        "model_is_lfs_pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n",
        "model_is_html": b"\n<!doctype html><html><head><title>Sign in</title>",
        "model_is_onnx": b'\x08\x09\x12\x07pytorch\x1a\x052.1.0:\x12\n\x10\n\x01x\x12\x01y"\x08Identity',
        "model_is_tensorrt": b"ptrt\x00\x00\x00\x00" + bytes(100),
        "model_is_image": b"\x89PNG\r\n\x1a\n" + bytes(50),
        "model_unknown_format": bytes(range(1, 100)),
    }
    for status, content in cases.items():
        path = tmp_path / status
        path.write_bytes(content)
        assert probe.open(path)["open"]["status"] == status
