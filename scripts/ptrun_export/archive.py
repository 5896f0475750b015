"""TorchScript archives: ZIP files of `<top folder>/<record>`, and what ptrun reads beside the program.

An extra file NAME lies at `<top folder>/extra/NAME`, where `torch.jit.save(_extra_files=…)` puts it. Records
are copied as they are, so giving a recipe to an existing archive changes no bit of its program or weights.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch

from .errors import ExportError, first_line

RECIPE = "ptrun.json"  # the extra file that holds the recipe

_ALIGNMENT = 64  # bytes: where PyTorch puts the data of every record, so that weights can be mapped
_LOCAL_HEADER = 30  # bytes, before name and extra field
_PADDING_TAG = b"FB"  # the extra field that PyTorch pads with


def save(path: str | Path, module: torch.jit.ScriptModule, extra: Mapping[str, bytes]) -> None:
    """Write `module` and the extra files to `path`, which is replaced only when all is written.

    Without the debug records of TorchScript: they hold the paths of this machine's Python files.
    """
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "archive.pt")
        torch.jit.save(module, str(saved))
        rewrite(saved, path, extra)


def rewrite(source: str | Path, target: str | Path, extra: Mapping[str, bytes]) -> None:
    """Copy an archive to `target` (which may be the same) with these extra files added or replaced."""
    partial = Path(target).with_name(Path(target).name + ".partial")
    try:
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(partial, "w") as new:
            top = top_folder(old)
            for name, content in extra.items():
                _write(new, f"{top}/extra/{name}", content, zipfile.ZIP_STORED)
            replaced = {f"{top}/extra/{name}" for name in extra}
            for info in old.infolist():
                if info.filename not in replaced and not info.filename.endswith(".debug_pkl"):
                    _write(new, info.filename, old.read(info), info.compress_type)
        shutil.move(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def read_extra(path: str | Path) -> dict[str, bytes]:
    """Return the extra files of an archive by name."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise ExportError(f"{path}: no TorchScript archive: {first_line(error)}") from error
    with archive:
        prefix = top_folder(archive) + "/extra/"
        return {
            info.filename.removeprefix(prefix): archive.read(info)
            for info in archive.infolist()
            if info.filename.startswith(prefix)
        }


def top_folder(archive: zipfile.ZipFile) -> str:
    """Return the folder that every record lies in. Raises ExportError."""
    for name in archive.namelist():
        top, slash, record = name.partition("/")
        if slash and record == "constants.pkl":
            return top
    raise ExportError(f"{archive.filename}: no TorchScript archive: there is no constants.pkl in it")


def dump_json(value: object) -> bytes:
    """Return compact UTF-8 JSON, keys in the order given."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _write(archive: zipfile.ZipFile, name: str, content: bytes, method: int) -> None:
    info = zipfile.ZipInfo(name)  # dated 1980: the same content gives the same bytes
    info.compress_type = method
    if archive.fp is not None and method == zipfile.ZIP_STORED:
        start = archive.fp.tell() + _LOCAL_HEADER + len(name.encode()) + 4
        padding = -start % _ALIGNMENT
        info.extra = _PADDING_TAG + padding.to_bytes(2, "little") + bytes(padding)
    archive.writestr(info, content)
