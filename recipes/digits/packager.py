"""Write scikit-learn's copy of the optdigits data as the four IDX files of MNIST.

In: `sklearn/datasets/data/digits.csv.gz` of the unpacked sdist, a line per image of 64 pixels (0 to 16) and a label.
Out: the files named in `COUNTS`, README, LICENSE and SHA256SUMS, at the root of the package. Standard library and
integer arithmetic only, so that the bytes depend on nothing but the source. README says what is done to the images.
"""

import gzip
import hashlib
import shutil
import struct
import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import NoReturn, Protocol

COUNTS = {"train": 1500, "t10k": 297}
SIDE = 8  # of an image as it comes
SIZE = 28  # of an image as it goes: (SIDE + 1) * 3 + 1
DEPTH = 16  # the brightest pixel as it comes

Row = tuple[int, bytes]  # a label, and the 64 pixels as they come


class Context(Protocol):
    """What guild hands to a hook, as far as the hooks here use it."""

    srcdir: Path
    pkgdir: Path


def build(context: Context) -> None:
    """Write the four IDX files to `out` under the sources."""
    rows = _read_rows(_upstream(context))
    target = context.srcdir / "out"
    target.mkdir(exist_ok=True)
    for name, part in zip(COUNTS, _split(rows, COUNTS["t10k"]), strict=True):
        images = struct.pack(">4I", 0x803, len(part), SIZE, SIZE) + b"".join(_enlarge(pixels) for _, pixels in part)
        labels = struct.pack(">2I", 0x801, len(part)) + bytes(label for label, _ in part)
        (target / f"{name}-images-idx3-ubyte.gz").write_bytes(_gzip_stored(images))
        (target / f"{name}-labels-idx1-ubyte.gz").write_bytes(_gzip_stored(labels))
        print(f"{name}: {len(part)} images")


def check(context: Context) -> None:
    """Read the files back with code of its own and hold them against the source."""
    found: list[Row] = []
    for name, count in COUNTS.items():
        images = _read_idx(context.srcdir / "out" / f"{name}-images-idx3-ubyte.gz", (count, SIZE, SIZE))
        labels = _read_idx(context.srcdir / "out" / f"{name}-labels-idx1-ubyte.gz", (count,))
        if set(labels) != set(range(10)):
            _fail(f"{name}: the labels are {sorted(set(labels))}, not 0 to 9")
        pictures = [images[start : start + SIZE * SIZE] for start in range(0, len(images), SIZE * SIZE)]
        found += zip(labels, map(_reduce, pictures), strict=True)
        for picture, (_, pixels) in list(zip(pictures, found[-count:], strict=True))[::50]:
            _check_blend(picture, pixels)
        share = Counter(labels)
        print(f"{name}: {count} images, " + ", ".join(f"{share[digit]} of {digit}" for digit in range(10)))
    if Counter(found) != Counter(_read_rows(_upstream(context))):
        _fail("training and test images together are not the images of the source")
    print(f"{len(found)} images in all, the same as in the source")


def package(context: Context) -> None:
    """Put the data at the package's root, for users lay its files out as their data folder."""
    for path in sorted((context.srcdir / "out").iterdir()):
        shutil.copyfile(path, context.pkgdir / path.name)
    shutil.copyfile(context.srcdir / "README", context.pkgdir / "README")
    shutil.copyfile(_upstream(context) / "COPYING", context.pkgdir / "LICENSE")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(context.pkgdir.iterdir())
    ]
    (context.pkgdir / "SHA256SUMS").write_text("".join(sums), encoding="ascii", newline="\n")


def _upstream(context: Context) -> Path:
    """Find the folder that the sdist unpacked to, whatever its version."""
    folders = list(context.srcdir.glob("scikit_learn-*/"))
    if len(folders) != 1:
        _fail(f"expected one folder scikit_learn-VERSION among the sources, found {len(folders)}")
    return folders[0]


def _read_rows(upstream: Path) -> list[Row]:
    """Read the source's images and refuse anything that does not look like them."""
    text = gzip.decompress((upstream / "sklearn/datasets/data/digits.csv.gz").read_bytes()).decode("ascii")
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        *pixels, label = map(int, line.split(","))
        if len(pixels) != SIDE * SIDE or label not in range(10) or not set(pixels) <= set(range(DEPTH + 1)):
            _fail(f"digits.csv.gz:{number}: expected {SIDE * SIDE} pixels from 0 to {DEPTH} and a label from 0 to 9")
        rows.append((label, bytes(pixels)))
    if len(rows) != sum(COUNTS.values()):
        _fail(f"digits.csv.gz: {len(rows)} images, expected {sum(COUNTS.values())}")
    return rows


