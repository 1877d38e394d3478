"""The store as a power cut leaves it, at random moments: what was promised is there, and the rest is put right."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from guildpkg.errors import GuildError
from guildpkg.stores import runs_folder
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_repair import repair, troubles
from guildpkg.system.process.alive import this_host
from tests.support.powercut import PREFACE, Synced, copy_cut, read_journal

DRIVER = """
from dataclasses import replace
from pathlib import Path
from guildpkg.run.launch import Options, launch
from guildpkg.core.runs.spec import RunSpec
from guildpkg.run.snapshot import lay_snapshot, plan_snapshot
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_blobs import Blobs
import sys

store, source = Runs(Path(sys.argv[1])), Path(sys.argv[2])
acks = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in range(1000):
    (source / "train.py").write_text(f"n = {number}\\n" * 1000)
    options = Options(lay=lambda run: lay_snapshot(plan_snapshot(source), Blobs(store.home), run))
    argv = (sys.executable, "-c", os.environ["SCRIPT"], str(number % 3))
    spec = RunSpec("m:train", argv, base_env=dict(os.environ), stats_interval=0.05)
    ended = launch(spec, store, lambda _: None, options)
    os.write(acks, f"{ended.path.name} {ended.code}\\n".encode())
    store.annotate(store.find(ended.path.name), lambda notes: replace(notes, label="known"))
    os.write(acks, f"{ended.path.name} known\\n".encode())
"""
SCRIPT = """
import os, sys, time
for n in range(5):
    print(n, flush=True)
    with open(os.environ["RUNDIR"] + "/x", "a") as file:
        file.write("x")
    time.sleep(0.02)
sys.exit(int(sys.argv[1]))
"""
CUTS = int(os.environ.get("GUILD_TEST_CUTS", "10"))


@dataclass(frozen=True)
class Cut:
    """What a power cut left, and what had been promised by then: exit codes and labels by name of the run."""

    home: Path
    synced: Synced
    codes: dict[str, int]
    known: set[str]


def cuts(tmp_path: Path, chance: random.Random) -> list[Cut]:
    """Let guild make run after run, and take the store away from under it at random moments."""
    home, source = tmp_path / "home", tmp_path / "source"
    for folder in (home, source):
        folder.mkdir()
    (tmp_path / "acks").touch()
    env = {**os.environ, "SYNCED": str(tmp_path / "synced"), "SCRIPT": SCRIPT}
    argv = [sys.executable, "-c", PREFACE + DRIVER, str(home), str(source), str(tmp_path / "acks")]
    driver = subprocess.Popen(argv, env=env)
    found = []
    try:
        for number in range(CUTS):
            while number == CUTS // 2 and not (tmp_path / "acks").read_text().count("known"):
                time.sleep(0.01)  # however slow this machine is
            time.sleep(chance.random() * 0.5)
            driver.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, driver.pid, os.WSTOPPED)
            copy_cut(home, tmp_path / f"cut{number}", read_journal(tmp_path / "synced"), chance)
            acks = [line.split() for line in (tmp_path / "acks").read_text().splitlines()]
            codes = {name: int(word) for name, word in acks if word != "known"}
            known = {name for name, word in acks if word == "known"}
            found.append(Cut(tmp_path / f"cut{number}", read_journal(tmp_path / "synced"), codes, known))
            driver.send_signal(signal.SIGCONT)
    finally:
        driver.kill()
        driver.wait()
    return found


def test_nothing_that_was_promised_is_lost_and_the_rest_is_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("GUILD_TEST_SEED", secrets.randbelow(1 << 32)))
    taken = cuts(tmp_path, random.Random(seed))
    monkeypatch.setattr(runs_folder, "this_host", lambda: replace(this_host(), boot="the next"))
    assert any(cut.codes for cut in taken)
    for cut in taken:
        check(cut, Runs(cut.home), f"GUILD_TEST_SEED={seed}, {cut.home.name}")


def check(cut: Cut, store: Runs, told: str) -> None:
    for name, code in cut.codes.items():
        run = Run(store.folder / name)
        assert str(store.status(run)) == ("completed" if code == 0 else f"error ({code})"), told
        assert (run.path / "output").read_bytes() == b"0\n1\n2\n3\n4\n", told
        source, recorded = (run.path / "source/train.py"), run.record().source
        assert source.stat().st_size == recorded.size, told
        assert b"\0" not in source.read_bytes(), told
        assert run.notes().label == "known" or name not in cut.known, told
    before = {run.path.name: outcome(store, run) for run in store.all()}
    assert repair(store).left == (), told
    assert list(troubles(store)) == [], told
    assert list(store.folder.glob(".*")) == [], told
    after = {run.path.name: outcome(store, run) for run in store.all()}
    assert after.keys() <= before.keys(), told
    assert {name: before[name] for name in after} == after, told
    assert cut.codes.keys() <= after.keys(), told
    assert {summary.status.over for summary in store.summaries()} <= {True}, told


def outcome(store: Runs, run: Run) -> str:
    """Say what became of a run; what is damaged has no outcome."""
    try:
        return str(store.status(run))
    except (GuildError, OSError) as error:
        return type(error).__name__
