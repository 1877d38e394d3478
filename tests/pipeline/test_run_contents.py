"""Contents of snapshots go with the last run that has them, and never while a run may be taking them."""

from __future__ import annotations

import time
from pathlib import Path

from guildpkg.pipeline.runs.chosen import free_contents
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_blobs import Blobs

HOUR = 3600 * 10**9


def test_contents_that_no_run_has_are_removed_later(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("pass\n")
    blobs = Blobs(tmp_path)
    kept = blobs.keep(tmp_path / "train.py")
    blobs.link(kept, tmp_path / "run/train.py")
    now, later = Runs(tmp_path), Runs(tmp_path, now=lambda: time.time_ns() + 2 * HOUR)
    assert free_contents(later) == 0
    (tmp_path / "run/train.py").unlink()
    assert free_contents(now) == 0
    assert (free_contents(later), kept.path.exists()) == (5, False)


def test_a_content_that_is_wanted_again_is_as_good_as_new(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("pass\n")
    before = Blobs(tmp_path).keep(tmp_path / "train.py").path.stat().st_ctime_ns
    time.sleep(0.02)
    assert Blobs(tmp_path).keep(tmp_path / "train.py").path.stat().st_ctime_ns > before
