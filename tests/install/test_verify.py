"""What is damaged in an installed package is found, and mended from what is still sound."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from guildpkg.errors import GuildError
from tests.install.conftest import World
from tests.support.guild import guild


def rewrite(path: Path, text: str) -> None:
    """Write into an installed file, as nobody should."""
    path.chmod(0o644)
    path.write_text(text)
    path.chmod(0o444)


def replace(path: Path, make: Callable[[Path], object]) -> None:
    """Put something else in the place of an installed file or folder."""
    path.parent.chmod(0o755)
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    make(path)
    path.parent.chmod(0o555)


def add(path: Path) -> None:
    """Put a file where none should be."""
    path.parent.chmod(0o755)
    path.write_text("extra")
    path.parent.chmod(0o555)


HARM: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "content": (lambda tree: replace(tree / "README", lambda p: p.write_text("read yo\n")), ["altered README"]),
    "size": (lambda tree: replace(tree / "README", lambda p: p.write_text("longer than before")), ["altered README"]),
    "missing": (lambda tree: replace(tree / "README", lambda p: None), ["missing README"]),
    "extra": (lambda tree: add(tree / "data" / "more"), ["extra data/more"]),
    "permission": (lambda tree: (tree / "bin/run").chmod(0o444), ["permission bin/run"]),
    "open folder": (lambda tree: (tree / "data").chmod(0o777), ["permission data"]),
    "link elsewhere": (lambda tree: replace(tree / "latest", lambda p: p.symlink_to("README")), ["altered latest"]),
    "link for a file": (
        lambda tree: replace(tree / "README", lambda p: p.symlink_to("/etc/passwd")),
        ["altered README"],
    ),
    "folder for a file": (lambda tree: replace(tree / "README", lambda p: p.mkdir()), ["altered README"]),
    "manifest": (lambda tree: replace(tree / ".GuildPkg", lambda p: p.write_text("x")), ["altered .GuildPkg"]),
}


@pytest.mark.parametrize(("harm", "found"), HARM.values(), ids=HARM)
def test_damage_is_named_and_mended_from_the_store(
    world: World, harm: Callable[[Path], object], found: list[str]
) -> None:
    world.install(world.make())
    tree = (world.home / "packages" / "sample-1").resolve()
    assert world.problems() == []
    harm(tree)
    assert world.problems() == found
    assert world.problems(mend=True) == []
    assert world.problems() == []


def test_a_folder_replaced_by_a_link_is_mended_without_writing_through_it(world: World) -> None:
    world.install(world.make())
    outside = world.folder / "outside"
    outside.mkdir()
    (outside / "train.csv").write_text("mine")
    replace((world.home / "packages" / "sample-1").resolve() / "data", lambda path: path.symlink_to(outside))
    assert world.problems() == ["altered data", "missing data/train.csv"]
    assert world.problems(mend=True) == []
    assert (outside / "train.csv").read_text() == "mine"


def test_a_content_that_is_bad_everywhere_is_mended_from_the_archive_in_the_cache(world: World) -> None:
    archive = Path(world.make())
    world.install(archive.as_uri())
    archive.unlink()
    rewrite(world.home / "packages" / "sample-1" / "README", "read yo\n")
    assert world.problems(mend=True) == []


def test_without_an_archive_it_says_what_is_lacking_and_the_archive_mends_it(world: World) -> None:
    archive = world.make()
    world.install(archive)
    rewrite(world.home / "packages" / "sample-1" / "README", "read yo\n")
    with pytest.raises(GuildError, match="cannot be repaired") as refused:
        world.problems(mend=True)
    assert "guild install FILE" in refused.value.hint
    assert world.install(archive) is None
    assert world.problems() == []


def test_a_tree_that_is_gone_comes_back(world: World) -> None:
    archive = world.make()
    world.install(archive)
    shutil.rmtree((world.home / "packages" / "sample-1").resolve())
    assert world.problems() == ["missing ."]
    world.install(archive)
    assert world.problems() == []


def test_a_damaged_tree_that_an_earlier_generation_left_is_not_taken_for_a_sound_one(world: World) -> None:
    archive = world.make()
    world.install(archive)
    rewrite(world.home / "packages" / "sample-1" / "README", "read yo\n")
    world.uninstall("sample")
    world.install(archive)
    assert world.problems() == []


def test_a_repair_that_is_only_planned_changes_nothing(world: World) -> None:
    world.install(world.make())
    place = (world.home / "packages/sample-1/README").resolve()
    place.chmod(0o644)
    place.write_text("damaged")
    said = guild("-H", world.home, "verify", "--repair", "-n", cwd=world.folder).failed()
    assert ("altered: README" in said.out, said.err) == (True, "would make sample-1 sound again\n")
    assert place.read_text() == "damaged"
    assert "-n is for --repair" in guild("-H", world.home, "verify", "-n", cwd=world.folder).failed(2).err
