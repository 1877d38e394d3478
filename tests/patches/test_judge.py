"""The benchmark of moving patches fails where guild does worse than ``git rebase``."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from itertools import cycle

import pytest

from benchmarks import patching


@pytest.mark.parametrize(
    ("outcomes", "worse"),
    [
        (["the same tree", "conflict in both"], False),
        (["ours stops", "rebase stops"], False),
        (["ours stops", "the same tree"], True),
        (["the same tree", "ANOTHER TREE"], True),
    ],
)
def test_worse_than_git_rebase_is_an_error(monkeypatch: pytest.MonkeyPatch, outcomes: list[str], worse: bool) -> None:
    found = cycle(outcomes)
    monkeypatch.setattr(patching, "judged", lambda _: (next(found), Counter[str]()))
    with pytest.raises(SystemExit, match="generated histories") if worse else nullcontext():
        patching.main(2, real=False)
