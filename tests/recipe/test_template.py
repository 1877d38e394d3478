"""What `guild init --package` writes, and that it is sound before anybody has touched it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.archive.read import list_members
from guildpkg.core.events import Event, Output, Step, silent
from guildpkg.core.names import check_name
from guildpkg.core.recipe.model import FREE_SECTIONS, HOOKS, KEYS
from guildpkg.core.recipe.reader import read_recipe
from guildpkg.errors import Exists, GuildError, UsageFault
from guildpkg.pipeline.init import init_package
from guildpkg.pipeline.package.lint import lint
from guildpkg.pipeline.package.make import package
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.template import name_from, template

TEXT = template("demo-src")["GuildPkg"].decode()


def init(folder: Path, *, name: str | None = None, overwrite: bool = False, dry_run: bool = False) -> tuple[Path, ...]:
    return init_package(folder, name=name, overwrite=overwrite, dry_run=dry_run, report=silent)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_template_is_a_recipe_without_sources() -> None:
    recipe = read_recipe(TEXT, "GuildPkg")
    assert (recipe.name, recipe.version, recipe.packager) == ("demo-src", "1", "packager")
    assert (recipe.sources, recipe.patches, recipe.packages) == ((), (), ())


@pytest.mark.parametrize("key", [f"{section}.{key}" for section, keys in KEYS.items() for key in keys])
def test_every_attribute_is_shown(key: str) -> None:
    section, _, attribute = key.partition(".")
    header = "[source " if section == "source" else f"[{section}]"
    rest = TEXT[TEXT.index(header) :]
    assert any(line.strip(" #").startswith(f"{attribute} ") and " = " in line for line in rest.splitlines())


@pytest.mark.parametrize("section", FREE_SECTIONS)
def test_every_free_section_is_shown(section: str) -> None:
    assert f"# [{section}]\n" in TEXT


def test_the_packager_has_the_two_hooks_of_the_walk_through_and_their_lines(tmp_path: Path) -> None:
    init(tmp_path)
    for hook, line in (("build", "TODO Perform any build steps here"), ("package", "TODO Copy packages here")):
        script = f"set -eu -o pipefail; . ./packager; declare -F | cut -d' ' -f3; {hook}"
        ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert (ran.stdout, ran.stderr) == (f"build\npackage\n{line}\n", "")
    assert names(tmp_path) == ["GuildPkg", "packager"]
    assert {"build", "package"} <= set(HOOKS)


def test_the_packager_of_the_template_survives_another_recipe_text(tmp_path: Path) -> None:
    """The walk-through replaces all of ``GuildPkg`` and keeps the packager."""
    init(tmp_path, name="mnist-tutorial-src")
    url = "https://github.com/tensorflow/tensorflow/tree/master/tensorflow/examples/tutorials/mnist"
    text = f"[package]\nname = mnist-tutorial-src\nversion = 1\nsource = {url}\npackager = packager\n"
    (tmp_path / "GuildPkg").write_text(f"#-*-conf-*-\n{text}[references]\ngithub = {url}\n", encoding="utf-8")
    report = lint(tmp_path, "")
    assert not report.failed
    assert {found.rule for found in report.findings} == {
        *("description-missing", "license-missing", "commit-unpinned", "moving-branch", "todo-left"),
    }


def test_a_new_recipe_lints_without_errors(tmp_path: Path) -> None:
    init(tmp_path)
    found = [(found.rule, found.where.line) for found in lint(tmp_path, "").findings]
    assert [rule for rule, _ in found] == ["description-missing", "license-missing", "todo-left", "todo-left"]


def test_a_folder_is_made_and_gives_its_name(tmp_path: Path) -> None:
    steps: list[Event] = []
    folder = tmp_path / "a" / "My Model_2"
    made = init_package(folder, name=None, overwrite=False, dry_run=False, report=steps.append)
    assert made == (folder / "GuildPkg", folder / "packager")
    assert read_recipe(made[0].read_text(encoding="utf-8"), "GuildPkg").name == "my-model_2"
    assert steps == [Step("Writing GuildPkg"), Step("Writing packager")]
    assert names(folder) == ["GuildPkg", "packager"]


def test_the_current_folder_gives_its_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mnist-tutorial-src"
    folder.mkdir()
    monkeypatch.chdir(folder)
    init(Path())
    assert "name        = mnist-tutorial-src\n" in (folder / "GuildPkg").read_text(encoding="utf-8")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert [path.name for path in init(tmp_path / "new", dry_run=True)] == ["GuildPkg", "packager"]
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("there", "message"),
    [
        (["GuildPkg"], "GuildPkg is there already"),
        (["packager"], "packager is there already"),
        (["packager", "GuildPkg"], "GuildPkg and packager are there already"),
    ],
    ids=["recipe", "packager", "both"],
)
def test_nothing_is_overwritten_and_nothing_is_written_then(tmp_path: Path, there: list[str], message: str) -> None:
    for name in there:
        (tmp_path / name).write_text("mine")
    with pytest.raises(Exists) as caught:
        init(tmp_path)
    assert (str(caught.value), caught.value.hint) == (message, "--overwrite replaces them, or name another folder")
    assert names(tmp_path) == sorted(there)
    assert all((tmp_path / name).read_text() == "mine" for name in there)


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "packager").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Exists, match="packager is there already"):
        init(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_overwrite_replaces_and_leaves_the_rest(tmp_path: Path) -> None:
    for name in ("GuildPkg", "Guild.in"):
        (tmp_path / name).write_text("mine")
    init(tmp_path, name="x", overwrite=True)
    assert "name        = x\n" in (tmp_path / "GuildPkg").read_text(encoding="utf-8")
    assert (tmp_path / "Guild.in").read_text() == "mine"
    assert names(tmp_path) == ["Guild.in", "GuildPkg", "packager"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(GuildError, match="x is a file, not a folder"):
        init(tmp_path / "x")


def test_a_folder_in_the_way_of_a_file_leaves_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "GuildPkg").mkdir()
    (tmp_path / "packager").write_text("mine")
    with pytest.raises(Exists, match="GuildPkg is a folder"):
        init(tmp_path, overwrite=True)
    assert names(tmp_path) == ["GuildPkg", "packager"]
    assert (tmp_path / "packager").read_text() == "mine"


def test_a_bad_name_is_refused_with_a_good_one(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="'My Model' is not a package name") as caught:
        init(tmp_path, name="My Model")
    assert caught.value.hint == "for instance my-model"
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("mnist-tutorial-src", "mnist-tutorial-src"),
        ("My Model (v2)", "my-model-v2"),
        ("Überraschung", "uberraschung"),
        ("..", "package"),
        ("", "package"),
        ("数字", "package"),
        ("cnn+mnist", "cnn+mnist"),
        ("_private", "private"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_name_out_of_a_folder(folder: str, name: str) -> None:
    assert name_from(folder) == name


@given(st.text())
def test_a_name_out_of_anything_is_a_name(text: str) -> None:
    assert check_name(name_from(text)) is None
    assert name_from(name_from(text)) == name_from(text)


def test_the_first_build_says_what_is_to_do_and_packages_nothing(tmp_path: Path) -> None:
    """No network, no source: two lines, and an archive with the manifest alone."""
    folder = tmp_path / "demo-src"
    init(folder)
    heard: list[Event] = []
    built = package(folder, "", Options(), Setting(tmp_path / "home", dict(os.environ), heard.append, time.time))
    said = b"".join(event.data for event in heard if isinstance(event, Output))
    assert said == b"TODO Perform any build steps here\nTODO Copy packages here\n"
    assert built.archive is not None
    assert [member.name for member in list_members(built.archive)] == ["./", "./.GuildPkg"]
    assert [found.rule for found in lint(built.archive, built.archive.name).findings] == ["package-empty"]
