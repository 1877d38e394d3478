"""Edits in ``src/`` become patches that give exactly these edits, and none is ever lost."""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from guildpkg.recipe import change
from tests.pipeline.conftest import World
from tests.support.builds import tree_of
from tests.support.guild import Said, guild


def patch(world: World, *words: str) -> Said:
    more = [world.mirror] if words[0] in ("begin", "save", "drop") or words == ("show",) else []
    return guild("patch", *words, *more, cwd=world.recipe)


@pytest.fixture
def begun(world: World) -> World:
    """A recipe with one patch, its sources laid out for editing."""
    patch(world, "begin", "lib").ok()
    return world


def edit(world: World, name: str = "lib/part/a.py", old: str = "one = 1", new: str = "one = 11") -> Path:
    place = world.recipe / "src" / name
    place.write_text(place.read_text().replace(old, new))
    return place


def test_begin_copies_what_was_laid_out_and_runs_no_hook(begun: World) -> None:
    src = begun.recipe / "src"
    assert (src / "lib.orig" / "part" / "a.py").read_text() == "one = 1\ntwo = 22\nthree = 3\n"
    assert not (src / "built.txt").exists()
    assert patch(begun, "status").ok().out == ""
    begun.package().ok()  # the copy is nobody's edit


def test_an_edit_goes_into_the_top_patch_and_the_build_then_has_it(begun: World) -> None:
    edit(begun)
    assert patch(begun, "status").ok().out == "src/lib -> fix.patch\n  changed  lib/part/a.py\n"
    begun.package().failed()
    assert patch(begun, "save").ok().out == "fix.patch: changed, 1 edited file\n"
    text = (begun.recipe / "fix.patch").read_text()
    assert "-one = 1\n-two = 2\n+one = 11\n+two = 22\n" in text
    begun.package("--locked").ok()
    assert (begun.recipe / "src/lib/part/a.py").read_text() == "one = 11\ntwo = 22\nthree = 3\n"
    assert (begun.recipe / "GuildPkg").read_text().count("patch") == 2


def test_saving_twice_gives_the_same_bytes(begun: World) -> None:
    edit(begun)
    patch(begun, "save").ok()
    before = of_recipe(begun)
    assert patch(begun, "save").ok().err.endswith("Nothing in src/ was edited since it was laid out\n")
    assert of_recipe(begun) == before


@pytest.mark.parametrize("words", [("save",), ("show",), ("status",)])
def test_without_src_it_is_said_how_to_get_it(world: World, words: tuple[str, ...]) -> None:
    assert "There is no src/ yet: `guild patch begin` lays it out" in patch(world, *words).ok().err


def of_recipe(world: World) -> dict[str, tuple[int, int, bytes]]:
    """Take down all of a recipe but its logs."""
    return {name: about for name, about in tree_of(world.recipe).items() if name != "." and not name.startswith("logs")}


def test_a_new_patch_stands_behind_the_others_with_its_description(begun: World) -> None:
    edit(begun)
    patch(begun, "save", "--new", "-m", "Begin with eleven").ok()
    assert "patches  = fix.patch lib.patch\n" in (begun.recipe / "GuildPkg").read_text()
    listed = guild("patch", "list", "--json", cwd=begun.recipe).ok().json()
    assert [(item["patch"], item["description"], item["files"]) for item in listed] == [
        ("fix.patch", None, ["lib/part/a.py"]),
        ("lib.patch", "Begin with eleven", ["lib/part/a.py"]),
    ]
    edit(begun, old="three = 3", new="three = 33")
    assert patch(begun, "save").ok().out.startswith("lib.patch: changed")
    assert "Begin with eleven" in patch(begun, "show", "lib").ok().out


def test_a_description_alone_is_that_of_the_patch_that_is_there(begun: World) -> None:
    """By any name of the entry; a new patch needs edits, and words are no description when they are blank."""
    before = (begun.recipe / "fix.patch").read_bytes()
    assert "nothing was edited" in patch(begun, "save", "--new", "-m", "Another").failed().err
    patch(begun, "save", "-m", " \n").ok()
    assert (begun.recipe / "fix.patch").read_bytes() == before
    for name in ("lib", "src/lib", "src/lib/"):
        assert patch(begun, "save", name, "-m", f"Fix {name}").ok().out == "fix.patch: changed, 0 edited files\n"
        assert (begun.recipe / "fix.patch").read_bytes().startswith(b"Description: Fix %b\n" % name.encode())


