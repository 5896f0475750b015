"""The Python environment of the peers: ONNX Runtime and OpenVINO of fixed versions beside the project's own.

It is made once, in a folder of its own; PyTorch, NumPy and Pillow are those of `.venv`, which a `.pth` file
names, so nothing is downloaded twice and both sides run the same PyTorch.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = (
    "onnxruntime==1.31.1",
    "openvino==2026.4.1",
    "onnx==1.23.2",  # PyTorch's exporter writes through it
    # what these need
    "flatbuffers==25.12.19",
    "ml_dtypes==0.6.0",
    "openvino-telemetry==2025.2.0",
    "protobuf==7.36.2",
)
STAMP = "ptrun-stamp"


def prepare(folder: Path) -> Path:
    """Make the environment where it is not there yet; return its Python."""
    python = folder / "bin" / "python"
    stamp = "\n".join([sys.version, *PACKAGES])
    known = folder / STAMP
    if known.is_file() and known.read_text() == stamp:
        return python
    print(f"peers: making the environment {folder} (about 300 MB)", file=sys.stderr, flush=True)
    _run("-m", "venv", "--clear", "--without-pip", str(folder))
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (packages / "project.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _run("-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-compile", *PACKAGES)
    known.write_text(stamp)
    return python


def _run(*words: str) -> None:
    done = subprocess.run([sys.executable, *words], check=False)
    if done.returncode != 0:
        sys.exit(f"peers: {' '.join(words[:2])} failed")


def variables() -> dict[str, str]:
    """Return this process's variables, with which the environment's Python finds the project's scripts."""
    return os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
