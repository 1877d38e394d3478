"""``guild diff`` on two runs that were run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guildpkg.core.runs.record import FlagRow, ResourceRow
from guildpkg.run.launch import Options
from guildpkg.run.snapshot import lay_snapshot, plan_snapshot
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_blobs import Blobs
from tests.support.guild import guild
from tests.support.runs import run_here


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs that differ in a flag, in an input, in a source file, in what they printed, and in nothing else."""
    home = tmp_path_factory.mktemp("two")
    source = home / "src"
    source.mkdir()
    (source / "same.py").write_text("pass\n")
    for number, code in enumerate(("lr = 1\n", "lr = 2\n")):
        (source / "train.py").write_text(code)
        blobs, plan = Blobs(home), plan_snapshot(source)
        options = Options(lay=lambda run, blobs=blobs, plan=plan: lay_snapshot(plan, blobs, run))  # type: ignore[misc]
        flags = (FlagRow("lr", number), FlagRow("epochs", 10))
        inputs = (ResourceRow("data", "data.csv", "here", f"{number}" * 64),)
        run_here(home, f"print({number})", options, flags=flags, resources=inputs)
    return home


def test_what_differs_is_shown_and_nothing_else(home: Path, tmp_path: Path) -> None:
    said = guild("-H", home, "diff", cwd=tmp_path).ok().out
    assert "Flags:\n  lr  0  1\n" in said
    assert f"Inputs:\n  data.csv  {'0' * 64}  {'1' * 64}\n" in said
    assert "Source code:\n  --- a/train.py\n  +++ b/train.py\n  @@ -1 +1 @@\n  -lr = 1\n  +lr = 2\n" in said
    assert "epochs" not in said
    assert "same.py" not in said
    assert "packages" not in said


def test_a_part_is_compared_and_told_to_programs(home: Path, tmp_path: Path) -> None:
    found = guild("-H", home, "diff", "1", "0", "--output", "--flags", "--json", cwd=tmp_path).ok().json()
    assert found["flags"] == {"values": {"lr": [0, 1]}, "diff": None}
    assert "\n-0\n+1\n" in found["output"]["diff"]
    assert set(found) == {"runs", "flags", "output"}


def test_a_run_does_not_differ_from_itself(home: Path, tmp_path: Path) -> None:
    said = guild("-H", home, "diff", "0", cwd=tmp_path).ok()
    assert (said.out, said.err.splitlines()[-1]) == ("", "There is no difference")


def test_what_was_looked_up_is_compared(home: Path, tmp_path: Path) -> None:
    """Another interpreter has other packages, and a checkout another commit."""
    newest = Runs(home).latest().path
    before = (newest / "attrs.json").read_bytes()
    found = json.loads(before)
    found["packages"] = {"thing": "1.0"}
    found["vcs"] = {"commit": "c" * 40, "dirty": True, "diff": "vcs.patch"}
    (newest / "attrs.json").write_text(json.dumps(found))
    try:
        said = guild("-H", home, "diff", "--packages", "--vcs", cwd=tmp_path).ok().out
    finally:
        (newest / "attrs.json").write_bytes(before)
    state = f"State of the project:\n  commit  -  {'c' * 40}\n  dirty   -  true\n"
    assert said == f"Python packages:\n  thing  -  1.0\n{state}"


def test_three_runs_are_too_many(home: Path, tmp_path: Path) -> None:
    assert "guild compare takes any number" in guild("-H", home, "diff", "0", "1", "0", cwd=tmp_path).failed(2).err
