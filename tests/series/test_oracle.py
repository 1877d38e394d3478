"""Every scalar is equal to what TensorBoard's EventAccumulator reads in files of the true writers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from guildpkg.pipeline.runs.chosen import open_store
from guildpkg.pipeline.runs.series import series_of
from tests.support.records import put_run

ORACLE = Path(__file__).with_name("oracle.py")


def ask(word: str, folder: Path) -> bytes:
    argv = [os.environ["TF_PYTHON"], str(ORACLE), word, str(folder)]
    return subprocess.run(argv, capture_output=True, check=True).stdout


@pytest.mark.tensorflow
def test_scalars_are_those_that_tensorboard_reads() -> None:
    home = Path(os.environ["GUILD_HOME"])
    run = put_run(home, 1)
    ask("write", run.files)
    wanted = json.loads(ask("read", run.files))
    found = series_of(open_store(home), run)
    assert found.problems == ()
    assert set(found.latest) == set(wanted)
    assert {key.partition("/")[2].partition("/")[0] for key in wanted} == {"one", "two", "board"}
    for key, rows in wanted.items():
        points = found.points(key)
        assert points.steps.tolist() == [step for _, step, _ in rows]
        assert [repr(value) for value in points.values.tolist()] == [value for _, _, value in rows]
        assert points.times.tolist() == [pytest.approx(when * 1e9, abs=300) for when, _, _ in rows]
