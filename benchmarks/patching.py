"""Patches onto upstream moves, judged by ``git rebase`` in a full clone; counts per outcome.

Generated histories, and real ones: two releases of a project and the changes between them, fetched as source releases
from the package index that pip is configured for. Exits 1 where guild gives another tree, or fewer automatic successes.
Needs ``tests/`` beside it, as every checkout has.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.support.rebasing import Case, World, generated, ours, rebased

GENERATED = 100
RELEASES = (
    ("six", ("1.14.0", "1.15.0", "1.16.0")),
    ("toml", ("0.9.6", "0.10.0", "0.10.2")),
    ("tabulate", ("0.8.7", "0.8.9", "0.8.10")),
)
"""Projects with three releases each: the patches lead from the first to the second, upstream moves to the third."""


def real_cases() -> Iterator[tuple[str, Case]]:
    """Make cases from releases: each file that changed between two is a patch, and upstream goes on to the third."""
    for name, versions in RELEASES:
        trees = [_release(name, version) for version in versions]
        if not all(trees):
            print(f"  {name}: not to be had from the package index")
            continue
        first, second, third = trees
        for path in sorted(set(first) | set(second)):
            if first.get(path) != second.get(path):
                patched = (
                    {**first, path: second[path]} if path in second else {k: v for k, v in first.items() if k != path}
                )
                yield f"{name}: {path}", Case(first, third, (patched,))


def _release(name: str, version: str) -> World:
    with tempfile.TemporaryDirectory() as scratch:
        words = ["download", "-q", "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "-d", scratch]
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words, f"{name}=={version}"], capture_output=True, check=False
        )
        found = list(Path(scratch).glob("*.tar.gz"))
        if done.returncode or not found:
            return {}
        world: World = {}
        with tarfile.open(found[0]) as archive:
            for item in archive:
                content = archive.extractfile(item) if item.name.endswith((".py", ".rst", ".md", ".cfg")) else None
                if content is not None:
                    world["lib/" + item.name.partition("/")[2]] = content.read()
        return world


def judged(case: Case) -> tuple[str, Counter[str]]:
    """Compare with git rebase: the same tree, both in conflict, or where they part; and the verdicts of the patches."""
    moved, tree = ours(case)
    wanted = rebased(case)
    if tree == wanted:
        outcome = "conflict in both" if tree is None else "the same tree"
    else:
        outcome = "ours stops" if tree is None else "rebase stops" if wanted is None else "ANOTHER TREE"
    return outcome, Counter(item.verdict for item in moved.verdicts)


def is_worse(outcomes: Counter[str]) -> bool:
    """Tell whether a move gave another tree than git rebase, or stopped more often than it does."""
    return outcomes["ANOTHER TREE"] > 0 or outcomes["ours stops"] > outcomes["rebase stops"]


def main(generated_cases: int = GENERATED, *, real: bool = True) -> None:
    """Print the table.

    Raises:
        SystemExit: Guild does worse than git rebase.
    """
    worse = []
    for title, cases in (
        ("generated histories", ((str(seed), generated(seed)) for seed in range(generated_cases))),
        ("real releases", real_cases() if real else iter(())),
    ):
        outcomes: Counter[str] = Counter()
        verdicts: Counter[str] = Counter()
        for name, case in cases:
            outcome, found = judged(case)
            outcomes[outcome] += 1
            verdicts += found
            if outcome not in ("the same tree", "conflict in both"):
                print(f"  {name}: {outcome}")
        print(f"refresh beside git rebase, {title}: {sum(outcomes.values())} upstream moves")
        for outcome, number in sorted(outcomes.items()):
            print(f"  {outcome:20} {number:4}")
        if is_worse(outcomes):
            worse.append(title)
        print(f"  verdicts: {', '.join(f'{name} {number}' for name, number in sorted(verdicts.items()))}")
    if worse:
        raise SystemExit(f"worse than git rebase: {', '.join(worse)}")


if __name__ == "__main__":
    main()