def test_all_that_can_be_edited_comes_back(begun: World) -> None:
    src = begun.recipe / "src"
    (src / "lib/part/run.sh").chmod(0o644)
    (src / "lib/part/deep/b.txt").unlink()
    (src / "lib/new dir").mkdir()
    (src / "lib/new dir/q\"u'é.txt").write_bytes(b"a\r\nb")
    (src / "lib/link").symlink_to("part/a.py")
    (src / "lib/image.bin").write_bytes(bytes(range(256)))
    (src / "lib/empty").touch()
    wanted = {name: about for name, about in tree_of(src / "lib").items() if name not in (".", "part")}
    patch(begun, "save").ok()
    begun.package("-o").ok()
    found = tree_of(src / "lib")
    assert {name: (mode, data) for name, (mode, _, data) in found.items() if name not in (".", "part")} == {
        name: (mode, data) for name, (mode, _, data) in wanted.items() if name != "part/deep"
    }


def test_entries_have_patches_of_their_own(begun: World) -> None:
    edit(begun)
    (begun.recipe / "src" / "extra.txt").write_text("more\n")
    (begun.recipe / "src" / "extra.txt~").write_text("an editor's\n")
    assert patch(begun, "save", "extra.txt").ok().out == "extra.txt.patch: new, 1 edited file\n"
    begun.package().failed()
    assert patch(begun, "status").ok().out.startswith("src/lib -> fix.patch")
    patch(begun, "save").ok()
    said = begun.package().failed().err
    assert "src/ has 1 unsaved edit: extra.txt~" in said  # it is in no patch, and a build would remove it
    begun.package("-e").ok()
    assert (begun.recipe / "src" / "extra.txt~").read_text() == "an editor's\n"


@pytest.mark.parametrize("renamed", [False, True], ids=["NAME beside NAME.new", "NAME renamed to NAME.orig"])
def test_a_pair_made_by_hand_is_picked_up(world: World, renamed: bool) -> None:
    world.package().ok()
    src = world.recipe / "src"
    shutil.copytree(src / "lib", src / "lib.new", symlinks=True)
    if renamed:
        (src / "lib").rename(src / "lib.orig")
    for number in (1, 2):
        place = src / "lib.new" / "part" / "a.py"
        place.write_text(f"one = 1\ntwo = 22\nthree = 3{number}\n")
        assert patch(world, "save").ok().out == "fix.patch: changed, 1 edited file\n"
        assert f"+three = 3{number}\n" in (world.recipe / "fix.patch").read_text()
    world.package("-e", "-f").ok()
    world.package("-f").ok()
    assert sorted(item.name for item in src.iterdir()) == ["built.txt", "extra.txt", "lib"]


def test_the_untouched_copy_is_not_the_one_to_edit(begun: World) -> None:
    edit(begun, "lib.orig/part/a.py")
    said = patch(begun, "save").failed()
    assert "src/lib.orig/part/a.py is not what was laid out" in said.err
    assert "edit src/lib" in said.err


def test_undoing_all_that_a_patch_did_drops_it(begun: World) -> None:
    edit(begun, old="two = 22", new="two = 2")
    assert patch(begun, "save").ok().out == "fix.patch: dropped, 1 edited file\n"
    assert not (begun.recipe / "fix.patch").exists()
    assert "patches" not in (begun.recipe / "GuildPkg").read_text()
    begun.package("--locked").ok()


def test_a_dry_run_and_show_write_nothing(begun: World) -> None:
    edit(begun)
    before = of_recipe(begun)
    shown = patch(begun, "show").ok().out
    assert patch(begun, "save", "-n").ok().out == "fix.patch: changed, 1 edited file\n"
    assert of_recipe(begun) == before
    patch(begun, "save").ok()
    assert (begun.recipe / "fix.patch").read_text() == shown


def test_dropping_asks_first_and_refuses_what_a_later_patch_needs(begun: World) -> None:
    edit(begun, old="two = 22", new="two = 222")
    patch(begun, "save", "--new").ok()
    assert "fix.patch is needed by a later patch" in patch(begun, "drop", "fix", "-y").failed().err
    assert "-y goes on without asking" in patch(begun, "drop", "lib").failed().err
    assert patch(begun, "drop", "lib", "-y").ok().out == "lib.patch: dropped\n"
    begun.package("--locked").ok()
    assert (begun.recipe / "src/lib/part/a.py").read_text() == "one = 1\ntwo = 22\nthree = 3\n"


