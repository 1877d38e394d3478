"""Projects of installed packages, as they lie under GUILD_HOME."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from guildpkg.core.events import Event, Warn, silent
from guildpkg.errors import NoProject
from guildpkg.pipeline.project.help import project_of
from guildpkg.pipeline.project.here import (
    find_project,
    installed_project,
    installed_projects,
    listed_models,
)
from tests.support.guild import guild, make_recipe

GUILD = '[model "softmax"]\ntrain = t\n'
RECIPE = "[package]\nname = mnist-src\nversion = 1\nsource = Guild\n{project}packager = packager\n"
PACKAGER = 'package() { mkdir -p "$pkgdir/deep"; cp Guild "$pkgdir/deep/"; cp Guild "$pkgdir/"; }\n'


def lay(name: str, text: str, below: str = "") -> Path:
    packages = Path(os.environ["GUILD_HOME"]) / "packages"
    (packages / name / below).mkdir(parents=True)
    (packages / name / below / "Guild").write_text(text)
    return packages / name


@pytest.mark.parametrize(
    ("project", "shown"), [("", "mnist-src-1/Guild"), ("project = deep\n", "mnist-src-1/deep/Guild")]
)
def test_the_project_lies_where_the_manifest_of_a_real_package_says(tmp_path: Path, project: str, shown: str) -> None:
    recipe = make_recipe(tmp_path / "recipe", RECIPE.format(project=project), Guild=GUILD, packager=PACKAGER)
    guild("package", "-q", cwd=recipe).ok()
    folder = tmp_path / "mnist-src-1"
    folder.mkdir()
    subprocess.run(["tar", "xf", recipe / "mnist-src-1.pkg.tar.xz", "-C", folder], check=True)
    found = installed_project(folder)
    assert found is not None
    assert (found.files, found.installed) == ((shown,), "mnist-src-1")


def test_models_of_installed_packages_have_the_name_of_their_package(tmp_path: Path) -> None:
    lay("mnist-src-1", GUILD)
    lay("mnist+digits-2.1", GUILD)
    projects = installed_projects(Path(os.environ["GUILD_HOME"]), silent)
    listed = listed_models(None, tmp_path, projects)
    assert [item.full for item in listed] == ["mnist+digits/softmax", "mnist-src/softmax"]
    assert not any(item.local for item in listed)


def test_help_is_that_of_the_newest_version_or_of_the_one_that_is_named(tmp_path: Path) -> None:
    for version in ("9", "10"):
        lay(f"mnist-src-{version}", GUILD)
    home = Path(os.environ["GUILD_HOME"])
    named = [project_of(word, "", tmp_path, home).installed for word in ("mnist-src", "mnist-src-9")]
    assert named == ["mnist-src-10", "mnist-src-9"]
    for word in ("mnist-src-11", "mnist", "../mnist-src-9"):
        with pytest.raises(NoProject):
            project_of(word, "", tmp_path, home)


def test_of_several_versions_the_newest_counts(tmp_path: Path) -> None:
    for version in ("2", "10", "10rc1"):
        lay(f"mnist-src-{version}", GUILD)
    lay("no-version-x", GUILD)
    found = installed_projects(Path(os.environ["GUILD_HOME"]), silent)
    assert [project.installed for project in found] == ["mnist-src-10"]


def test_a_package_that_cannot_be_read_is_told_and_left_out(tmp_path: Path) -> None:
    lay("good-1", GUILD)
    lay("bad-1", "[model\n")
    (lay("odd-1", GUILD) / ".GuildPkg").write_text("no manifest")
    heard: list[Event] = []
    found = installed_projects(Path(os.environ["GUILD_HOME"]), heard.append)
    assert [project.installed for project in found] == ["good-1"]
    assert [type(event) for event in heard] == [Warn, Warn]


def test_the_entry_of_a_package_may_be_a_link_into_the_store(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "Guild").write_text(GUILD)
    entry = lay("other-1", GUILD).with_name("x-1")
    entry.symlink_to(tmp_path / "tree")
    found = installed_project(entry)
    assert found is not None
    assert found.installed == "x-1"


def test_without_a_project_there_is_none(tmp_path: Path) -> None:
    assert find_project(tmp_path) is None
