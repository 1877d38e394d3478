"""Packages without a recipe: a project as it is, and what a run made. All through the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from guildpkg.core.words import in_bytes
from tests.support.guild import Said, argv, beside, guild, members

PROJECT = """\
- package: tiny
  version: 1.5
  description: A small
    model
  license: MIT
  requires: [numpy >= 1.20]
  data-files: ["*.npy"]
- model: net
  operations:
    train: {cmd: train, flags: {lr: 0.1}, requires: digits, output-scalars: {loss: "loss ([0-9.]+)"}}
  resources:
    digits: {sources: [{file: data/big.bin}]}
"""
TRAIN = """\
import os, sys
os.makedirs("model")
open("model/weights.h5", "w").write("w" * 100)
os.symlink("/etc/passwd", "stolen")
open("kaggle.json", "w").write("{}")
print("loss 0.25")
sys.exit(os.path.exists("big.bin") - 1)
"""
BIG = 1 << 20


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose data are larger than what is taken unasked, among things that are nobody's business."""
    return lay(tmp_path / "net")


def lay(folder: Path) -> Path:
    files = {"guild.yml": PROJECT, "train.py": TRAIN, "with space.txt": "x", "weights.npy": "n" * BIG, ".env": "KEY=1"}
    files |= {"data/big.bin": "b" * BIG, "other.bin": "o" * BIG, "id_rsa": "key", "runs/1/model.h5": "m"}
    files |= {"key.txt": "-----BEGIN PRIVATE KEY-----\n", "old-1.pkg.tar.xz": "a", "venv/pyvenv.cfg": ""}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@dataclass(frozen=True)
