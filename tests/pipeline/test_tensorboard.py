"""``guild tensorboard``: real TensorBoard where it is installed, and what is said where it is not."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from guildpkg.core.runs.files import to_json
from guildpkg.pipeline.runs.chosen import Wanted, listing, open_store, run_of
from guildpkg.pipeline.runs.tensorboard import find_program, lay_links
from guildpkg.stores.runs_folder import Run
from tests.support.eventfiles import put_events, scalars
from tests.support.guild import argv, guild
from tests.support.records import put_run


@pytest.fixture
def home() -> Path:
    return Path(os.environ["GUILD_HOME"])


def with_python(run: Run, interpreter: str) -> None:
    """Say that a run was run by a Python."""
    (run.path / "run.json").write_bytes(to_json(replace(run.record(), interpreter=interpreter)))


def test_each_run_has_a_link_by_which_it_is_known(home: Path, tmp_path: Path) -> None:
    runs = [put_run(home, 1, operation="./iris:train", label="a/b\n"), put_run(home, 2)]
    store = open_store(home)
    lay_links([(run, run_of(store, run)) for run in listing(store, Wanted())], tmp_path)
    assert {path.name: path.resolve() for path in tmp_path.iterdir()} == {
        "00000001 iris_train a_b_": runs[0].files,
        "00000002 iris_train": runs[1].files,
    }


def test_where_it_is_missing_is_said_how_to_get_it(home: Path, tmp_path: Path) -> None:
    with_python(put_run(home, 1), "/no/such/python")
    said = guild("tensorboard", cwd=tmp_path, env={"PATH": "/no"})
    if said.code:
        assert "TensorBoard is not installed" in said.failed().err
        assert "pip install tensorboard" in said.err


def test_runs_in_the_trash_are_shown_where_they_are(home: Path, tmp_path: Path) -> None:
    """The program is a stand-in that names what it was given, where TensorBoard is not that of the runs."""
    program = tmp_path / "bin" / "python"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$2" = tensorboard.main ] && ls -l "$4" >&2; exit 0\n')
    program.chmod(0o755)
    run = put_run(home, 1)
    with_python(run, str(program))
    assert "There are no runs to show in the trash" in guild("tensorboard", "--deleted", cwd=tmp_path).ok().err
    gone = open_store(home).trash(run)
    said = guild("tensorboard", "--deleted", "--no-open", cwd=tmp_path).ok()
    assert "Showing 1 run in TensorBoard" in said.err
    assert f"00000001 iris_train -> {gone.files}\n" in said.err


def test_no_runs_is_no_error(tmp_path: Path) -> None:
    assert "There are no runs to show" in guild("tensorboard", cwd=tmp_path).ok().err


@pytest.mark.tensorflow
def test_tensorboard_shows_the_scalars_of_runs_until_ctrl_c(home: Path, tmp_path: Path) -> None:
    python = os.environ["TF_PYTHON"]
    run = put_run(home, 1)
    put_events(run.files / "train", scalars("loss", 3, 2))
    with_python(run, python)
    assert find_program([run], os.environ)[0] == python
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    words = argv("tensorboard", "--no-open")
    board = subprocess.Popen(words, cwd=tmp_path, env=env, stderr=subprocess.PIPE, process_group=0)
    try:
        assert board.stderr is not None
        said = b""
        while (found := re.search(rb" at (http://[^\s/]+)", said)) is None:
            chunk = os.read(board.stderr.fileno(), 4096)
            assert chunk, said
            said += chunk
        assert wait_for_runs(found[1].decode()) == {"00000001 iris_train/train": ["loss"]}
        board.send_signal(signal.SIGINT)
        assert board.wait(timeout=30) == 0
    finally:
        board.kill()
        board.communicate()
    assert list(tmp_path.glob("guild-*")) == []


def wait_for_runs(address: str) -> dict[str, list[str]]:
    """Ask TensorBoard what it shows until it has read something."""
    deadline = time.monotonic() + 60
    while True:
        with urllib.request.urlopen(f"{address}/data/plugin/scalars/tags") as answer:
            found = json.load(answer)
        if found:
            return {run: list(tags) for run, tags in found.items()}
        assert time.monotonic() < deadline
        time.sleep(0.2)
