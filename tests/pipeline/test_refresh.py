"""Patches move with upstream: with a verdict each, as `git rebase` would, and never over unsaved work."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from guildpkg.pipeline.patch.refresh_merge import move
from guildpkg.system.git.trees import Trees
from tests.pipeline.conftest import FILES, World
from tests.support.builds import tree_of
from tests.support.guild import Said, guild
from tests.support.rebasing import generated, ours, rebased


@pytest.mark.parametrize("seeds", [range(n, n + 6) for n in (0, 6)], ids=str)
def test_the_outcome_is_that_of_git_rebase(seeds: range) -> None:
    for seed in seeds:
        case = generated(seed)
        assert ours(case)[1] == rebased(case), seed


def refresh(world: World, *options: str) -> Said:
    return guild("patch", "refresh", "--onto", "main", world.mirror, *options, cwd=world.recipe)


def files_of(world: World) -> dict[str, tuple[int, int, bytes]]:
    return {
        name: about
        for name, about in tree_of(world.recipe).items()
        if name in ("GuildPkg", "GuildPkg.lock", "fix.patch")
    }


@pytest.fixture
def packaged(world: World) -> World:
    world.package().ok()
    return world


def go_on(world: World, text: str) -> str:
    return world.upstream.commit({**FILES, "lib/part/a.py": text})


@pytest.mark.parametrize(
    ("upstream", "said", "there"),
    [
        ("one = 1\ntwo = 2\nthree = 3\nfour = 4\n", "applies as it is", "one = 1\ntwo = 22\nthree = 3\nfour = 4\n"),
        (
            "zero = 0\none = 1\ntwo = 2\nthree = 3\n",
            "merged, written anew",
            "zero = 0\none = 1\ntwo = 22\nthree = 3\n",
        ),
        ("one = 1\ntwo = 22\nthree = 3\n", "upstream already, dropped", "one = 1\ntwo = 22\nthree = 3\n"),
    ],
    ids=["clean", "merged", "upstream"],
)
def test_a_patch_moves_and_the_build_has_it(packaged: World, upstream: str, said: str, there: str) -> None:
    commit = go_on(packaged, upstream)
    before = files_of(packaged)
    assert said in refresh(packaged, "-n").ok().out
    assert files_of(packaged) == before
    assert said in refresh(packaged).ok().out
    assert commit in (packaged.recipe / "GuildPkg.lock").read_text()
    packaged.package("--locked", "-f").ok()
    assert (packaged.recipe / "src/lib/part/a.py").read_text() == there


@pytest.mark.parametrize("name", ["upstream", "patches", "ours.lock", "a..b", "1"])
def test_no_name_of_a_patch_changes_what_the_merge_is(tmp_path: Path, name: str) -> None:
    trees = Trees(tmp_path / "git").open()
    old, mine, new = (
        trees.tree({b"a": (0o100644, trees.blob(text))}) for text in (b"1\n2\n3\n", b"1\n2\n33\n", b"11\n2\n3\n")
    )
    wanted = move(trees, [old, mine], {"fix.patch": trees.diff(old, mine)}, new, git_env=os.environ)
    moved = move(trees, [old, mine], {name: trees.diff(old, mine)}, new, git_env=os.environ)
    assert moved.tree == wanted.tree != new


def test_a_refresh_takes_the_git_that_path_names(packaged: World, tmp_path: Path) -> None:
    go_on(packaged, "zero = 0\none = 1\ntwo = 2\nthree = 3\n")
    git = tmp_path / "elsewhere" / "git"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/asked\nexec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    env = {"PATH": f"{git.parent}:{os.environ['PATH']}"}
    guild("patch", "refresh", "-n", "--onto", "main", packaged.mirror, cwd=packaged.recipe, env=env).ok()
    assert (tmp_path / "asked").read_text().split().count("apply") == 3  # the series, the old patch, the new one


def test_a_conflict_leaves_recipe_lock_and_patch_until_it_is_saved(packaged: World) -> None:
    go_on(packaged, "one = 1\ntwo = 222\nthree = 3\n")
    before = files_of(packaged)
    assert "fix.patch: CONFLICT" in refresh(packaged).failed().out
    assert files_of(packaged) == before
    place = packaged.recipe / "src/lib/part/a.py"
    assert "<<<<<<< refs/upstream\ntwo = 222\n=======\ntwo = 22\n>>>>>>> refs/patches/fix.patch\n" in place.read_text()
    assert "two = 222" in (packaged.recipe / "src/lib.orig/part/a.py").read_text()
    assert "A refresh waits: settle the markers in lib/part/a.py" in guild("patch", cwd=packaged.recipe).ok().err
    assert "a refresh of the patches waits" in packaged.package("-f").failed().err
    assert (
        "markers of a conflict left in lib/part/a.py"
        in guild("patch", "save", packaged.mirror, cwd=packaged.recipe).failed().err
    )
    place.write_text("one = 1\ntwo = 2222\nthree = 3\n")
    leftovers = [place.with_name(name) for name in ("a.py~", ".a.py.swp")]
    for path in leftovers:
        path.write_text("mine")
    said = guild("patch", "save", packaged.mirror, cwd=packaged.recipe).ok()
    assert "fix.patch: resolved by you" in said.out
    assert "left out as leftovers of an editor: lib/part/.a.py.swp, lib/part/a.py~" in said.err
    assert "unsaved edit" in packaged.package("--locked", "-f").failed().err
    assert [path.read_text() for path in leftovers] == ["mine"] * 2
    for path in leftovers:
        path.unlink()
    packaged.package("--locked", "-f").ok()
    assert place.read_text() == "one = 1\ntwo = 2222\nthree = 3\n"
    assert guild("patch", "status", cwd=packaged.recipe).ok().out == ""


def test_a_series_with_two_conflicts_stops_twice(packaged: World) -> None:
    place = packaged.recipe / "src/lib/part/a.py"
    place.write_text("one = 11\ntwo = 22\nthree = 3\n")
    guild("patch", "save", "--new", packaged.mirror, cwd=packaged.recipe).ok()
    before = (packaged.recipe / "lib.patch").read_bytes()
    go_on(packaged, "one = 111\n-\n-\n-\ntwo = 222\nthree = 3\n")
    said = refresh(packaged).failed().out
    assert "fix.patch: CONFLICT" in said
    assert "lib.patch: waits" in said
    place.write_text("one = 111\n-\n-\n-\ntwo = 2222\nthree = 3\n")
    assert "+two = 2222" in guild("patch", "show", packaged.mirror, cwd=packaged.recipe).ok().out
    said = guild("patch", "save", packaged.mirror, cwd=packaged.recipe).failed().out
    assert "fix.patch: resolved by you" in said
    assert "lib.patch: CONFLICT" in said
    assert (packaged.recipe / "lib.patch").read_bytes() == before
    assert "two = 2222" in (packaged.recipe / "src/lib.orig/part/a.py").read_text()
    place.write_text("one = 1111\n-\n-\n-\ntwo = 2222\nthree = 3\n")
    assert guild("patch", "save", packaged.mirror, cwd=packaged.recipe).ok().out.count("resolved by you") == 2
    packaged.package("--locked", "-f").ok()
    assert place.read_text() == "one = 1111\n-\n-\n-\ntwo = 2222\nthree = 3\n"


def test_a_conflict_can_be_forgotten(packaged: World) -> None:
    go_on(packaged, "one = 1\ntwo = 222\nthree = 3\n")
    before = files_of(packaged)
    refresh(packaged).failed()
    packaged.package("-c").ok()
    assert files_of(packaged) == before
    assert "Nothing in src/ was edited" in guild("patch", "save", packaged.mirror, cwd=packaged.recipe).ok().err


@pytest.mark.parametrize("kind", ["both changed a binary", "upstream removed what the patch changes"])
def test_a_conflict_without_markers_is_not_saved_before_a_person_looked_at_it(packaged: World, kind: str) -> None:
    run, text = "lib/part/logo.bin", packaged.recipe / "src/lib/part/a.py"
    if kind == "both changed a binary":
        (packaged.recipe / "src" / run).write_bytes(b"\0ours")
        guild("patch", "save", packaged.mirror, cwd=packaged.recipe).ok()
        packaged.upstream.commit({**FILES, run: b"\0theirs"})
    else:
        run = "lib/part/a.py"
        packaged.upstream.commit({name: data for name, data in FILES.items() if name != run})
    before = files_of(packaged)
    refresh(packaged).failed()
    for act in (("save",), ("save", "-m", "About it"), ("drop", "fix", "-y")):
        said = guild("patch", *act, packaged.mirror, cwd=packaged.recipe).failed().err
        assert (f"nobody has changed {run} since" if act[0] == "save" else "a refresh of the patches waits") in said
        assert "`guild package -c`" in said
        assert files_of(packaged) == before
    assert f"decide what is to become of {run}, without markers" in guild("patch", cwd=packaged.recipe).ok().err
    (packaged.recipe / "src" / run).touch()
    assert "nothing is in its way any more" in guild("patch", cwd=packaged.recipe).ok().err
    guild("patch", "save", packaged.mirror, cwd=packaged.recipe).ok()
    packaged.package("--locked", "-o").ok()
    assert text.read_text() == "one = 1\ntwo = 22\nthree = 3\n"


def test_a_conflict_that_is_settled_as_upstream_has_it_is_not_forgotten_unasked(packaged: World) -> None:
    """Nothing in src/ is an edit then, and yet a person decided something."""
    go_on(packaged, "one = 1\ntwo = 222\nthree = 3\n")
    refresh(packaged).failed()
    place = packaged.recipe / "src/lib/part/a.py"
    place.write_text("one = 1\ntwo = 222\nthree = 3\n")
    for words in (("package", "-f"), ("package", "-e", "-f"), ("package", "-n"), ("patch", "begin")):
        said = guild(*words, *[packaged.mirror] * (words[0] == "package"), cwd=packaged.recipe).failed().err
        assert "a refresh of the patches waits" in said
        assert "`guild patch save` goes on with it" in said
    assert "a refresh of the patches waits" in refresh(packaged).failed().err
    save = ("patch", "save", packaged.mirror)
    assert "leave NAME and --new away" in guild(*save, "--new", cwd=packaged.recipe).failed(2).err
    assert "fix.patch: is upstream already, dropped" in guild(*save, cwd=packaged.recipe).ok().out


def test_unsaved_edits_are_in_the_way_of_a_refresh(packaged: World) -> None:
    place = Path(packaged.recipe / "src/lib/part/a.py")
    place.write_text("mine\n")
    go_on(packaged, "one = 1\n")
    assert "unsaved edit" in refresh(packaged).failed().err
    assert place.read_text() == "mine\n"


def test_a_tag_takes_the_place_of_the_branch_and_the_demanded_commit_moves(packaged: World) -> None:
    recipe = packaged.recipe / "GuildPkg"
    old = packaged.upstream.id("main")
    recipe.write_text(recipe.read_text() + f'\n[source "thing"]\n  # demanded\n  commit = {old}\n')
    new = packaged.move_upstream()
    packaged.upstream.tag("v2")
    guild("patch", "refresh", "--onto", "v2", packaged.mirror, cwd=packaged.recipe).ok()
    assert "/tree/v2/lib/part extra.txt\n" in recipe.read_text()
    assert f"  # demanded\n  commit = {new}\n" in recipe.read_text()
    packaged.package("--locked", "-f").ok()


def test_a_patch_that_does_not_fit_a_newer_source_says_how_to_move_it(packaged: World) -> None:
    recipe = packaged.recipe / "GuildPkg"
    go_on(packaged, "one = 1\ntwo = 222\nthree = 3\n")
    packaged.upstream.tag("v2")
    old = recipe.read_text()
    recipe.write_text(old.replace("tree/main/", "tree/v2/"))
    hint = packaged.package("-f").failed().err
    assert "put https://example.org/org/thing/tree/main/lib/part back into GuildPkg" in hint
    assert "`guild patch refresh --onto v2`" in hint
    recipe.write_text(old)
    guild("patch", "refresh", "--onto", "v2", packaged.mirror, cwd=packaged.recipe).failed()
    assert "<<<<<<<" in (packaged.recipe / "src/lib/part/a.py").read_text()


def test_after_a_refresh_src_is_what_it_came_to_and_can_be_edited_on(packaged: World) -> None:
    packaged.move_upstream()
    refresh(packaged).ok()
    place = packaged.recipe / "src/lib/part/a.py"
    assert place.read_text() == "one = 1\ntwo = 22\nthree = 3\nfour = 4\n"
    place.write_text(place.read_text().replace("one = 1", "one = 11"))
    assert "fix.patch: changed" in guild("patch", "save", packaged.mirror, cwd=packaged.recipe).ok().out
    packaged.package("--locked", "-f").ok()
    assert place.read_text() == "one = 11\ntwo = 22\nthree = 3\nfour = 4\n"
