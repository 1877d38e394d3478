"""What a command says where there is nothing for it to work on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.guild import HEAD, guild, make_recipe

START = "  hint: `guild init --package` writes a recipe to start from\n"
NAME_ONE = "  hint: name an archive: NAME-VERSION.pkg.tar.xz\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a project, an empty folder, and files that are no archives."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "guild.yml").write_text("train:\n  main: train\n")
    (tmp_path / "bare").mkdir()
    (tmp_path / "empty.pkg.tar.xz").touch()
    (tmp_path / "text.pkg.tar.xz").write_text("hello\n")
    return tmp_path


@pytest.mark.parametrize("command", ["package", "lock", "lint"])
@pytest.mark.parametrize(
    ("place", "said"),
    [
        (".", f"guild: this folder has no GuildPkg file\n{START}"),
        ("bare", f"guild: bare has no GuildPkg file\n{START}"),
    ],
)
def test_a_folder_without_a_recipe_is_told_how_to_begin(command: str, place: str, said: str, folder: Path) -> None:
    assert guild(command, place, cwd=folder).failed().err == said


@pytest.mark.parametrize("command", ["lock", "lint"])
def test_a_project_without_a_recipe_has_nothing_to_lock(command: str, folder: Path) -> None:
    said = guild(command, "project", cwd=folder).failed().err
    assert said == f"guild: project is a project without a recipe\n{START}"


def test_a_project_without_a_recipe_is_packaged_under_a_name_that_is_asked_for(folder: Path) -> None:
    """With nobody there to answer it says how to give the name."""
    said = guild("package", "project", cwd=folder).failed().steps
    assert said == [
        "Name of the package (project): ",
        "guild: there was no answer: the input has ended",
        "  hint: say it with --name NAME, or in the project file",
    ]


@pytest.mark.parametrize("command", ["package", "lock"])
def test_a_recipe_that_is_not_there_or_is_a_file_is_told(command: str, folder: Path) -> None:
    gone = guild(command, "gone", cwd=folder).failed()
    assert gone.err == "guild: there is no gone\n  hint: name the folder of a recipe\n"
    assert guild(command, "text.pkg.tar.xz", cwd=folder).failed().err == (
        "guild: text.pkg.tar.xz is a file, not the folder of a recipe\n"
    )


@pytest.mark.parametrize("command", ["inspect", "verify"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bare", f"guild: bare is a folder\n{NAME_ONE}"),
        ("gone", "guild: there is no gone\n  hint: there is empty.pkg.tar.xz, text.pkg.tar.xz\n"),
        ("bare/gone", "guild: there is no bare/gone\n"),
        ("empty.pkg.tar.xz", "guild: empty.pkg.tar.xz is an empty file"),
        ("text.pkg.tar.xz", "guild: text.pkg.tar.xz is not an archive"),
        ("a\nb", "guild: there is no a"),
        ("x" * 300, f"guild: {'x' * 4}"),
    ],
    ids=["folder", "missing", "missing elsewhere", "empty", "text", "newline", "too long"],
)
def test_what_is_no_archive_is_told(command: str, name: str, said: str, folder: Path) -> None:
    if name == "x" * 300:
        said = f"guild: {str(folder / name)[:40]}...{name[:40]}: File name too long\n  hint: choose a shorter name\n"
    assert guild(command, name, cwd=folder).failed().err.startswith(said)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_archive_that_may_not_be_read_is_told(folder: Path) -> None:
    (folder / "text.pkg.tar.xz").chmod(0)
    assert "Permission denied" in guild("inspect", "text.pkg.tar.xz", cwd=folder).failed().err


def test_a_link_that_leads_to_itself_is_told(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    assert "loop" in guild("inspect", "loop", cwd=folder).failed().err


@pytest.mark.parametrize("command", ["inspect", "verify", "lint"])
def test_a_pipe_is_refused_and_not_waited_for(command: str, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "pipe is " in guild(command, "pipe", cwd=folder, timeout=20).failed().err


def test_a_folder_where_the_archive_is_to_be_is_told(folder: Path) -> None:
    make_recipe(folder / "thing", HEAD)
    (folder / "thing" / "thing-1.pkg.tar.xz").mkdir()
    said = guild("package", "thing", cwd=folder).failed()
    assert "thing-1.pkg.tar.xz" in said.err


def test_verify_checks_the_others_when_one_is_bad(folder: Path) -> None:
    make_recipe(folder / "thing", HEAD)
    guild("package", "-q", "thing", cwd=folder).ok()
    said = guild("verify", "gone", "thing/thing-1.pkg.tar.xz", "bare", cwd=folder).failed()
    assert said.out.startswith("thing/thing-1.pkg.tar.xz: 2 members, all as the manifest says")
    assert [line for line in said.steps if line.startswith("guild:")] == [
        "guild: there is no gone",
        "guild: bare is a folder",
    ]


def test_several_recipes_say_which_one_is_being_built(folder: Path) -> None:
    for name in ("one", "two"):
        make_recipe(folder / name, HEAD)
    said = guild("package", "one", "two", cwd=folder).ok()
    assert [line for line in said.steps if line.startswith("Building")] == ["Building one", "Building two"]
    assert "Building" not in guild("package", "-f", "one", cwd=folder).ok().err


def test_the_recipe_file_itself_stands_for_its_folder(folder: Path) -> None:
    make_recipe(folder / "thing", HEAD)
    said = guild("package", "--packagelist", "thing/GuildPkg", cwd=folder).ok()
    assert said.out == f"{folder}/thing/thing-1.pkg.tar.xz\n"


@pytest.mark.parametrize("command", ["models", "operations", "resources"])
def test_where_nothing_can_be_listed_the_way_to_something_is_named(command: str, folder: Path) -> None:
    begin = f"There are no {command} here: `guild init --project DIR` begins a project, `guild install` brings some\n"
    assert guild(command, cwd=folder / "bare").ok().err == begin
    assert guild(command, "--json", cwd=folder / "bare").ok().json() == []
    (folder / "project" / "guild.yml").write_text("- model: m\n")
    said = guild(command, *(["x"] if command == "models" else []), cwd=folder / "project").ok()
    nothing = "There are no such models" if command == "models" else f"The models here have no {command}"
    assert (said.out, said.steps[-1]) == ("", nothing)


def test_without_two_runs_there_is_nothing_to_compare_yet(folder: Path) -> None:
    said = guild("diff", cwd=folder / "bare").failed()
    assert said.steps[0] == "guild: there are not two runs to compare yet"
