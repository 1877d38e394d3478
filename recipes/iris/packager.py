"""Write scikit-learn's copy of Fisher's iris data as a training and a test CSV.

In: `sklearn/datasets/data/iris.csv` of the unpacked sdist, one species after the other.
Out: the files named in `COUNTS`, README, LICENSE and SHA256SUMS, at the root of the package. Standard library only.
"""

import csv
import hashlib
import shutil
from collections import Counter
from pathlib import Path
from typing import NoReturn, Protocol

COUNTS = {"iris_training.csv": 120, "iris_test.csv": 30}
HEADER = "150,4,setosa,versicolor,virginica"
MEASURES = 4
SPECIES = 3
TURN = 5  # every fifth flower of a species is for testing


class Context(Protocol):
    """What guild hands to a hook, as far as the hooks here use it."""

    srcdir: Path
    pkgdir: Path


def build(context: Context) -> None:
    """Write the two files to `out` under the sources."""
    header, *lines = (_upstream(context) / "sklearn/datasets/data/iris.csv").read_text(encoding="ascii").splitlines()
    if header != HEADER or len(lines) != sum(COUNTS.values()):
        _fail(f"iris.csv: {len(lines)} flowers under {header!r}, expected {sum(COUNTS.values())} under {HEADER!r}")
    # In turns: a reader that does not shuffle is to meet all species from the start.
    species = [[line for line in lines if line.endswith(f",{label}")] for label in range(SPECIES)]
    turns = [flower for flowers in zip(*species, strict=True) for flower in flowers]
    test = [flower for place, flower in enumerate(turns) if place // SPECIES % TURN == TURN - 1]
    training = [flower for place, flower in enumerate(turns) if place // SPECIES % TURN != TURN - 1]
    target = context.srcdir / "out"
    target.mkdir(exist_ok=True)
    for name, part in zip(COUNTS, (training, test), strict=True):
        header = f"{len(part)},{HEADER.partition(',')[2]}"
        (target / name).write_text("\n".join([header, *part, ""]), encoding="ascii", newline="\n")
        print(f"{name}: {len(part)} flowers")


def check(context: Context) -> None:
    """Read the files back as CSV and hold them against the source."""
    found: list[tuple[float, ...]] = []
    for name, count in COUNTS.items():
        header, flowers = _read(context.srcdir / "out" / name)
        if header != [str(count), "4", "setosa", "versicolor", "virginica"] or len(flowers) != count:
            _fail(f"{name}: {len(flowers)} flowers under {header}, expected {count}")
        share = Counter(flower[-1] for flower in flowers)
        if share != dict.fromkeys((0.0, 1.0, 2.0), count // SPECIES):
            _fail(f"{name}: flowers of each species {dict(share)}, expected {count // SPECIES}")
        found += flowers
    _, source = _read(_upstream(context) / "sklearn/datasets/data/iris.csv")
    if Counter(found) != Counter(source):
        _fail("training and test flowers together are not the flowers of the source")
    print(f"{len(found)} flowers in all, the same as in the source")


def package(context: Context) -> None:
    """Put the data at the package's root, for users lay its files out as their data folder."""
    for name in COUNTS:
        shutil.copyfile(context.srcdir / "out" / name, context.pkgdir / name)
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


def _read(path: Path) -> tuple[list[str], list[tuple[float, ...]]]:
    """Read the first line and the flowers: four measures above zero and a label each."""
    with path.open(encoding="ascii", newline="") as stream:
        header, *lines = csv.reader(stream)
    flowers = [tuple(map(float, line)) for line in lines]
    for number, flower in enumerate(flowers, start=2):
        if len(flower) != MEASURES + 1 or min(flower[:-1]) <= 0 or flower[-1] not in range(SPECIES):
            _fail(f"{path.name}:{number}: expected four measures and a species from 0 to 2")
    return header, flowers


def _fail(why: str) -> NoReturn:
    """End the hook with one line and no traceback."""
    raise SystemExit(f"iris: {why}")
