"""Generated pictures, the same ones in every run.

`pngs()`, `gifs()`, `bmps()`, `webps()` and `jpegs(folder)` give files as bytes by name: every mode, depth,
subsampling and oddity that the decoders promise to take. `png()`, `gif()` and `bmp()` build one file each.
"""

from __future__ import annotations

import io
import itertools
import os
import random
import struct
import subprocess
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image, ImageFile

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))

Named = Iterator[tuple[str, bytes]]
Size = tuple[int, int]
Chunk = tuple[bytes, bytes]

SIZES: list[Size] = [(1, 1), (2, 1), (1, 3), (5, 3), (7, 9), (16, 16), (33, 17), (100, 75), (253, 131)]
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
PNG_KINDS = [
    (d, c)
    for c, ds in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items()
    for d in ds
]


def picture(size: Size, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """Draw waves with noise and hard edges."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    channels = []
    for c in range(3):
        wave = 127 + 90 * np.sin(x / (6 + 3 * c) + seed) + 60 * np.cos(y / (9 - 2 * c))
        wave = wave + rng.normal(0, 8, wave.shape)
        wave[(x // 11 + y // 7) % 5 == c] = 255 * (c % 2)
        channels.append(wave)
    rgb = Image.fromarray(np.stack(channels, 2).clip(0, 255).astype(np.uint8))
    if mode == "I;16":
        return Image.fromarray((channels[0] * 3).clip(0, 65535).astype(np.uint16))
    if mode in ("RGBA", "LA"):
        rgb.putalpha(Image.fromarray(channels[1].clip(0, 255).astype(np.uint8)))
    return rgb.convert(mode)


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    """Let Pillow write the file, however large it gets."""
    out = io.BytesIO()
    with mock.patch.object(ImageFile, "MAXBLOCK", 1 << 24):
        image.save(out, file_format, **options)
    return out.getvalue()


# PNG


def chunk(name: bytes, data: bytes) -> bytes:
    """Frame a PNG chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    size: Size,
    depth: int,
    color: int,
    *,
    interlaced: bool = False,
    seed: int = 0,
    before: Sequence[Chunk] = (),
    after: Sequence[Chunk] = (),
    idat: int = 0,
    filters: Sequence[int] = (0, 1, 2, 3, 4),
    rows: bytes | None = None,
    end: bytes | None = None,
) -> bytes:
    """Build a PNG whose filtered bytes are random, in IDATs of `idat` bytes (0: one).

    `rows` replaces the filtered bytes; `end` what follows the last IDAT.
    """
    rng = random.Random(seed)
    bits = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color] * depth
    if rows is None:
        made = bytearray()
        for x, y, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
            count, lines = -(-(size[0] - x) // dx), -(-(size[1] - y) // dy)
            for _ in range(lines if count > 0 else 0):
                made += bytes([rng.choice(filters)]) + rng.randbytes((count * bits + 7) // 8)
        rows = bytes(made)
    packed = zlib.compress(rows, rng.randrange(10))
    step = idat or len(packed)
    out = b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", *size, depth, color, 0, 0, interlaced)
    )
    out += b"".join(chunk(*c) for c in before)
    out += b"".join(chunk(b"IDAT", packed[i : i + step]) for i in range(0, len(packed), step))
    out += b"".join(chunk(*c) for c in after)
    return out + (chunk(b"IEND", b"") if end is None else end)


def palette(entries: int, seed: int = 0) -> Chunk:
    """Make a PLTE of random colours."""
    return b"PLTE", random.Random(seed).randbytes(3 * entries)


def png_basics() -> Named:
    """Every depth, colour type and interlace, at every size."""
    for n, ((depth, color), interlaced, size) in enumerate(
        itertools.product(PNG_KINDS, (False, True), SIZES)
    ):
        before = [palette(1 << depth, n)] if color == 3 else []
        yield (
            f"png-{color}-{depth}-{'adam7' if interlaced else 'plain'}-{size[0]}x{size[1]}",
            png(size, depth, color, interlaced=interlaced, seed=n, before=before, idat=(0, 100, 7)[n % 3]),
        )


def png_oddities() -> Named:
    """Give what is valid, or taken all the same."""
    size = (21, 13)
    for depth in (1, 2, 4, 8):
        for entries in (0, 1, 3, 200 if depth == 8 else 2):
            yield (
                f"png-short-palette-{depth}-{entries}",
                png(size, depth, 3, before=[palette(entries)], seed=entries),
            )
        yield f"png-no-palette-{depth}", png(size, depth, 3)
        yield (
            f"png-palette-trns-{depth}",
            png(size, depth, 3, before=[palette(1 << depth), (b"tRNS", b"\x00\x80")]),
        )
        yield (
            f"png-palette-one-{depth}",
            png(size, depth, 3, before=[palette(1 << depth), (b"tRNS", b"\xff\x00\xff")]),
        )
    for depth in (1, 2, 4, 8, 16):
        yield f"png-grey-trns-{depth}", png(size, depth, 0, before=[(b"tRNS", b"\x00\x01")])
    for depth in (8, 16):
        yield f"png-rgb-trns-{depth}", png(size, depth, 2, before=[(b"tRNS", b"\0\1\0\2\0\3"), palette(9)])
        yield f"png-rgba-plte-{depth}", png(size, depth, 6, before=[palette(256)])
    for number in range(5):
        yield f"png-filter-{number}", png((64, 40), 8, 2, filters=(number,))
        yield f"png-filter-{number}-16", png((64, 40), 16, 6, filters=(number,))
    low = b"".join(b"\0" + struct.pack(">6H", 0, 1, 254, 255, 256, 65535 - i) for i in range(4))
    yield "png-16-bit-saturates", png((6, 4), 16, 0, rows=low)
    yield "png-large-idats", png((500, 400), 8, 6, idat=8192)
    yield "png-one-large-idat", png((500, 400), 8, 2)
    for interlaced, row in ((False, b"\1" + bytes(range(21))), (True, b"\1\7\7\7")):
        half, early = row * 4, [palette(40)]
        yield (
            f"png-ends-early-palette-{interlaced}",
            png(size, 8, 3, rows=half, before=early, interlaced=interlaced),
        )
        yield f"png-ends-early-grey-{interlaced}", png(size, 8, 0, rows=half, interlaced=interlaced)
    yield "png-more-rows-than-needed", png((4, 2), 8, 0, rows=bytes(500))
    yield "png-empty-idats", png(size, 8, 2, before=[(b"IDAT", b"")], idat=50, after=[(b"IDAT", b"")])
    yield "png-junk-at-the-end", png(size, 8, 2) + b"junk" * 30
    yield "png-no-iend", png(size, 8, 2, end=b"")
    yield (
        "png-text-after",
        png(size, 8, 2, after=[(b"tEXt", b"k\0v"), (b"zTXt", b"k\0\0" + zlib.compress(b"v"))]),
    )
    yield "png-many-chunks", png(size, 8, 2, before=ancillary())
    yield (
        "png-apng",
        png(size, 8, 6, before=[(b"acTL", struct.pack(">II", 2, 0)), frame(0, size)], after=[frame(1, size)]),
    )
    yield (
        "png-apng-default",
        png(size, 8, 6, before=[(b"acTL", struct.pack(">II", 1, 0))], after=[frame(0, size)]),
    )
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        name, drawn = f"png-pillow-{mode.replace(';', '')}", picture((91, 67), mode)
        yield name, saved(drawn, "PNG")
        yield f"{name}-optimized", saved(drawn, "PNG", optimize=True)
        if mode in ("L", "P"):
            yield f"{name}-clear", saved(drawn, "PNG", transparency=3)


def frame(sequence: int, size: Size) -> Chunk:
    """Make an APNG frame header for the whole picture."""
    return b"fcTL", struct.pack(">IIIIIHHBB", sequence, *size, 0, 0, 1, 10, 0, 0)


def ancillary() -> list[Chunk]:
    """List valid chunks of every kind that is looked at."""
    xmp = b"XML:com.adobe.xmp\0\0\0\0\0<x/>"
    return [
        (b"gAMA", struct.pack(">I", 45455)),
        (b"cHRM", struct.pack(">8I", *range(8))),
        (b"sRGB", b"\0"),
        (b"pHYs", struct.pack(">IIB", 2834, 2834, 1)),
        (b"iCCP", b"name\0\0" + zlib.compress(bytes(5000))),
        (b"tEXt", b"Title\0A title"),
        (b"zTXt", b"Comment\0\0" + zlib.compress(b"text" * 99)),
        (b"iTXt", xmp),
        (b"iTXt", b"key\0\1\0en\0k\0" + zlib.compress(b"text" * 99)),
        (b"bKGD", bytes(6)),
        (b"tIME", bytes(7)),
        (b"prVt", b"private"),
    ]


def pngs() -> Named:
    """Give every PNG."""
    yield from png_basics()
    yield from png_oddities()


# GIF


def lzw(pixels: bytes, bits: int, clear_every: int = 0) -> bytes:
    """Compress as GIF does; `clear_every` adds clear codes after that many codes. A full table is kept."""
    clear, end = 1 << bits, (1 << bits) + 1
    codes: list[tuple[int, int]] = [(clear, bits + 1)]
    table, width, current, since = {bytes([i]): i for i in range(clear)}, bits + 1, b"", 0
    following = end + 1
    for i in range(len(pixels)):
        if current + pixels[i : i + 1] in table:
            current += pixels[i : i + 1]
            continue
        codes.append((table[current], width))
        since += 1
        if following < 4096:
            table[current + pixels[i : i + 1]] = following
            following += 1
            width += following > 1 << width and width < 12
        if clear_every and since >= clear_every:
            codes.append((clear, width))
            table, width, since = {bytes([j]): j for j in range(clear)}, bits + 1, 0
            following = end + 1
        current = pixels[i : i + 1]
    codes += [(table[current], width), (end, width + (following == 1 << width and width < 12))]
    return pack_codes(codes)


def pack_codes(codes: list[tuple[int, int]]) -> bytes:
    """Pack codes of the given widths, low bits first, into blocks."""
    bits = "".join(format(code, f"0{width}b")[::-1] for code, width in codes)
    bits += "0" * (-len(bits) % 8)
    data = bytes(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))
    return b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255))


