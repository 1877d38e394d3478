"""Patches of every kind: applied to the exact bytes, or refused with nothing changed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.applying import TOOLS, Sample, generated, outcome, patch_of
from guildpkg.system.git.trees import Trees

REFUSED = {"context differs", "applied already", "CRLF file, LF patch", "LF file, CRLF patch"}


def outcome_of(sample: Sample) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        trees = Trees(Path(scratch) / "git").open()
        return outcome(TOOLS["guild"], trees, sample, patch_of(trees, sample, Path(scratch)))


def test_each_kind_is_applied_exactly_or_refused() -> None:
    for sample in generated(each=1):
        wanted = {"moved by some lines": "applied"}.get(sample.kind, "refused" if sample.kind in REFUSED else "exact")
        assert outcome_of(sample) == wanted, sample.kind