def test_edits_on_top_of_another_recipe_are_not_saved_and_not_lost(begun: World) -> None:
    place = edit(begun)
    (begun.recipe / "fix.patch").write_text((begun.recipe / "fix.patch").read_text().replace("22", "222"))
    said = patch(begun, "save").failed()
    assert "bring recipe, lock and patches back" in said.err
    assert place.read_text().startswith("one = 11")


def test_a_save_that_was_killed_halfway_is_finished_by_the_next_command(begun: World) -> None:
    edit(begun)
    patch(begun, "save").ok()
    files = ["fix.patch", "GuildPkg.lock", "logs/src.json"]
    after = {name: (begun.recipe / name).read_bytes() for name in files}
    (begun.recipe / "fix.patch").write_text("half")
    journal = {"schema": 1, "files": {name: base64.b64encode(data).decode() for name, data in after.items()}}
    (begun.recipe / "logs" / change.JOURNAL).write_text(json.dumps(journal))
    begun.package("--locked").ok()
    assert (begun.recipe / "fix.patch").read_bytes() == after["fix.patch"]
    assert not (begun.recipe / "logs" / change.JOURNAL).exists()


def test_a_journal_cannot_write_outside_of_the_recipe(begun: World) -> None:
    (begun.recipe / "logs" / change.JOURNAL).write_text('{"schema": 1, "files": {"../out": "eA=="}}')
    begun.package().failed()
    assert not (begun.recipe.parent / "out").exists()


def test_a_patch_that_the_prepare_hook_applies_is_changed_in_place(world: World) -> None:
    recipe = world.recipe
    text = (recipe / "GuildPkg").read_text()
    (recipe / "GuildPkg").write_text(
        text.replace("extra.txt", "extra.txt fix.patch").replace("  patches  = fix.patch\n", "")
    )
    packager = (recipe / "packager").read_text()
    (recipe / "packager").write_text(f"prepare() {{ patch -p1 < fix.patch; }}\n{packager}")
    world.package("--sandbox", "off").ok()
    edit(world)
    assert patch(world, "save").ok().out == "fix.patch: changed, 1 edited file\n"
    assert "patches" not in (recipe / "GuildPkg").read_text()
    world.package("-f", "--sandbox", "off").ok()
    assert (recipe / "src/lib/part/a.py").read_text() == "one = 11\ntwo = 22\nthree = 3\n"


def save_beside(begun: World, other: bytes) -> None:
    """Save an edit in a recipe that has another patch among its sources, and build it."""
    recipe = begun.recipe / "GuildPkg"
    (begun.recipe / "example.patch").write_bytes(other)
    recipe.write_text(recipe.read_text().replace("extra.txt", "extra.txt example.patch"))
    begun.package("-f").ok()
    edit(begun)
    assert patch(begun, "save").ok().out == "fix.patch: changed, 1 edited file\n"
    assert (begun.recipe / "example.patch").read_bytes() == other
    begun.package("--locked", "-f").ok()


def test_a_patch_among_the_sources_that_nobody_applies_is_in_nobodys_way(begun: World) -> None:
    save_beside(begun, (begun.recipe / "fix.patch").read_bytes().replace(b"lib/part/a.py", b"lib/part/gone.py"))


def test_a_patch_among_the_sources_that_no_hook_applies_is_no_part_of_what_is_edited(begun: World) -> None:
    """It would apply; but it is only laid beside, and what is saved has to fit a ``src/`` without it."""
    save_beside(begun, b"--- a/lib/part/a.py\n+++ b/lib/part/a.py\n@@ -3 +3 @@\n-three = 3\n+three = 33\n")
    assert (begun.recipe / "src/lib/part/a.py").read_text() == "one = 11\ntwo = 22\nthree = 3\n"


def test_nothing_of_the_callers_git_settings_reaches_a_patch(begun: World) -> None:
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text("[diff]\n\tnoprefix = true\n\tmnemonicPrefix = true\n")
    edit(begun)
    patch(begun, "save").ok()
    assert "--- a/lib/part/a.py\n+++ b/lib/part/a.py\n" in (begun.recipe / "fix.patch").read_text()