def color_table(entries: int, seed: int, ramp: bool = False) -> bytes:
    """Make a table of random colours, or of (i, i, i)."""
    return (
        bytes(i for n in range(entries) for i in (n, n, n))
        if ramp
        else random.Random(seed).randbytes(3 * entries)
    )


def gif(
    canvas: Size,
    box: tuple[int, int, int, int],
    *,
    bits: int = 8,
    local: bytes = b"",
    shared: bytes = b"",
    interlaced: bool = False,
    transparent: int | None = None,
    version: bytes = b"GIF89a",
    clear_every: int = 0,
    before: bytes = b"",
    tail: bytes = b"\0;",
    noise: bool = False,
    background: int = 1,
    seed: int = 0,
) -> bytes:
    """Build a GIF of one frame in `box` (left, top, width, height)."""
    rng = random.Random(seed)
    count = box[2] * box[3]
    top = (1 << bits) - 1
    pixels = bytes(
        rng.randint(0, top) if noise or i % 9 == 0 else (i // 5 + i // box[2]) & top for i in range(count)
    )
    out = version + struct.pack("<HHBBB", *canvas, flags(shared), background, 0) + shared
    if transparent is not None:
        out += b"!\xf9\x04" + struct.pack("<BHB", 1, 7, transparent) + b"\0"
    out += before + b"," + struct.pack("<HHHHB", *box, flags(local) | interlaced << 6) + local
    return out + bytes([max(bits, 2)]) + lzw(pixels, max(bits, 2), clear_every) + tail


def flags(table: bytes) -> int:
    """Describe a colour table in a header's flags."""
    return 0x80 | (len(table) // 3).bit_length() - 2 if table else 0


def gifs() -> Named:
    """Give every GIF."""
    for n, (bits, size) in enumerate(itertools.product((1, 2, 4, 8), SIZES)):
        for interlaced in (False, True):
            shared = color_table(1 << bits, n)
            yield (
                f"gif-{bits}-{interlaced}-{size[0]}x{size[1]}",
                gif(size, (0, 0, *size), bits=bits, shared=shared, interlaced=interlaced, seed=n),
            )
    canvas = (40, 30)
    for n, box in enumerate(
        [(0, 0, 40, 30), (5, 7, 20, 10), (30, 20, 40, 30), (0, 0, 60, 10), (39, 29, 1, 1)]
    ):
        for transparent in (None, 0, 3, 200):
            name = f"gif-box{n}-clear-{transparent}"
            shared, local = color_table(256, n), color_table(16, n + 50)
            yield name + "-shared", gif(canvas, box, shared=shared, transparent=transparent, seed=n)
            yield (
                name + "-local",
                gif(canvas, box, bits=4, shared=shared, local=local, transparent=transparent, seed=n),
            )
            yield name + "-none", gif(canvas, box, transparent=transparent, seed=n, interlaced=True)
    full = (0, 0, *canvas)
    yield "gif-ramp-shared", gif(canvas, full, shared=color_table(256, 0, True))
    yield "gif-ramp-local", gif(canvas, full, shared=color_table(256, 1), local=color_table(256, 0, True))
    yield (
        "gif-ramp-shared-local",
        gif(canvas, full, shared=color_table(64, 0, True), local=color_table(256, 9)),
    )
    yield "gif-ramp-16", gif(canvas, full, shared=color_table(16, 0, True))
    yield "gif-short-palette", gif(canvas, full, shared=color_table(8, 5), transparent=77)
    yield "gif-87a", gif(canvas, full, shared=color_table(256, 2), version=b"GIF87a")
    yield "gif-noise", gif((400, 300), (0, 0, 400, 300), shared=color_table(256, 3), noise=True)
    yield (
        "gif-noise-clears",
        gif((99, 88), (0, 0, 99, 88), shared=color_table(256, 3), noise=True, clear_every=100),
    )
    yield "gif-smooth", gif((400, 300), (0, 0, 400, 300), shared=color_table(16, 3), bits=4)
    comments = b"!\xfe\x03abc\x00!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00!\xfe\x00"
    yield "gif-extensions", gif(canvas, full, shared=color_table(256, 2), before=comments)
    text = b"!\x01\x0c" + bytes(12) + b"\x02hi\x00"
    yield "gif-plain-text", gif(canvas, full, shared=color_table(256, 2), before=text)
    yield "gif-stray-bytes", gif(canvas, full, shared=color_table(256, 2), before=b"\0\0\x07")
    two = b"!\xf9\x04\x00\x00\x00\x05\x00"
    yield "gif-two-controls", gif(canvas, full, shared=color_table(256, 2), transparent=9, before=two)
    second = b"," + struct.pack("<HHHHB", *full, 0) + bytes([8]) + lzw(bytes(1200), 8) + b"\0;"
    yield "gif-two-frames", gif(canvas, full, shared=color_table(256, 2), tail=b"\0" + second)
    for name, tail in {
        "no-terminator": b"",
        "no-trailer": b"\0",
        "junk": b"\0;junk",
        "cut-block": b"\x40abc",
    }.items():
        yield f"gif-{name}", gif(canvas, full, shared=color_table(256, 2), tail=tail)
    yield "gif-empty-canvas", gif((0, 0), full, shared=color_table(256, 2))
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        for interlace in (0, 1):
            yield f"gif-pillow-{mode}-{interlace}", saved(picture((83, 61), mode), "GIF", interlace=interlace)
    frames = [picture((40, 30), "P", i) for i in range(3)]
    yield "gif-animated", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0)


# BMP


def bmp(
    size: Size,
    bits: int,
    *,
    header: int = 40,
    top_down: bool = False,
    masks: Sequence[int] = (),
    colors: bytes = b"",
    n_colors: int | None = None,
    compression: int | None = None,
    gap: int = 0,
    no_offset: bool = False,
    seed: int = 0,
) -> bytes:
    """Build a BMP of random pixels; `colors` are BGRX entries, or BGR ones with the header of 12 bytes."""
    stride = (size[0] * bits + 31) // 32 * 4
    pixels = random.Random(seed).randbytes(stride * size[1])
    count = n_colors if n_colors is not None else len(colors) // 4 % (1 << min(bits, 30))
    if header == 12:
        info = struct.pack("<IHHHH", 12, *size, 1, bits)
    else:
        height = -size[1] if top_down else size[1]
        code = compression if compression is not None else 3 if masks else 0
        info = struct.pack(
            "<IiiHHIIiiII", header, size[0], height, 1, bits, code, len(pixels), 0, 0, count, 0
        )
        info += struct.pack(f"<{len(masks)}I", *masks)
        info = info.ljust(header, b"\0")
    body = info + colors + bytes(gap)
    offset = 0 if no_offset else 14 + len(body)
    return b"BM" + struct.pack("<IHHI", 14 + len(body) + len(pixels), 0, 0, offset) + body + pixels


def bmps() -> Named:
    """Give every BMP."""
    rng = random.Random(5)
    for n, (bits, size, header) in enumerate(
        itertools.product((1, 4, 8, 16, 24, 32), SIZES, (40, 52, 56, 64, 108, 124))
    ):
        colors = rng.randbytes(4 << bits) if bits <= 8 else b""
        yield (
            f"bmp-{bits}-{header}-{size[0]}x{size[1]}",
            bmp(size, bits, header=header, top_down=n % 3 == 0, colors=colors, seed=n),
        )
    size = (19, 11)
    for bits in (1, 4, 8):
        short = rng.randbytes(4 * 2 if bits == 1 else 4 * 5)
        yield f"bmp-{bits}-short-palette", bmp(size, bits, colors=short, n_colors=len(short) // 4)
        yield f"bmp-{bits}-one-color", bmp(size, bits, colors=short[:4], n_colors=1)
        yield f"bmp-{bits}-one-black", bmp(size, bits, colors=bytes(4), n_colors=1)
        yield f"bmp-{bits}-gap", bmp(size, bits, colors=rng.randbytes(4 << bits), gap=20)
        yield f"bmp-{bits}-no-offset", bmp(size, bits, colors=rng.randbytes(4 << bits), no_offset=True)
        yield f"bmp-{bits}-core", bmp(size, bits, header=12, colors=rng.randbytes(3 << bits))
        yield f"bmp-{bits}-black-white", bmp((40, 11), bits, colors=b"\0\0\0\0\xff\xff\xff\0", n_colors=2)
        yield f"bmp-{bits}-white-black", bmp((40, 11), bits, colors=b"\xff\xff\xff\0\0\0\0\0", n_colors=2)
    ramp = b"".join(bytes((i, i, i, 0)) for i in range(256))
    yield "bmp-8-ramp", bmp(size, 8, colors=ramp)
    yield "bmp-8-ramp-16", bmp(size, 8, colors=ramp[:64], n_colors=16)
    yield "bmp-24-core", bmp(size, 24, header=12)
    yield (
        "bmp-1-forgotten-palette",
        bmp(size, 8, colors=ramp[:40], n_colors=10)[:10]
        + struct.pack("<I", 54)
        + bmp(size, 8, colors=ramp[:40], n_colors=10)[14:],
    )
    for header in (40, 56, 108):
        yield f"bmp-16-565-{header}", bmp(size, 16, header=header, masks=(0xF800, 0x7E0, 0x1F), seed=header)
        yield f"bmp-16-555-{header}", bmp(size, 16, header=header, masks=(0x7C00, 0x3E0, 0x1F), seed=header)
    for n, masks in enumerate(BMP_MASKS_32):
        for header in (56, 108, 124):
            yield f"bmp-32-masks{n}-{header}", bmp(size, 32, header=header, masks=masks, seed=n)
        if masks[3] == 0:
            yield f"bmp-32-masks{n}-40", bmp(size, 32, masks=masks[:3], seed=n)
    yield "bmp-24-masks", bmp(size, 24, header=56, masks=(0xFF0000, 0xFF00, 0xFF, 0))
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield f"bmp-pillow-{mode}", saved(picture((83, 61), mode), "BMP")
    yield "bmp-last-padding-missing", bmp((5, 4), 24)[:-1]
    yield "bmp-junk", bmp((5, 4), 24) + b"junk"


BMP_MASKS_32 = [
    (0xFF0000, 0xFF00, 0xFF, 0x0),
    (0xFF000000, 0xFF0000, 0xFF00, 0x0),
    (0xFF000000, 0xFF00, 0xFF, 0x0),
    (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
    (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
    (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    (0xFF000000, 0xFF00, 0xFF, 0xFF0000),
    (0x0, 0x0, 0x0, 0x0),
]


# WebP


def webps() -> Named:
    """Give every WebP."""
    for n, (size, mode) in enumerate(itertools.product([*SIZES, (500, 375)], ("RGB", "RGBA"))):
        yield (
            f"webp-lossless-{mode}-{n}",
            saved(picture(size, mode, n), "WEBP", lossless=True, quality=20, method=n % 5),
        )
        yield (
            f"webp-lossy-{mode}-{n}",
            saved(picture(size, mode, n), "WEBP", quality=10 + 4 * n, method=n % 5),
        )
        yield f"webp-exact-{mode}-{n}", saved(picture(size, mode, n), "WEBP", quality=90, exact=True)
    frames = [picture((50, 40), "RGBA", i) for i in range(3)]
    for lossless in (False, True):
        yield (
            f"webp-animated-{lossless}",
            saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=lossless),
        )
    small = picture((20, 10), "RGBA", 3)
    spot = Image.new("RGBA", (64, 48), (200, 100, 50, 0))
    spot.paste(small, (24, 16))
    yield (
        "webp-animated-spot",
        saved(spot, "WEBP", save_all=True, append_images=[frames[0].resize((64, 48))], lossless=True),
    )
    yield "webp-frame-inside", webp_frame((64, 48), (10, 6), saved(small.convert("RGB"), "WEBP", quality=80))
    yield "webp-frame-inside-alpha", webp_frame((64, 48), (0, 8), saved(small, "WEBP", lossless=True))
    yield "webp-exif", saved(picture((30, 20)), "WEBP", exif=exif(6))
    yield "webp-xmp", saved(picture((30, 20)), "WEBP", xmp=xmp(8))


def riff(name: bytes, data: bytes) -> bytes:
    """Frame a RIFF chunk."""
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp_frame(canvas: Size, at: Size, still: bytes) -> bytes:
    """Make an animation of one frame from a simple still picture, placed at an even offset."""
    with Image.open(io.BytesIO(still)) as image:
        size = image.size
    bits = still[12:]
    if bits.startswith(b"VP8X"):
        bits = bits[18:]

    def u24(value: int) -> bytes:
        return struct.pack("<I", value)[:3]

    head = riff(b"VP8X", b"\x12\0\0\0" + u24(canvas[0] - 1) + u24(canvas[1] - 1)) + riff(
        b"ANIM", b"\x40\x80\xc0\xff\0\0"
    )
    place = u24(at[0] // 2) + u24(at[1] // 2) + u24(size[0] - 1) + u24(size[1] - 1) + u24(100) + b"\0"
    body = b"WEBP" + head + riff(b"ANMF", place + bits)
    return b"RIFF" + struct.pack("<I", len(body)) + body


# Orientation


def exif(
    orientation: int,
    *,
    order: str = "<",
    kind: int = 3,
    magic: bytes = b"",
    extra: int = 2,
    count: int = 1,
    name: bytes = b"Exif\0\0",
) -> bytes:
    """Make an EXIF block; `kind` is the TIFF type of the orientation, `extra` counts entries before it."""
    head = magic or (b"II*\0" if order == "<" else b"MM\0*")
    entries = [struct.pack(order + "HHI4s", 0x010E + i, 2, 3, b"ab\0\0") for i in range(extra)]
    formats = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 7: "B", 2: "B", 11: "f"}
    outside = b""
    if kind in (5, 10, 12, 16):
        start = 8 + 2 + 12 * (extra + 1) + 4
        value = struct.pack(order + "I", start)
        outside = struct.pack(
            order + {5: "II", 10: "ii", 12: "d", 16: "Q"}[kind],
            *([orientation, 1] if kind in (5, 10) else [orientation]),
        )
    else:
        value = struct.pack(order + formats[kind], orientation).ljust(4, b"\0")
    entries.append(struct.pack(order + "HHI", 0x0112, kind, count) + value)
    return name + head + struct.pack(order + "IH", 8, len(entries)) + b"".join(entries) + bytes(4) + outside


def xmp(orientation: int, attribute: bool = True) -> bytes:
    """Make an XMP packet."""
    form = 'tiff:Orientation="%d"' if attribute else "><tiff:Orientation>%d</tiff:Orientation"
    return b"<x:xmpmeta><rdf:Description " + (form % orientation).encode() + b"/></x:xmpmeta>"


def segment(marker: int, data: bytes) -> bytes:
    """Frame a JPEG segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """Put segments right behind the signature."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"


def oriented() -> Named:
    """Pictures with every orientation, and the ways in which files say it, rightly or wrongly."""
    jpeg, size = saved(picture((37, 23)), "JPEG", quality=80), (37, 23)
    for value in (*range(10), 255):
        yield f"exif-{value}", with_segments(jpeg, segment(0xE1, exif(value)))
        yield f"exif-{value}-png", png(size, 8, 2, before=[(b"eXIf", exif(value, name=b"", order=">"))])
        yield f"exif-{value}-png-late", png(size, 8, 2, after=[(b"eXIf", exif(value))])
    for value in (0, 3, 8, 9):
        for attribute in (True, False):
            text = xmp(value, attribute)
            packed = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(text)
            yield f"xmp-{value}-{attribute}", with_segments(jpeg, segment(0xE1, XMP_NAME + text))
            yield (
                f"xmp-{value}-{attribute}-png",
                png(size, 8, 2, before=[(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + text)]),
            )
            yield f"xmp-{value}-{attribute}-png-packed", png(size, 8, 2, after=[(b"iTXt", packed)])
    for kind, order in itertools.product((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16), "<>"):
        yield (
            f"exif-type-{kind}-{'little' if order == '<' else 'big'}",
            with_segments(jpeg, segment(0xE1, exif(6, kind=kind, order=order))),
        )
    blocks = {
        "both": exif(6) + b"",
        "no-orientation": exif(6).replace(b"\x12\x01\x03", b"\x13\x01\x03"),
        "bad-magic": exif(6, magic=b"XX*\0"),
        "big-tiff": exif(6, magic=b"II+\0"),
        "odd-magic-1": exif(6, magic=b"MM*\0", order=">"),
        "odd-magic-2": exif(6, magic=b"II\0*"),
        "odd-magic-3": exif(6, magic=b"MM\0+", order=">"),
        "twice-named": b"Exif\0\0" + exif(6),
        "empty": b"Exif\0\0",
        "tiny": b"Exif\0\0II*\0\x08",
        "cut": exif(6)[:-9],
        "cut-entry": exif(6)[:-18],
        "count-0": exif(6, count=0),
        "count-2": exif(6, count=2),
        "count-huge": exif(6, count=0x7FFFFFFF),
        "type-0": exif(6).replace(b"\x12\x01\x03", b"\x12\x01\x00"),
    }
    for name, block in blocks.items():
        yield f"exif-{name}", with_segments(jpeg, segment(0xE1, block))
        yield f"exif-{name}-xmp", with_segments(jpeg, segment(0xE1, block), segment(0xE1, XMP_NAME + xmp(3)))
    whole = exif(6)
    yield (
        "exif-in-two",
        with_segments(jpeg, segment(0xE1, whole[:20]), segment(0xE1, b"Exif\0\0" + whole[20:])),
    )
    yield "exif-repeated", with_segments(jpeg, segment(0xE1, exif(6)), segment(0xE1, exif(3)))
    yield "xmp-repeated", with_segments(jpeg, *(segment(0xE1, XMP_NAME + xmp(i)) for i in (6, 3)))
    yield (
        "xmp-tricky",
        with_segments(
            jpeg, segment(0xE1, XMP_NAME + b'tiff:Orientation= tiff:Orientation="x tiff:Orientation>5')
        ),
    )


# JPEG

JPEG_SAMPLINGS = {
    "grey": "1x1 2x2 1x2 3x1",
    "ycc": "1x1,1x1,1x1 2x1,1x1,1x1 2x2,1x1,1x1 1x2,1x1,1x1 4x1,1x1,1x1 4x2,1x1,1x1 1x4,1x1,1x1 "
    "2x4,1x1,1x1 2x2,2x1,1x2 2x2,1x2,1x2 1x1,2x2,1x1 3x1,1x1,1x1 2x1,2x1,1x1 2x1,2x1,2x1",
    "rgb": "1x1,1x1,1x1 2x2,1x1,1x1",
    "cmyk": "1x1,1x1,1x1,1x1 2x2,1x1,1x1,2x2",
    "ycck": "1x1,1x1,1x1,1x1 2x2,1x1,1x1,2x2 2x1,1x1,1x1,2x1",
}


def jpeg_orders(folder: Path) -> Iterator[str]:
    """Say what jpeg_maker shall make."""
    n = 0
    for colors, samplings in JPEG_SAMPLINGS.items():
        for sampling, flags, size in itertools.product(
            samplings.split(), ("-", "p", "o", "a", "pa", "s"), SIZES
        ):
            n += 1
            name = f"jpeg-{colors}-{sampling.replace(',', '_')}-{flags}-{size[0]}x{size[1]}.bin"
            restart = (0, 0, 1, 5)[n % 4]
            more = ("", "j", "d", "jd")[n % 4] if colors != "rgb" else ""
            picture_words = f"{size[0]} {size[1]} {n} {colors} {sampling}"
            yield f"{folder / name} {picture_words} {20 + n % 60} {restart} {flags}{more}"


def jpegs(folder: Path) -> Named:
    """Give every JPEG; those that Pillow cannot write are made in `folder` by jpeg_maker."""
    orders = "\n".join(jpeg_orders(folder))
    subprocess.run([BUILD / "tests" / "jpeg_maker"], input=orders, text=True, check=True)
    for path in sorted(folder.glob("jpeg-*.bin")):
        yield path.stem, path.read_bytes()
    for n, (mode, size) in enumerate(itertools.product(("L", "RGB", "CMYK"), [*SIZES, (500, 375)])):
        for progressive, sampling in itertools.product((False, True), (0, 1, 2)):
            options = {"quality": 30 + 7 * n % 70, "progressive": progressive, "subsampling": sampling}
            yield (
                f"jpeg-pillow-{mode}-{n}-{progressive}-{sampling}",
                saved(picture(size, mode, n), "JPEG", **options),
            )
    yield from jpeg_oddities()


def jpeg_oddities() -> Named:
    """Give what is valid, or taken all the same."""
    jpeg, cmyk = saved(picture((60, 40)), "JPEG"), saved(picture((60, 40), "CMYK"), "JPEG")
    adobe = cmyk.index(b"Adobe")
    yield "jpeg-cmyk-no-adobe", cmyk[: adobe - 4] + cmyk[adobe + 12 :]
    for transform in (0, 1, 2, 3):
        yield f"jpeg-cmyk-transform-{transform}", cmyk[: adobe + 11] + bytes([transform]) + cmyk[adobe + 12 :]
        mark = segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))
        yield f"jpeg-rgb-transform-{transform}", with_segments(jpeg, mark)
        yield f"jpeg-rgb-transform-{transform}-no-jfif", jpeg[:2] + mark + jpeg[20:]
    yield "jpeg-junk-at-the-end", jpeg + b"junk" * 50
    yield "jpeg-two-pictures", jpeg + cmyk
    yield "jpeg-padding", jpeg[:2] + b"\xff\xff\xff" + jpeg[2:]
    yield "jpeg-junk-between", jpeg[:20] + b"junk\x00" + jpeg[20:]
    yield "jpeg-escaped-between", jpeg[:20] + b"\xff\x00" + jpeg[20:]
    yield "jpeg-restarts-in-header", with_segments(jpeg, b"\xff\xd0\xff\xd7")
    yield "jpeg-comment", with_segments(jpeg, segment(0xFE, b"hello"), segment(0xEF, bytes(65533)))
    yield "jpeg-many-large-segments", with_segments(jpeg, *(segment(0xE5, bytes(65000)) for _ in range(5)))
    yield "jpeg-icc", with_segments(jpeg, segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(900)))
    yield "jpeg-empty-segments", with_segments(jpeg, segment(0xE5, b""), segment(0xE0, b"JFI"))
    frames = [picture((48, 32), "RGB", i) for i in range(3)]
    yield "jpeg-mpo", saved(frames[0], "MPO", save_all=True, append_images=frames[1:])
    yield "jpeg-tables-first", b"\xff\xd8" + jpeg[20:158] + b"\xff\xd9" + jpeg
    yield "jpeg-large", saved(picture((1600, 1200)), "JPEG", quality=85)
    yield "jpeg-large-progressive", saved(picture((900, 1200)), "JPEG", quality=85, progressive=True)
