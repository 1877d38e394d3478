"""Trees of a scratch repository: written, compared, merged, and laid on disk without losing a bit."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from guildpkg.core.digests import GitId
from guildpkg.core.events import silent
from guildpkg.core.git.objects import FILE, LINK, PROGRAM
from guildpkg.errors import GuildError, PatchError
from guildpkg.patches.apply import apply_patches
from guildpkg.system.git.trees import Trees

NAMES = st.sampled_from(
    ["a", "b", "c d", 'q"uote', "é", "t\tab", "back\\slash", "x.orig", "-dash", "new\nline", "ü'", "dev"]
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
LINES = st.lists(st.sampled_from(["one", "two", "", " x", "-- y", "é", "+++ b/z", "@@ -1 +1 @@"]), max_size=12)
ENDS = st.sampled_from(["\n", "\r\n"])
TEXT = st.builds(lambda lines, end, cut: (end.join(lines) + end * cut).encode(), LINES, ENDS, st.booleans())
FILES = st.tuples(st.sampled_from([FILE, PROGRAM]), TEXT | st.binary(max_size=40))
LINKS = st.tuples(st.just(LINK), st.sampled_from([b"b", b"../b", b"c d/e", b"long/" * 20]))
World = dict[str, tuple[int, bytes]]


def sound(tree: World) -> World:
    """Leave out what lies below a file."""
    return {path: leaf for path, leaf in tree.items() if not any(path.startswith(f"{other}/") for other in tree)}


TREES = st.dictionaries(PATHS, FILES | LINKS, max_size=6).map(sound)


def kept(trees: Trees, world: World) -> dict[bytes, tuple[int, GitId]]:
    return {os.fsencode(path): (mode, trees.blob(data)) for path, (mode, data) in world.items()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES, TREES, st.booleans())
@example({"a": (FILE, b"x\n")}, {"a/b": (FILE, b"x\n")}, True)
@example({"a": (FILE, b"x\n")}, {"a": (LINK, b"b")}, True)
@example({"a": (FILE, b"1\n2\n3\n4\n")}, {"b": (FILE, b"1\n2\n3\n4\n"), "a": (FILE, b"new\n")}, True)
def test_the_diff_of_two_trees_applied_to_the_one_gives_the_other(old: World, new: World, mixed: bool) -> None:
    new = sound({**old, **new}) if mixed else new
    with tempfile.TemporaryDirectory() as scratch:
        trees = Trees(Path(scratch) / "git").open()
        before, after = trees.tree(kept(trees, old)), trees.tree(kept(trees, new))
        assert trees.diff(before, after) == trees.diff(before, after)
        assert after in (applied(trees, before, trees.diff(before, after, renames=way)) for way in (True, False))


def applied(trees: Trees, before: GitId, patch: bytes) -> GitId | None:
    """Apply a patch to a tree; a rename in the way of what it makes is the one thing that git may refuse."""
    with tempfile.TemporaryDirectory() as place:
        trees.lay(before, Path(place))
        try:
            apply_patches(Path(place), {"p": patch} if patch else {}, git_env=os.environ, report=silent)
        except PatchError:
            return None
        return trees.tree(trees.read(Path(place)))


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    return Trees(tmp_path / "git").open()


def test_a_tree_has_the_id_that_git_gives_it(trees: Trees, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "x").write_text("x")
    (root / "a.b").write_text("y")
    (root / "link").symlink_to("a")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    listed = subprocess.run(["git", "write-tree"], cwd=root, check=True, capture_output=True, text=True)
    subprocess.run(["rm", "-rf", ".git"], cwd=root, check=True)
    assert trees.tree(trees.read(root)) == listed.stdout.strip()


def test_nobodys_configuration_changes_a_diff(trees: Trees, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old, new = (
        trees.tree({b"a": (FILE, trees.blob(data))})
        for data in (b"1\n2\n3\n4\n5\n6\n7\n8\n", b"1\n2\n3\n4\nX\n6\n7\n8\n")
    )
    plain = trees.diff(old, new)
    config = tmp_path / "config"
    config.write_text(
        "[diff]\n\tnoprefix = true\n\tcontext = 1\n\texternal = false\n\tsuppressBlankEmpty = true\n"
        "[color]\n\tui = always\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    assert trees.diff(old, new) == plain


def test_a_merge_takes_both_changes_and_marks_where_they_contradict(trees: Trees) -> None:
    def tree(*lines: str) -> GitId:
        return trees.tree({b"a": (FILE, trees.blob("".join(f"{line}\n" for line in lines).encode()))})

    base, ours = tree("1", "2", "3", "4", "5", "6"), tree("0", "1", "2", "3", "4", "5", "6")
    clean = trees.merge(base, ours, tree("1", "2", "3", "4", "5", "six"))
    assert (clean.tree, clean.conflicts) == (tree("0", "1", "2", "3", "4", "5", "six"), ())
    torn = trees.merge(
        base, tree("1", "2", "x", "4", "5", "6"), tree("1", "2", "y", "4", "5", "6"), names=("new", "fix.patch")
    )
    assert torn.conflicts == (b"a",)
    assert torn.said == ("CONFLICT (content): Merge conflict in a",)
    (content,) = (trees.content([id_])[id_] for _, id_ in trees.leaves(torn.tree).values())
    assert b"<<<<<<< refs/new\nx\n=======\ny\n>>>>>>> refs/fix.patch\n" in content


def test_a_repository_inside_is_refused_by_name(trees: Trees) -> None:
    with pytest.raises(GuildError, match=r"lib/.git/config belongs to a git repository of its own"):
        trees.tree({b"lib/.git/config": (FILE, trees.blob(b""))})
