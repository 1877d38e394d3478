"""Packages, modules, and what has to be there."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import pytest

from guildpkg.core.project.find import Listed
from guildpkg.errors import DependencyError, Unknown
from guildpkg.pipeline.train.resources import Supply, check, missing_packages, names_of, need_rows, needs_of
from guildpkg.project.load import load
from guildpkg.resources.table import MODULES
from guildpkg.system import place as system_place
from tests.resources.worlds import Place
from tests.support.guild import guild, make_recipe

RECIPE = "[package]\nname = digits\nversion = {}\nsource = a.csv d\n"


def install(place: Place, version: str = "1", text: str = "a") -> Path:
    """Build the package ``digits`` and unpack it where installed packages lie."""
    recipe = make_recipe(place.root / f"recipe{version}", RECIPE.format(version), a__csv=text)
    (recipe / "d").mkdir()
    (recipe / "d/b.csv").write_text("b")
    guild("package", "-q", cwd=recipe).ok()
    folder = place.home / "packages" / f"digits-{version}"
    folder.mkdir(parents=True)
    with tarfile.open(recipe / f"digits-{version}.pkg.tar.xz") as tar:
        tar.extractall(folder, filter="data")
    return folder


def test_each_kind_has_its_module() -> None:
    folder = Path(__file__).parents[2] / "guildpkg/resources"
    shared = {"beforehand", "laying", "override", "request", "resolve", "sealing", "table", "unfold", "walk"}
    assert {path.stem for path in folder.glob("[a-z]*.py")} == {*MODULES, *shared}


def test_the_newest_package_that_will_do(place: Place) -> None:
    install(place, "1", "old")
    install(place, "2", "new")
    rows = place.lay("path: data\nsources: [package: digits]")
    assert place.files == {"data/a.csv": "new", "data/d/b.csv": "b"}
    assert [(row.path, row.source) for row in rows] == [("data/a.csv", "digits-2"), ("data/d", "digits-2")]
    place.lay("path: old\nsources: [package: 'digits < 2']")
    assert place.files["old/a.csv"] == "old"


def test_a_package_that_is_missing_is_named_with_what_to_do(place: Place) -> None:
    needs = place.needs("- package: digits >= 1")
    assert missing_packages(needs, place.home) == ("digits >= 1",)
    with pytest.raises(DependencyError, match="the package digits >= 1 is not installed") as caught:
        place.lay_needs(needs)
    assert caught.value.hint == "guild install digits"


def test_a_damaged_package_is_refused(place: Place) -> None:
    folder = install(place)
    (folder / "a.csv").chmod(0o644)
    (folder / "a.csv").write_text("b")
    with pytest.raises(DependencyError, match=r"a\.csv of digits-1 has changed") as caught:
        place.lay("- package: digits")
    assert caught.value.hint == "guild verify digits --repair"
    (folder / "a.csv").unlink()
    with pytest.raises(DependencyError, match=r"a\.csv of digits-1 is missing"):
        place.lay("- package: digits")
    assert "a.csv" not in place.files


def test_one_file_of_a_package_by_its_hash(place: Place) -> None:
    install(place)
    digest = hashlib.sha256(b"a").hexdigest()
    (row,) = place.lay(f"- {{package: digits, select: a.csv, sha256: {digest}}}")
    assert (row.path, row.sha256) == ("a.csv", digest)


def test_large_files_of_a_package_are_linked_and_read_only(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = install(place)
    (folder / "a.csv").chmod(0o444)
    monkeypatch.setattr(system_place, "LARGE", 1)
    monkeypatch.setattr(system_place, "clone_into", lambda source, target: False)
    place.lay("- package: digits")
    assert (place.base / "a.csv").samefile(folder / "a.csv")
    assert not (place.base / "d/b.csv").samefile(folder / "d/b.csv"), "others may write to it"
    assert (place.base / "d/b.csv").stat().st_mode & 0o222 == 0


def test_the_page_shows_a_sound_project(place: Place) -> None:
    page = (Path(__file__).parents[2] / "docs/resources.md").read_text()
    (place.project / "guild.yml").write_text(page.partition("```yaml\n")[2].partition("```")[0])
    project = load(place.project)
    assert project.warnings == ()
    listed = Listed(project, project.models[0], "./")
    needs = [needs_of(operation, listed, (listed,)) for operation in project.models[0].operations]
    assert [[need.resource.name for need in each] for each in needs] == [["data"], ["data", "trained"]]


@pytest.mark.parametrize("name", ["json", "email.mime.text"])
def test_a_module_that_is_there(place: Place, name: str) -> None:
    assert place.lay(f"- module: {name}") == ()


@pytest.mark.parametrize("name", ["no_such_module", "email.no_such", "json.decoder.more"])
def test_a_module_that_is_missing(place: Place, name: str) -> None:
    with pytest.raises(DependencyError, match=f"has no module {name}"):
        place.lay(f"- module: {name}")


def test_a_module_is_not_run_to_be_found(place: Place) -> None:
    (place.base / "loud.py").write_text("raise SystemExit('run')")
    assert place.lay("- module: loud") == ()


def ini(place: Place, text: str) -> Listed:
    (place.project / "Guild").write_text(text)
    project = load(place.project)
    return Listed(project, project.models[0], "./")


def test_paths_that_have_to_be_there(place: Place) -> None:
    listed = ini(place, "[model]\ntrain = t\ntrain_requires = data, *.npz\n")
    supply = Supply(needs_of(listed.model.operations[0], listed, ()), place.home, "python")
    with pytest.raises(DependencyError, match=r"missing required '\./data'") as caught:
        check(supply, place.project)
    assert caught.value.hint == "Do you need to run 'guild prepare' first?"
    (place.project / "data").mkdir()
    with pytest.raises(DependencyError, match=r"'\./\*\.npz'"):
        check(supply, place.project)
    place.write("x.npz")
    check(supply, place.project)
    rows = place.lay_needs(tuple(supply.needs))
    assert [row.path for row in rows] == ["data", "x.npz"]


def test_a_package_is_laid_before_it_has_to_be_there(place: Place) -> None:
    listed = ini(place, "[model]\ntrain = t\nrequires = digits:data\ntrain_requires = data/a.csv\n")
    install(place)
    needs = needs_of(listed.model.operations[0], listed, ())
    check(Supply(needs, place.home, "python"), place.project)
    place.lay_needs(needs)
    assert place.files["data/a.csv"] == "a"


def test_flags_choose_resources_and_files(place: Place) -> None:
    place.write("big.csv", "big")
    needs = place.needs("- file: ${size}.csv")
    (place.project / "guild.yml").write_text(
        (place.project / "guild.yml").read_text().replace("requires: data", "requires: ${what}")
    )
    project = load(place.project)
    listed = Listed(project, project.models[0], "./")
    values = {"${what}": "data", "${size}.csv": "big.csv"}
    needs = needs_of(listed.model.operations[0], listed, (), fill=lambda text: values.get(text, text))
    place.lay_needs(needs)
    assert place.files == {"big.csv": "big"}
    assert names_of(needs) == {"data"}
    assert list(need_rows(needs)) == [("data", "big.csv")]
    with pytest.raises(Unknown, match="other"):
        needs_of(listed.model.operations[0], listed, (), fill=lambda text: "other")
