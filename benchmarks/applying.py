"""Patches of every kind, applied by guild, ``git apply`` and GNU ``patch`` in one run: exact, refused, or wrong.

The sources are generated, and files of real releases (`benchmarks.patching`). *Exact* is every byte, mode and name as
the new tree has it; *refused* leaves the tree as it was; all else is *wrong*: in part, or with files left behind.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.patching import real_cases
from guildpkg.core.digests import GitId
from guildpkg.core.events import silent
from guildpkg.core.git.objects import FILE, LINK, PROGRAM
from guildpkg.errors import GuildError
from guildpkg.patches.apply import apply_patches
from guildpkg.system.git.trees import Trees

Tree = dict[str, tuple[int, bytes]]
EACH = 6
"""Generated cases of each kind."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One case: what is there, what the patch was made between, and how the patch is written."""

    kind: str
    there: Tree
    old: Tree
    new: Tree
    plain: bool = False
    written: Callable[[bytes], bytes] = bytes
    """What becomes of git's or diff's text before it is applied."""


COPY = b"diff --git a/a.py b/c.py\nsimilarity index 100%\ncopy from a.py\ncopy to c.py\n"
MAIL = b"""From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: Somebody <somebody@example.org>
Date: Wed, 25 Nov 2026 10:00:00 +0000
Subject: [PATCH 1/2] Change a line

Why it was changed.
---
 a.py | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

"""


def generated(each: int = EACH) -> Iterator[Sample]:
    """Make cases of every kind."""
    for seed in range(each):
        rng = random.Random(seed)
        lines = [b"line %d\n" % n for n in range(rng.randint(20, 60))]
        at = rng.randrange(5, len(lines) - 5)
        old: Tree = {"a.py": (FILE, b"".join(lines)), "lib/b.py": (FILE, b"b\n" * 9)}
        changed = b"".join([*lines[:at], b"changed\n", *lines[at + 1 :]])
        new: Tree = {**old, "a.py": (FILE, changed)}
        shifted = {**old, "a.py": (FILE, b"new\n" * rng.randint(1, 5) + b"".join(lines))}
        other = {**old, "a.py": (FILE, b"".join([*lines[: at + 1], b"other\n", *lines[at + 2 :]]))}
        yield Sample("a line", old, old, new)
        yield Sample("a line, plain diff", old, old, new, plain=True)
        yield Sample("moved by some lines", shifted, old, new)
        yield Sample("context differs", other, old, new)
        yield Sample("applied already", new, old, new)
        yield Sample("new file", old, old, {**old, "lib/new.py": (FILE, b"n\n" * seed)})
        yield Sample("removed file", old, old, {"a.py": old["a.py"]})
        yield Sample("rename", old, old, {"c.py": old["a.py"], "lib/b.py": old["lib/b.py"]})
        yield Sample("mode", old, old, {**old, "a.py": (PROGRAM, old["a.py"][1])})
        yield Sample("link", old, old, {**old, "link": (LINK, b"a.py")})
        yield Sample("binary", old, old, {**old, "x.bin": (FILE, rng.randbytes(300))})
        yield Sample("no newline at the end", old, old, {**old, "a.py": (FILE, changed.rstrip(b"\n"))})
        crlf = {**old, "a.py": (FILE, old["a.py"][1].replace(b"\n", b"\r\n"))}
        yield Sample("CRLF on both sides", crlf, crlf, {**crlf, "a.py": (FILE, changed.replace(b"\n", b"\r\n"))})
        yield Sample("CRLF file, LF patch", crlf, old, new)
        yield Sample("LF file, CRLF patch", old, old, new, written=lambda text: text.replace(b"\n", b"\r\n"))
        yield Sample("copy", old, old, {**old, "c.py": old["a.py"]}, written=lambda _: COPY)
        yield Sample("mail", old, old, new, written=lambda text: MAIL + text + b"-- \n2.39.5\n\n")
        yield Sample("odd names", old, old, {**old, 'a "b" \xe9.py': (FILE, b"x\n")})


def real() -> Iterator[Sample]:
    """Make cases of the changes between real releases, as git and as diff write them."""
    for _, case in real_cases():
        old: Tree = {name: (FILE, data) for name, data in case.old.items()}
        new: Tree = {name: (FILE, data) for name, data in case.patched[0].items()}
        later: Tree = {name: (FILE, data) for name, data in case.new.items()}
        yield Sample("real change", old, old, new)
        yield Sample("real change, plain diff", old, old, new, plain=True)
        yield Sample("real change, onto a later release", later, old, new)
        yield Sample("real change, taken back", new, new, old)
        yield Sample("real change, applied already", new, old, new)


def patch_of(trees: Trees, sample: Sample, scratch: Path) -> bytes:
    """Write the patch of a case, as git or as diff would."""
    old, new = _written(trees, sample.old), _written(trees, sample.new)
    if not sample.plain:
        return sample.written(trees.diff(old, new))
    for name, tree in (("a", old), ("b", new)):
        (scratch / name).mkdir()
        trees.lay(tree, scratch / name)
    return subprocess.run(["diff", "-ruN", "a", "b"], cwd=scratch, capture_output=True, check=False).stdout


def _written(trees: Trees, tree: Tree) -> GitId:
    return trees.tree({os.fsencode(name): (mode, trees.blob(data)) for name, (mode, data) in tree.items()})


def _ours(place: Path, data: bytes) -> bool:
    try:
        apply_patches(place, {"p": data}, git_env=os.environ, report=silent)
    except GuildError:
        return False
    return True


def _program(*words: str) -> Callable[[Path, bytes], bool]:
    def apply(place: Path, data: bytes) -> bool:
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(place.parent)}
        return not subprocess.run(words, cwd=place, input=data, env=env, capture_output=True, check=False).returncode

    return apply


TOOLS: dict[str, Callable[[Path, bytes], bool]] = {
    "guild": _ours,
    "git apply": _program("git", "apply", "-"),
    "GNU patch": _program("patch", "-p1", "-s", "-f"),
}


def outcome(tool: Callable[[Path, bytes], bool], trees: Trees, sample: Sample, data: bytes) -> str:
    """Apply one patch with one tool, and look at all that is there afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "src"
        place.mkdir()
        before = _written(trees, sample.there)
        trees.lay(before, place)
        said = tool(place, data)
        after = trees.tree(trees.read(place))
        if sample.there == sample.old:
            return "exact" if said and after == _written(trees, sample.new) else _refused(said, before == after)
        return "applied" if said and after != before else _refused(said, before == after)


def _refused(said: bool, same: bool) -> str:
    return "refused" if not said and same else "WRONG"


def main() -> None:
    """Print the table: per kind and tool how many cases ended how."""
    if shutil.which("patch") is None:
        TOOLS.pop("GNU patch")
    found: dict[str, dict[str, Counter[str]]] = {}
    total = 0
    for sample in (*generated(), *real()):
        total += 1
        with tempfile.TemporaryDirectory() as scratch:
            trees = Trees(Path(scratch) / "git").open()
            data = patch_of(trees, sample, Path(scratch))
            for name, tool in TOOLS.items():
                row = found.setdefault(sample.kind, {}).setdefault(name, Counter())
                row[outcome(tool, trees, sample, data)] += 1
    print(f"applying {total} patches")
    for kind, tools in found.items():
        cells = [
            f"{name}: {', '.join(f'{number} {what}' for what, number in sorted(counts.items()))}"
            for name, counts in tools.items()
        ]
        print(f"  {kind:34} {'   '.join(f'{cell:28}' for cell in cells)}".rstrip())


if __name__ == "__main__":
    main()
