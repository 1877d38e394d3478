"""A run of an installed package goes on while packages are installed, removed and cleaned up."""

from __future__ import annotations

import os
import subprocess
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
INI = {"Guild": '[model "net"]\ntrain = train\n'}


@pytest.mark.parametrize("project", [YAML, INI], ids=["yaml", "ini"])
def test_a_run_has_its_package_until_it_ends(tmp_path: Path, project: dict[str, str]) -> None:
    """Uninstalled and collected meanwhile, another version in its place: the script imports what it began with."""
    archives = [make_package(tmp_path, "nets", version, {**FILES, **project}) for version in ("1", "2")]
    guild("install", "-q", "-y", archives[0], cwd=tmp_path).ok()
    env = {**os.environ, "STARTED": str(tmp_path / "started"), "GO_ON": str(tmp_path / "go")}
    run = subprocess.Popen(argv("train", "-y", "nets/net"), cwd=tmp_path, env=env, stdout=-1, stderr=-1)
    while not (tmp_path / "started").exists():
        assert run.poll() is None
    guild("uninstall", "-q", "-y", "nets", cwd=tmp_path).ok()
    guild("install", "-q", "-y", archives[1], cwd=tmp_path).ok()
    guild("gc", "-q", "-y", "--keep", "1", cwd=tmp_path).ok()
    (tmp_path / "go").touch()
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (0, b"sibling data data\n"), err.decode()
    (row,) = guild("runs", "--json", cwd=tmp_path).ok().json()
    assert row["package"] == "nets-1"
    home = Path(os.environ["GUILD_HOME"])
    assert row["project"] == str(home / "packages" / "nets-1")
    guild("gc", "-q", "-y", "--keep", "1", cwd=tmp_path).ok()
    assert len(list(home.glob("store/trees/*"))) == 1