class World:
    """A project that was packaged, and a run of it that was.

    Attributes:
        project: Its folder.
        env: The environment with the home of the run.
        said: What building the project said.
        of_run: What building the run said, as values.
    """

    project: Path
    env: dict[str, str]
    said: Said
    of_run: dict[str, Any]

    @property
    def archive(self) -> Path:
        return self.project / "tiny-1.5.pkg.tar.xz"

    @property
    def run_archive(self) -> Path:
        return Path(self.of_run["archive"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once; tests only look at it."""
    folder = tmp_path_factory.mktemp("world")
    env = {"HOME": str(folder), "GUILD_HOME": str(folder / "home")}
    project = lay(folder / "net")
    said = guild("package", cwd=project, env=env).ok()
    guild("train", "-y", "lr=0.5", cwd=project, env=env).ok()
    return World(project, env, said, guild("package", "--run", "0", "--json", cwd=project, env=env).ok().json())


def answering(text: str, *words: str | Path, cwd: Path) -> Said:
    """Run guild with something to read on its stdin."""
    done = subprocess.run(argv(*words), cwd=cwd, input=text, capture_output=True, text=True, timeout=120, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_project_is_packaged_with_what_it_needs_and_nothing_else(world: World) -> None:
    planned = guild("package", "-n", "--json", cwd=world.project).ok().json()
    taken = ["data/big.bin", "guild.yml", "train.py", "weights.npy", "with space.txt"]
    assert [name for name in members(world.archive) if not name.endswith("/")] == [
        "./.GuildPkg",
        *(f"./{name}" for name in taken),
    ]
    assert [row["path"] for row in planned["files"]] == taken
    left = {row["path"]: row["why"] for row in planned["left_out"]}
    assert (left["runs/"], left["venv/"], left[".env"]) == ("never source code", "a virtual environment", "hidden")
    assert "looks like a secret" in left["id_rsa"]
    assert "looks like a secret" in left["key.txt"]
    assert f"left out as larger than {in_bytes(BIG)}: other.bin; --include takes what is needed" in world.said.err
    assert beside(world.project) >= {"tiny-1.5.pkg.tar.xz", "tiny-1.5.build.json"}
    manifest = guild("inspect", "--manifest", world.archive, cwd=world.project).ok().out
    assert "description = A small model\nlicense = MIT\n" in manifest
    assert "python = numpy >= 1.20\n" in manifest


def test_the_package_of_a_project_trains_where_it_is_installed(world: World) -> None:
    guild("install", "-y", "--no-env", world.archive, cwd=Path("/")).ok()
    assert "loss 0.25" in guild("train", "-y", "tiny/net", "--python", sys.executable, cwd=Path("/")).ok().out


def test_the_same_project_gives_the_same_bytes_and_can_be_built_from_them(world: World, project: Path) -> None:
    guild("package", "-q", cwd=project).ok()
    assert (project / world.archive.name).read_bytes() == world.archive.read_bytes()
    guild("rebuild", world.archive, cwd=project).ok()


def test_an_archive_of_another_state_is_replaced_with_force_only(world: World, project: Path) -> None:
    archive = project / world.archive.name
    shutil.copyfile(world.archive, archive)
    (project / "train.py").write_text("pass\n")
    said = guild("package", cwd=project).failed()
    assert "give it another --version, or replace it with -f" in said.err
    assert archive.read_bytes() == world.archive.read_bytes()
    guild("package", "-f", cwd=project).ok()
    assert archive.read_bytes() != world.archive.read_bytes()


@pytest.mark.parametrize("dialect", ["Guild", "guild.yml"])
def test_a_project_that_has_no_name_is_asked_for_one(tmp_path: Path, dialect: str) -> None:
    text = {"Guild": '[project]\nname = My Net\n[model "m"]\ntrain = train\n', "guild.yml": "train: train\n"}
    folder = tmp_path / "my-net"
    folder.mkdir()
    (folder / dialect).write_text(text[dialect])
    (folder / "train.py").write_text("pass\n")
    said = answering("\n2\n", "package", "--packagelist", cwd=folder).ok()
    assert "Name of the package (my-net): " in said.err
    assert said.out == f"{folder / 'my-net-2.pkg.tar.xz'}\n"
    for words in (["package"], ["package", "-y"]):
        assert "--name NAME" in guild(*words, cwd=folder).failed().err
    assert "--version VERSION" in guild("package", "-y", "--name", "x", cwd=folder).failed().err
    assert (
        guild("package", "--name", "X Y", "--version", "3", cwd=folder).failed(2).err.startswith("guild: 'X Y' is not")
    )


def test_rules_of_the_command_line_have_the_last_word(project: Path) -> None:
    words = ("--include", "id_rsa", "--include", "*.bin", "--exclude", "with*")
    planned = guild("package", "-n", "--json", *words, cwd=project).ok().json()
    taken = {row["path"] for row in planned["files"]}
    assert taken == {"data/big.bin", "other.bin", "guild.yml", "train.py", "weights.npy", "id_rsa"}


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        pytest.param(PROJECT, ["-o"], "is a project without a recipe: -o means nothing for it", id="option-of-recipes"),
        pytest.param(PROJECT.replace("numpy >=", "numpy =>"), [], "guild: guild.yml:1: ", id="no-requirement"),
        pytest.param(f"- include: ../more.yml\n{PROJECT}", [], "would not be in the package", id="includes-outside"),
        pytest.param(PROJECT, ["--run", "0", "."], "there is no DIR beside it", id="run-and-folder"),
        pytest.param(PROJECT, ["--run", "0"], "there is no run 0", id="no-run"),
        pytest.param(PROJECT, ["--exclude", "*"], "there is nothing to package", id="nothing"),
    ],
)
def test_what_cannot_be_packaged_is_refused(project: Path, text: str, words: list[str], said: str) -> None:
    (project / "guild.yml").write_text(text)
    (project.parent / "more.yml").write_text("- config: c\n")
    told = guild("package", *words, cwd=project)
    assert said in told.failed(told.code or 1).err
    assert not list(project.glob("tiny*"))


def test_a_run_is_packaged_with_what_it_made_and_how_it_came_to_be(world: World) -> None:
    assert (world.of_run["name"], world.of_run["files"]) == ("net+digits", 2)
    guild("install", "-y", world.run_archive, cwd=Path("/")).ok()
    guild("verify", cwd=Path("/")).ok()
    (folder,) = (Path(os.environ["GUILD_HOME"]) / "packages").glob("net+digits-*")
    assert (folder / "model/weights.h5").read_text() == "w" * 100
    assert beside(folder) == {".GuildPkg", "guild-run.json", "model"}
    card = json.loads((folder / "guild-run.json").read_text())
    assert (card["status"], card["operation"], card["flags"]) == ("completed", "net:train", {"lr": 0.5})
    assert card["scalars"] == {"out/loss": {"step": 0, "value": 0.25}}
    assert [row["source"] for row in card["data"]] == ["big.bin"]
    assert len(card["source_digest"]) == 64
    assert str(world.project.parent) not in json.dumps(card)


def test_the_package_of_a_run_is_the_same_each_time_and_no_recipe_can_build_it(world: World, tmp_path: Path) -> None:
    again = guild("package", "--run", "0", "--json", cwd=world.project, env=world.env).ok().json()
    assert (again["sha256"], again["unchanged"]) == (world.of_run["sha256"], True)
    for command, where in (("rebuild", ()), ("unpack-recipe", ("x",))):
        said = guild(command, world.run_archive, *where, cwd=tmp_path).failed()
        assert "holds what a run made" in said.err
        assert "guild package --run " in said.err


def test_a_run_that_failed_is_packaged_on_demand_only(project: Path) -> None:
    (project / "train.py").write_text("open('half.h5', 'w').write('h')\nraise SystemExit(3)\n")
    guild("train", "-y", cwd=project).failed(3)
    assert "did not complete: error (3)" in guild("package", "--run", "0", cwd=project).failed().err
    planned = guild("package", "--run", "0", "--unfinished", "-n", cwd=project).ok()
    assert "take half.h5 (1 B)\n" in planned.out