def _split(rows: list[Row], wanted: int) -> tuple[list[Row], list[Row]]:
    """Part the rows into training and test rows, each digit evenly, without a random number (see README)."""
    sizes = Counter(label for label, _ in rows)
    shares = {label: divmod(size * wanted, len(rows)) for label, size in sizes.items()}
    quota = {label: whole for label, (whole, _) in shares.items()}
    # Largest remainder; of equal remainders, the lower digit first.
    by_remainder = sorted(shares, key=lambda label: (-shares[label][1], label))
    for label in by_remainder[: wanted - sum(quota.values())]:
        quota[label] += 1
    parts: tuple[list[Row], list[Row]] = [], []
    seen: Counter[int] = Counter()
    for label, pixels in rows:
        before, after = (k * quota[label] // sizes[label] for k in (seen[label], seen[label] + 1))
        parts[after > before].append((label, pixels))
        seen[label] += 1
    return parts


# What a blended pixel becomes: sums of 16ths times 9ths, scaled to 0..255 and rounded half up.
_SCALED = bytes((2 * 255 * total + 9 * DEPTH) // (2 * 9 * DEPTH) for total in range(9 * DEPTH + 1))


def _enlarge(pixels: bytes) -> bytes:
    """Frame an 8x8 image with zeros and blend it bilinearly to 28x28, by thirds.

    Nothing is rounded before the end: with weights in thirds along each axis, every sum is a whole number of ninths.
    """
    lines = (_thirds(pixels[start : start + SIDE]) for start in range(0, len(pixels), SIDE))
    columns = (_thirds(column) for column in zip(*lines, strict=True))
    return bytes(_SCALED[total] for line in zip(*columns, strict=True) for total in line)


def _thirds(values: Iterable[int]) -> bytes:
    """Frame eight values with zeros, blend in steps of a third: 28 values, each three times what it stands for."""
    framed = (0, *values, 0)
    blended = [total for left, right in pairwise(framed) for total in (3 * left, 2 * left + right, left + 2 * right)]
    return bytes([*blended, 3 * framed[-1]])


def _gzip_stored(data: bytes) -> bytes:
    """Wrap data as gzip without compressing it: the bytes of a compressor change with its version, these do not."""
    header = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # deflate; no flags, time stamp or level; no system named
    blocks = []
    for start in range(0, len(data), 0xFFFF):
        block = data[start : start + 0xFFFF]
        last = start + len(block) == len(data)
        blocks.append(struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block)
    return header + b"".join(blocks) + struct.pack("<2I", zlib.crc32(data), len(data))


def _read_idx(path: Path, shape: tuple[int, ...]) -> bytes:
    """Read an IDX file of bytes that is to have this shape, as the format's description says."""
    raw = path.read_bytes()
    if raw[3:8] != bytes(5):
        _fail(f"{path.name}: its gzip header holds a name or a time stamp")
    data = gzip.decompress(raw)
    zeros, kind, dimensions = struct.unpack_from(">HBB", data)
    if (zeros, kind, dimensions) != (0, 8, len(shape)):
        _fail(f"{path.name}: not an IDX file of bytes in {len(shape)} dimensions")
    start = 4 + 4 * dimensions
    sizes = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(4, start, 4))
    content = data[start:]
    length = 1
    for size in sizes:
        length *= size
    if sizes != shape or len(content) != length:
        _fail(f"{path.name}: {sizes} and {len(content)} bytes, expected {shape}")
    return content


def _reduce(picture: bytes) -> bytes:
    """Get the 8x8 image back from the pixels that were not blended."""
    return bytes(
        round(picture[SIZE * row + column] * DEPTH / 255)
        for row in range(3, SIZE - 3, 3)
        for column in range(3, SIZE - 3, 3)
    )


def _check_blend(picture: bytes, pixels: bytes) -> None:
    """Hold every pixel of an image against the textbook's formula, in floating point."""

    def at(row: int, column: int) -> int:
        inside = 0 <= row < SIDE and 0 <= column < SIDE
        return pixels[SIDE * row + column] if inside else 0

    for place, value in enumerate(picture):
        (row, down), (column, right) = (divmod(axis, 3) for axis in divmod(place, SIZE))
        upper = at(row - 1, column - 1) * (1 - right / 3) + at(row - 1, column) * right / 3
        lower = at(row, column - 1) * (1 - right / 3) + at(row, column) * right / 3
        exact = (upper * (1 - down / 3) + lower * down / 3) * 255 / DEPTH
        if abs(value - exact) > 0.5 + 1e-9:
            _fail(f"pixel {divmod(place, SIZE)} is {value}, expected {exact:.2f}")


def _fail(why: str) -> NoReturn:
    """End the hook with one line and no traceback."""
    raise SystemExit(f"digits: {why}")
