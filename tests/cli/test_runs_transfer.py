"""``guild runs export`` and ``import`` from one home to another."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.guild import guild
from tests.support.records import put_run


def test_runs_move_from_one_home_to_another(tmp_path: Path) -> None:
    home = Path(os.environ["GUILD_HOME"])
    put_run(home, 1, label="best")
    put_run(home, 2)
    assert "Would export 1 run" in guild("runs", "export", "-n", "x.tar.zst", "-l", "best", cwd=tmp_path).ok().err
    assert not (tmp_path / "x.tar.zst").exists()
    guild("runs", "export", "x.tar.zst", "-F", "label = best", "--move", cwd=tmp_path).ok()
    assert [run["id"][7] for run in guild("runs", "--json", cwd=tmp_path).ok().json()] == ["2"]
    there = ("-H", tmp_path / "there", "runs")
    assert "Would import 1 run" in guild(*there, "import", "-n", "x.tar.zst", cwd=tmp_path).ok().err
    done = guild(*there, "import", "x.tar.zst", "--move", "--json", cwd=tmp_path).ok().json()
    assert [name[-8:] for name in done["imported"]] == ["00000001"]
    assert "completed  best" in guild(*there, cwd=tmp_path).ok().out
    assert not (tmp_path / "x.tar.zst").exists()
    assert "there is no file" in guild(*there, "import", "x.tar.zst", cwd=tmp_path).failed().err


def test_an_archive_is_kept_as_long_as_a_run_of_it_is_in_the_trash(tmp_path: Path) -> None:
    put_run(Path(os.environ["GUILD_HOME"]), 1)
    guild("runs", "export", "x.tar.zst", "--move", cwd=tmp_path).ok()
    said = guild("runs", "import", "x.tar.zst", "--move", cwd=tmp_path).ok()
    assert "Imported 0 runs\nRun 00000001 is in the trash: guild runs restore 00000001 takes it out\n" in said.err
    assert (tmp_path / "x.tar.zst").exists()
    guild("runs", "restore", "-y", cwd=tmp_path).ok()
    done = guild("runs", "import", "x.tar.zst", "--move", "--json", cwd=tmp_path).ok().json()
    assert ([name[-8:] for name in done["known"]], done["trashed"]) == (["00000001"], [])
    assert not (tmp_path / "x.tar.zst").exists()
