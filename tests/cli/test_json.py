"""`--json`: stdout holds one JSON document, or nothing when the command failed; talk stays on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.guild import HEAD, guild, make_recipe

LOUD = "build() { echo to stdout; echo to stderr >&2; printf '\\033[31m'; }\npackage() { cp a.txt \"$pkgdir\"; }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recipe whose hook talks on both streams, built."""
    text = f"{HEAD}  source = a.txt\n  packager = packager\n"
    folder = make_recipe(tmp_path / "thing", text, a__txt="a\n", packager=LOUD)
    guild("package", "-q", "--sandbox=off", cwd=folder).ok()
    return folder


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (["package", "-f", "--sandbox=off", "-v"], {"archive", "sha256", "files", "sources"}),
        (["package", "-n"], {"archive", "hooks", "patches", "sources"}),
        (["package", "--packagelist"], {"archive", "exists"}),
        (["inspect", "thing-1.pkg.tar.xz"], {"name", "version"}),
        (["verify", "thing-1.pkg.tar.xz"], {"name", "sha256", "members"}),
        (["lint"], {"target", "findings"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_target_gives_one_object_whatever_is_said_beside_it(words: list[str], keys: set[str], folder: Path) -> None:
    said = guild(*words, "--json", cwd=folder).ok()
    assert keys <= said.json().keys()
    assert said.out.isascii()


@pytest.mark.parametrize(
    "words", [["lock"], ["init", "--package", "new"], ["inspect", "--files", "thing-1.pkg.tar.xz"]]
)
def test_a_listing_gives_an_array(words: list[str], folder: Path) -> None:
    assert isinstance(guild(*words, "--json", cwd=folder).ok().json(), list)


@pytest.mark.parametrize("words", [["package", "-n"], ["lint"]], ids=" ".join)
def test_several_targets_give_an_array(words: list[str], folder: Path) -> None:
    make_recipe(folder.parent / "other", HEAD)
    assert len(guild(*words, "--json", ".", "../other", cwd=folder).ok().json()) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["package", "--locked", "--json", "../gone"],
        ["package", "--json", ".", "../gone"],
        ["inspect", "--json", "gone"],
        ["verify", "--json", "thing-1.pkg.tar.xz", "gone"],
        ["lint", "--json", "gone"],
        ["lock", "--json", "../gone"],
    ],
    ids=" ".join,
)
def test_a_failure_leaves_stdout_empty_and_explains_itself_on_stderr(words: list[str], folder: Path) -> None:
    said = guild(*words, cwd=folder).failed()
    assert said.out == ""
    assert "guild: there is no " in said.err


def test_findings_of_lint_are_a_result_and_not_a_failure(folder: Path) -> None:
    make_recipe(folder, f"{HEAD}  source = missing.txt\n")
    said = guild("lint", "--json", cwd=folder).failed()
    assert said.json()["failed"] is True


def test_a_failing_hook_leaves_stdout_empty(folder: Path) -> None:
    (folder / "packager").write_text("build() { echo broken; exit 3; }\n")
    said = guild("package", "-f", "--json", "--sandbox=off", cwd=folder).failed()
    assert said.out == ""
    assert "broken" in said.err


def test_a_name_with_raw_bytes_survives_as_lone_surrogates(folder: Path) -> None:
    make = "package() { printf x > \"$pkgdir/$(printf 'a\\377b')\"; }\n"
    (folder / "packager").write_text(make)
    guild("package", "-f", "-q", "--sandbox=off", cwd=folder).ok()
    said = guild("inspect", "--files", "--json", "thing-1.pkg.tar.xz", cwd=folder).ok()
    names = [item["name"].encode("utf-8", "surrogateescape") for item in json.loads(said.out)]
    assert names[-1] == b"./a\xffb"
    assert "a\\xffb" in guild("inspect", "--files", "thing-1.pkg.tar.xz", cwd=folder).ok().out
