"""The commands of indexes, as a user types them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from guildpkg.cli.boundary import run
from tests.index.worlds import make_archive, serve
from tests.support.guild import argv, guild, make_recipe
from tests.support.httpserver import serving

RECIPE = "[package]\n  name = hello\n  version = 1\n  description = Says hello\n  source = a.txt\n"
COMMANDS = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()


def documented(name: str) -> set[str]:
    """Give the words in backticks of a section of docs/commands.md."""
    return set(re.findall(r"`(\w+)`", COMMANDS.partition(f"## guild {name}\n")[2].partition("\n## ")[0]))


def test_from_a_recipe_to_another_machine(tmp_path: Path) -> None:
    """Make an index, publish on it out of a recipe, trust it from elsewhere, and find the package."""
    recipe = make_recipe(tmp_path / "recipe", RECIPE, a__txt="hi\n")
    made = guild("index", "init", tmp_path / "srv", "--name", "ours", "--json", cwd=tmp_path).ok().json()
    done = guild("publish", "--index", "ours", "--json", cwd=recipe).ok().json()
    assert [(item["name"], item["already"]) for item in done] == [("hello", False)]
    assert set(done[0]) <= documented("publish")
    other = {"GUILD_HOME": str(tmp_path / "other")}
    with serving() as server:
        url = serve(server, tmp_path / "srv")
        refused = guild("index", "add", "ours", url, cwd=tmp_path, env=other).failed()
        assert made["fingerprint"] in refused.err
        guild("index", "add", "ours", url, "--fingerprint", "0" * 64, cwd=tmp_path, env=other).failed()
        guild("index", "add", "ours", url, "--fingerprint", made["fingerprint"], cwd=tmp_path, env=other).ok()
        (hit,) = guild("search", "hello", "--json", cwd=tmp_path, env=other).ok().json()
        assert (hit["name"], hit["version"], hit["index"]) == ("hello", "1", "ours")
        assert set(hit) <= documented("search")
        assert "Says hello" in guild("info", "hello", cwd=tmp_path, env=other).ok().out
        said = guild("publish", "--index", "ours", cwd=recipe, env=other).failed()
        assert "can only be read from here" in said.err


def test_without_any_set_up_there_is_an_index_of_ones_own(tmp_path: Path) -> None:
    assert "There are no indexes yet" in guild("index", cwd=tmp_path).ok().err
    assert "There are no indexes yet" in guild("search", "x", cwd=tmp_path).ok().err
    archive = make_archive(tmp_path)
    assert "would publish mnist 1" in guild("publish", "-n", archive, cwd=tmp_path).ok().out
    assert "There are no indexes yet" in guild("index", cwd=tmp_path).ok().err
    assert "published mnist 1" in guild("publish", archive, cwd=tmp_path).ok().out
    assert "already" in guild("publish", archive, cwd=tmp_path).ok().err
    assert guild("index", "--json", cwd=tmp_path).ok().json()[0]["name"] == "local"
    assert guild("index", "check", "--json", cwd=tmp_path).ok().json()["faults"] == []
    assert "is out" not in guild("index", "sign", cwd=tmp_path).ok().err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["publish"], "there is nothing to publish"),
        (["publish", "nothing.pkg.tar.xz"], "there is no archive nothing.pkg.tar.xz"),
        (["yank", "mnist-1"], "say why with --reason"),
        (["yank", "mnist", "--undo"], "is not NAME-VERSION"),
        (["info", "mnist"], "no package is called mnist: there are no indexes yet"),
        (["search", "(x"], "is no regular expression"),
        (["search", "x", "--index", "none"], "no index is called 'none'"),
        (["index", "add", "ours", "ftp://example.org"], "over https, http or from a folder, not ftp"),
        (["index", "add", "ours", "."], "there is no index at"),
        (["index", "add", "Ours", "."], "is not a name for an index"),
        (["index", "init", "https://example.org"], "guild writes into folders"),
        (["index", "init", ".", "--name", "ours"], "is not empty"),
        (["index", "remove", "none"], "no index is called 'none'"),
        (["index", "sign"], "there is no index of your own yet"),
        (["index", "check", "none"], "no index is called 'none'"),
        (["index", "check", "-n"], "-n is for --prune"),
        (["index", "keys", "none"], "no index is called 'none'"),
        (["index", "keys", "--add", "a", "--make", "b"], "are two changes"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_refusal_says_why_and_what_to_do(
    tmp_path: Path, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert run(["-C", str(tmp_path), *words]) in (1, 2)
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert why in said


def test_keys_are_listed_rotated_and_revoked(tmp_path: Path) -> None:
    guild("publish", make_archive(tmp_path), cwd=tmp_path).ok()
    before = guild("index", "keys", "--json", cwd=tmp_path).ok().json()
    assert [(key["group"], key["here"]) for key in before] == [("root", True), ("publish", True)]
    guild("index", "keys", "--rotate", "publish", cwd=tmp_path).failed()
    guild("index", "keys", "--rotate", "publish", "-y", cwd=tmp_path).ok()
    guild("index", "keys", "--make", "friend.pem", cwd=tmp_path).ok()
    added = guild("index", "keys", "--add", "friend.pem", "--json", cwd=tmp_path).ok().json()["id"]
    guild("index", "keys", "--revoke", added[:8], "-y", cwd=tmp_path).ok()
    after = guild("index", "keys", "--json", cwd=tmp_path).ok().json()
    assert (len(after), after[0]["id"]) == (2, before[0]["id"])
    assert after[1]["id"] not in (before[1]["id"], added)
    assert "mnist" in guild("search", "*", cwd=tmp_path).ok().out


def test_two_first_publishers_at_once_make_one_index(tmp_path: Path) -> None:
    """The second one finds the index that the first one is making."""
    archives = [make_archive(tmp_path, name) for name in ("one", "two", "three")]
    started = [subprocess.Popen(argv("publish", path), cwd=tmp_path, env=dict(os.environ)) for path in archives]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    home = Path(os.environ["GUILD_HOME"])
    assert len(list((home / "keys").iterdir())) == 2
    checked = guild("index", "check", "local", "--json", cwd=tmp_path).ok().json()
    assert (checked["packages"], checked["faults"]) == (3, [])
    assert not list(home.glob(".index.*.tmp"))


def test_what_a_killed_maker_of_an_index_left_goes_with_the_next_one(tmp_path: Path) -> None:
    left = tmp_path / ".srv.0badcafe.new.tmp"
    left.mkdir()
    (left / "x").write_text("")
    guild("index", "init", tmp_path / "srv", "--name", "ours", cwd=tmp_path).ok()
    assert not left.exists()


def test_what_only_asks_makes_no_index_and_builds_nothing(tmp_path: Path) -> None:
    recipe = make_recipe(tmp_path / "recipe", RECIPE, a__txt="hi\n")
    said = guild("publish", "-n", cwd=recipe).ok()
    assert said.out == "would build and publish hello 1 on the index local\n"
    (plan,) = guild("publish", "-n", "--json", "--index", "local", cwd=recipe).ok().json()
    assert plan == {"name": "hello", "version": "1", "index": "local"}
    assert {path.name for path in recipe.iterdir()} == {"GuildPkg", "a.txt"}
    guild("publish", "-n", "--index", "local", make_archive(tmp_path), cwd=tmp_path).ok()
    refused = guild("yank", "hello-1", "--reason", "wrong", cwd=recipe).failed()
    assert "there is no index of your own yet" in refused.err
    home = Path(os.environ["GUILD_HOME"])
    assert not (home / "index").exists()
    assert not (home / "keys").exists()


def test_a_project_without_a_recipe_is_built_and_published(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").write_text("print(1)\n")
    (project / "guild.yml").write_text("train: {main: train}\n")
    assert "guild package --name NAME" in guild("publish", cwd=project).failed().err
    (project / "guild.yml").write_text(
        "- package: digits\n  version: 1\n- model: m\n  operations: {train: {main: train}}\n"
    )
    assert guild("publish", "-n", cwd=project).ok().out == "would build and publish digits 1 on the index local\n"
    assert not [*project.glob("*.pkg.tar.xz")]
    assert "published digits 1" in guild("publish", cwd=project).ok().out
    assert "digits" in guild("search", "digits", cwd=tmp_path).ok().out
