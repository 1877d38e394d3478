"""A run of an installed package goes on while packages are installed, removed and cleaned up."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.guild import argv, guild
from tests.support.packages import make_package

WAITS = """
import os, pathlib, sys, time
pathlib.Path(os.environ["STARTED"]).touch()
while not pathlib.Path(os.environ["GO_ON"]).exists():
    time.sleep(0.02)
import sibling
print(sibling.WHO, open(os.environ["PKGHOME"] + "/data").read(), open(os.environ["PROJECT_DIR"] + "/data").read())
"""
FILES = {"train.py": WAITS, "sibling.py": "WHO = 'sibling'\n", "data": "data"}
YAML = {"guild.yml": "- model: net\n  operations:\n    train: {main: train}\n"}
OVERLAY = "- model: net\n  operations:\n    train: fit\n    evaluate: {main: test, run-policy: overlay}\n"
INI = {"Guild": '[model "net"]\ntrain = train\n'}


class Going:
    """A command whose script waits to be let go on."""

    def __init__(self, process: subprocess.Popen[bytes], go: Path) -> None:
        self.process = process
        self.said = ""
        self._go = go

    def end(self) -> tuple[int, str]:
        """Let it go on, and give how it ended and what it printed."""
        self._go.touch()
        out, err = self.process.communicate(timeout=60)
        self.said = err.decode()
        return self.process.returncode, out.decode()


@contextlib.contextmanager
def going_on(folder: Path, *words: str) -> Iterator[Going]:
    """Run a command until its script has begun."""
    env = {**os.environ, "STARTED": str(folder / "started"), "GO_ON": str(folder / "go")}
    with subprocess.Popen(argv(*words), cwd=folder, env=env, stdout=-1, stderr=-1) as process:
        try:
            while not (folder / "started").exists():
                assert process.poll() is None
            yield Going(process, folder / "go")
        finally:
            process.kill()


def replaced_and_collected(archive: Path, folder: Path) -> None:
    """Put another version in the place of the package, and collect all that nobody needs."""
    guild("uninstall", "-q", "-y", "nets", cwd=folder).ok()
    guild("install", "-q", "-y", archive, cwd=folder).ok()
    guild("gc", "-q", "-y", "--keep", "1", cwd=folder).ok()


@pytest.mark.parametrize("project", [YAML, INI], ids=["yaml", "ini"])
def test_a_run_has_its_package_until_it_ends(tmp_path: Path, project: dict[str, str]) -> None:
    """Uninstalled and collected meanwhile, another version in its place: the script imports what it began with."""
    archives = [make_package(tmp_path, "nets", version, {**FILES, **project}) for version in ("1", "2")]
    guild("install", "-q", "-y", archives[0], cwd=tmp_path).ok()
    with going_on(tmp_path, "train", "-y", "nets/net") as run:
        replaced_and_collected(archives[1], tmp_path)
        assert run.end() == (0, "sibling data data\n"), run.said
    (row,) = guild("runs", "--json", cwd=tmp_path).ok().json()
    assert row["package"] == "nets-1"
    home = Path(os.environ["GUILD_HOME"])
    assert row["project"] == str(home / "packages" / "nets-1")
    guild("gc", "-q", "-y", "--keep", "1", cwd=tmp_path).ok()
    assert len(trees()) == 1


def trees() -> list[Path]:
    return list(Path(os.environ["GUILD_HOME"]).glob("store/trees/*"))


def test_an_operation_that_goes_into_an_old_run_has_its_package_until_it_ends(tmp_path: Path) -> None:
    files = {"fit.py": "", "test.py": WAITS, "sibling.py": "WHO = 'sibling'\n", "data": "data", "guild.yml": OVERLAY}
    archives = [make_package(tmp_path, "nets", version, files) for version in ("1", "2")]
    guild("install", "-q", "-y", archives[0], cwd=tmp_path).ok()
    guild("train", "-q", "-y", "nets/net", cwd=tmp_path).ok()
    with going_on(tmp_path, "evaluate", "-y", "-L", "nets/net") as test:
        replaced_and_collected(archives[1], tmp_path)
        assert test.end() == (0, "sibling data data\n"), test.said
    guild("gc", "-q", "-y", "--keep", "1", cwd=tmp_path).ok()
    assert len(trees()) == 1


def test_a_staged_run_has_its_package_until_it_has_ended(tmp_path: Path) -> None:
    files = {"train.py": "import os; print(open(os.environ['PKGHOME'] + '/data').read())", "data": "data", **YAML}
    archives = [make_package(tmp_path, "nets", version, files) for version in ("1", "2")]
    guild("install", "-q", "-y", archives[0], cwd=tmp_path).ok()
    guild("train", "-q", "-y", "--stage", "nets/net", cwd=tmp_path).ok()
    replaced_and_collected(archives[1], tmp_path)
    (staged,) = guild("runs", "--json", cwd=tmp_path).ok().json()
    assert guild("run", "--start", staged["id"], cwd=tmp_path).ok().out == "data\n"
    guild("gc", "-q", "-y", "--keep", "1", cwd=tmp_path).ok()
    assert len(trees()) == 1
