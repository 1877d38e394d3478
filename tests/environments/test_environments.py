"""Environments of packages: made once, shared, whole or made anew; no network, one small wheel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from guildpkg.core.digests import sha256
from guildpkg.core.packages.generation import Installed
from guildpkg.core.recipe.needs import python_needs
from guildpkg.environments.make import find_uv, make
from guildpkg.environments.place import Environment, environment_of
from guildpkg.pipeline.installed.environments import ensure, python_of
from tests.install.conftest import World, world
from tests.support.builds import Started, nothing_left, wait_for
from tests.support.guild import guild
from tests.support.packages import make_package

__all__ = ["world"]


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the wheel of `smallest`, which pip and uv take instead of an index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "smallest-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("smallest.py", "VALUE = 7\n")
        wheel.writestr("smallest-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: smallest\nVersion: 1\n")
        wheel.writestr(
            "smallest-1.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("smallest-1.dist-info/RECORD", "")
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(folder))
    return folder


def environment(home: Path, text: str = "smallest >= 1") -> Environment:
    """Say which environment has some requirements."""
    found = environment_of(home, python_needs(text)[0])
    assert found is not None
    return found


def test_one_set_of_requirements_is_one_environment_however_it_is_written(tmp_path: Path) -> None:
    one = environment(tmp_path, "Num_Py >= 1, < 2, scipy[extra]")
    assert one.requirements == ("num-py<2,>=1", "scipy[extra]")
    assert one.key == environment(tmp_path, "scipy[extra], num-py<2,>=1").key
    assert one.key != environment(tmp_path, "scipy, num-py<2,>=1").key
    assert environment_of(tmp_path, ()) is None


def test_a_package_runs_in_an_environment_of_its_own(world: World, wheels: Path) -> None:
    archive = make_package(world.folder, python="smallest >= 1", files={"a": "a"})
    env = {"PATH": f"{Path(find_uv(os.environ) or '/x').parent}:{os.environ['PATH']}"}
    guild("install", "-q", archive, cwd=world.folder, env=env).ok()
    python = python_of(world.home, "sample-1")
    assert python is not None
    said = subprocess.run([python, "-c", "import smallest; print(smallest.VALUE)"], capture_output=True, check=True)
    assert said.stdout == b"7\n"
    world.uninstall("sample")
    world.gc()
    assert not python.exists()


def test_pip_makes_it_where_there_is_no_uv_and_a_kill_half_way_is_made_good(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildpkg.environments.make.find_uv", lambda env: "")
    wanted = environment(tmp_path)
    (wanted.folder / "bin").mkdir(parents=True)
    (wanted.folder / "bin" / "python").symlink_to(sys.executable)
    (wanted.folder / "left").touch()
    assert not environment(tmp_path).whole
    python = make(wanted, os.environ, lambda _: None)
    assert wanted.whole
    assert not (wanted.folder / "left").exists()
    assert json.loads((wanted.folder / "environment.json").read_bytes())["requirements"] == ["smallest>=1"]
    said: list[object] = []
    assert make(wanted, os.environ, said.append) == python
    assert said == []


def test_a_guild_that_is_killed_while_it_makes_one_makes_it_whole_the_next_time(
    world: World, wheels: Path, tmp_path: Path
) -> None:
    """SIGKILL, while the tool is half way; the tool does not outlive guild."""
    archive = make_package(world.folder, python="smallest >= 1", files={"a": "a"})
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "uv").write_text("#!/bin/sh\n: > half\nexec sleep 100\n")
    (slow / "uv").chmod(0o755)
    env = {"PATH": f"{slow}:{os.environ['PATH']}"}
    with nothing_left():
        started = Started("install", "-q", archive, cwd=world.folder, notes=tmp_path / "notes", env=env)
        wait_for(lambda: list(world.home.glob("environments/*/half")), "the tool")
        started.kill()
    assert (world.installed, python_of(world.home, "sample-1")) == (["sample-1"], None)
    guild("install", "-q", "sample", cwd=world.folder).ok()
    assert python_of(world.home, "sample-1") is not None
    assert not list(world.home.glob("environments/*/half"))


def test_a_failure_leaves_the_package_installed_and_says_what_to_do(world: World, wheels: Path) -> None:
    archive = make_package(world.folder, python="missing-package", files={"a": "a"})
    said = guild("install", archive, cwd=world.folder).failed()
    assert "no environment with missing-package could be made" in said.err
    assert "sample-1 is installed; try again with guild install sample==1" in said.err
    assert world.installed == ["sample-1"]
    assert python_of(world.home, "sample-1") is None
    guild("install", "--no-env", archive, cwd=world.folder).ok()


def test_what_is_whole_is_not_made_again(world: World) -> None:
    package = Installed("a", "1", tree=sha256(b""), archive=sha256(b""), python="smallest")
    place = environment(world.home, "smallest")
    (place.folder / "bin").mkdir(parents=True)
    place.interpreter.symlink_to(sys.executable)
    (place.folder / "environment.json").write_text("{}")
    ensure([package], world.setting)
    assert world.heard == []


def test_who_answers_no_gets_no_environment_either(world: World, wheels: Path) -> None:
    """Also not that of a package which is there already and was named as well."""
    kept = make_package(world.folder, "kept", "1", {"a": "a"}, python="smallest")
    guild("install", "--no-env", kept, cwd=world.folder).ok()
    world.publish(world.make("data", "1", {"d": "1"}))
    more = world.make("more", "1", {"m": "m"}, "data")
    said = guild("install", kept, more, cwd=world.folder, stdin="n\n").ok()
    assert "Continue?" in said.err
    assert not (world.home / "environments").exists()
