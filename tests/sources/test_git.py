"""What git sources bring: the subtree that the URL means, byte for byte, and no more than that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.core.events import Detail, Step
from guildpkg.errors import Exists, GuildError, IntegrityError, OfflineError, SourceError
from tests.support.gitworld import TREE, World, below, world
from tests.support.repos import EPOCH, Content, Link


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("text", "ref", "path"),
    [
        ("{page}/tree/v1/a/b", "refs/tags/v1", "a/b"),
        ("{page}/tree/main/a/b/", "refs/heads/main", "a/b"),
        ("{page}/tree/v1", "refs/tags/v1", ""),
        ("{page}/blob/v1/a/b/mnist.py", "refs/tags/v1", "a/b/mnist.py"),
        ("{page}/blob/v1/a/b/run.sh", "refs/tags/v1", "a/b/run.sh"),
        ("{page}/-/tree/v1/a/b", "refs/tags/v1", "a/b"),
        ("{page}/src/v1/a/b", "refs/tags/v1", "a/b"),
        ("{page}/src/tag/v1/a/b", "refs/tags/v1", "a/b"),
        ("{page}/tree/{commit}/a/b", "commit", "a/b"),
        ("git+{page}.git", "HEAD", ""),
        ("git+{page}.git#path=a/b", "HEAD", "a/b"),
        ("git+{page}.git#tag=v1&path=a", "refs/tags/v1", "a"),
        ("git+{page}.git#branch=main&path=a/b", "refs/heads/main", "a/b"),
        ("git+{page}.git#commit={commit}&path=a/b", "commit", "a/b"),
        ("git+file://{disk}#tag=v1&path=a/b", "refs/tags/v1", "a/b"),
    ],
)
def test_a_source_lays_what_its_url_means(here: World, text: str, ref: str, path: str) -> None:
    """Every shape of URL: same bytes, modes and links as were committed, at their path from the root."""
    commit = here.up.id("v1")
    got = here.get(text.format(page=here.pages, commit=commit, disk=here.up.path))
    assert here.laid(got) == below(TREE, path)
    assert (got.pin.ref, got.pin.path, got.pin.commit, got.pin.kind) == (ref, path, commit, "git")
    assert (got.pin.tree, got.pin.time) == (here.up.id(f"v1:{path}"), EPOCH + 120)
    assert got.way == "tree walk"


def test_only_the_path_is_fetched(here: World) -> None:
    """Not the history, not the folders beside the path: the cache holds just what the subtree needs."""
    here.get("/tree/v1/a/b")
    (cache,) = (here.home / "cache" / "git").glob("up-*.git")
    listed = here.up.git(f"--git-dir={cache}", "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    wanted = {here.up.id(name) for name in ("v1", "v1:", "v1:a", "v1:a/b", "v1:a/b/data")}
    wanted |= {here.up.id(f"v1:{file}") for file in below(TREE, "a/b")}
    assert set(listed.split()) == wanted


SERVERS = {
    "all": ({}, False, "a/b", "tree walk", "tree id"),
    "all, a file": ({}, False, "a/b/run.sh", "tree walk", "tree id"),
    "no filters": ({"uploadpack.allowFilter": "false"}, False, "a/b", "depth 1", "tree id"),
    "no tree filter": ({"uploadpackfilter.tree.allow": "false"}, False, "a/b", "blob-less", "tree id"),
    "no tree filter, a file": ({"uploadpackfilter.tree.allow": "false"}, False, "a/b/run.sh", "blob-less", "tree id"),
    "no ids": ({}, True, "a/b", "depth 1", "depth 1"),
    "no ids, a file": ({}, True, "a/b/run.sh", "depth 1", "depth 1"),
    "neither": ({"uploadpack.allowFilter": "false"}, True, "a/b", "depth 1", "depth 1"),
    "old, with ids": ({"uploadpack.allowAnySHA1InWant": "true"}, True, "a/b", "tree walk", "tree id"),
}


@pytest.mark.parametrize(("settings", "old", "path", "way", "pinned_way"), SERVERS.values(), ids=SERVERS)
def test_every_server_gives_the_same(
    here: World, settings: dict[str, str], old: bool, path: str, way: str, pinned_way: str
) -> None:
    """Whatever the server refuses, the lock and the files are the same, and the way is told."""
    lock = here.lock(here.get(f"/tree/v1/{path}"))
    here.server.old = old
    for name, value in settings.items():
        here.up.git("config", name, value)
    for pin, expected in ((None, way), (lock, pinned_way)):
        here.fresh()
        got = here.get(f"/tree/v1/{path}", pin=pin)
        assert (got.way, here.laid(got)) == (expected, below(TREE, path))
        assert here.lock(got) == lock


def test_a_locked_source_costs_one_fetch_and_then_nothing(here: World) -> None:
    """From an empty cache: one conversation of two requests. Then: no request, no word, also offline."""
    pin = here.get("/tree/v1/a/b").pin
    here.fresh()
    assert here.get("/tree/v1/a/b", pin=pin).way == "tree id"
    assert [method for method, _ in here.server.requests] == ["GET", "POST"]
    assert here.said(Step) == f"Downloading {here.pages}.git"
    here.server.forget()
    here.events.clear()
    got = here.get("/tree/v1/a/b", pin=pin, offline=True)
    assert (got.way, here.laid(got)) == ("cache", below(TREE, "a/b"))
    assert (here.server.requests, here.events) == ([], [])


@pytest.mark.parametrize("pinned", [True, False], ids=["pinned", "not pinned"])
def test_offline_with_an_empty_cache_is_refused(here: World, pinned: bool) -> None:
    pin = here.get("/tree/v1/a/b").pin if pinned else None
    here.fresh()
    with pytest.raises(OfflineError, match="not in the cache") as refusal:
        here.get("/tree/v1/a/b", pin=pin, offline=True)
    assert "without --offline" in refusal.value.hint
    assert here.server.requests == []


def test_a_commit_named_by_its_id_needs_no_server_again(here: World) -> None:
    """An id cannot move, so what is in the cache is it, with or without a lock."""
    text = f"/tree/{here.up.id('v1')}/a/b"
    here.get(text)
    here.server.forget()
    assert here.get(text, offline=True).way == "cache"
    assert here.server.requests == []


def test_the_same_subtree_at_a_newer_commit_is_not_fetched_twice(here: World) -> None:
    """A release that does not touch the subtree costs the walk, not the files."""
    old = here.get("/tree/main/a/b").pin
    here.up.commit({**TREE, "README": "new\n"})
    here.server.forget()
    new = here.get("/tree/main/a/b").pin
    assert new.tree == old.tree
    assert new.commit == here.up.id("main") != old.commit
    bodies = [path for method, path in here.server.requests if method == "POST"]
    assert len(bodies) == 3, "which refs, the commit, the new root tree"


@pytest.mark.parametrize("what", ["commit", "tree"])
def test_what_the_recipe_demands_has_to_be_there(here: World, what: str) -> None:
    """`commit =` and `tree =` pass when they are right; else both ids are named."""
    commit, tree = here.up.id("v1"), here.up.id("v1:a/b")
    assert here.get("/tree/v1/a/b", commit=commit, tree=tree).pin.tree == tree
    wrong = here.up.id("v1~1"), here.up.id("v1:a")
    with pytest.raises(
        IntegrityError, match=f"{wrong[what == 'tree']}.*{tree if what == 'tree' else commit}"
    ) as refusal:
        here.get("/tree/v1/a/b", commit=wrong[0] if what == "commit" else "", tree=wrong[1] if what == "tree" else "")
    assert "GuildPkg:3" in str(refusal.value)


def test_a_demand_that_the_lock_contradicts(here: World) -> None:
    pin = here.get("/tree/v1/a/b").pin
    other = here.up.id("v1~1")
    with pytest.raises(IntegrityError, match=f"{other}.*{pin.commit}") as refusal:
        here.get("/tree/v1/a/b", pin=pin, commit=other)
    assert "guild lock --update" in refusal.value.hint


def test_a_pinned_tree_that_upstream_has_dropped(here: World) -> None:
    """The tag was moved and the old commit is gone: the lock's tree and what is there now are named."""
    pin = here.get("/tree/v1/a/b").pin
    here.up.git("update-ref", "-d", "refs/tags/v1")
    here.up.git("update-ref", "-d", "refs/heads/main")
    here.up.git("reflog", "expire", "--expire=now", "--all")
    here.up.git("gc", "--quiet", "--prune=now")
    here.up.commit({**TREE, "a/b/mnist.py": "print('moved')\n"})
    here.up.tag("v1")
    here.fresh()
    with pytest.raises(IntegrityError, match=f"{here.up.id('v1:a/b')}.*{pin.tree}") as refusal:
        here.get("/tree/v1/a/b", pin=pin)
    assert "guild lock --update" in refusal.value.hint


def test_a_moved_branch_with_the_same_subtree_still_serves_the_lock(here: World) -> None:
    """Identity is content: on a server that gives nothing by id, the branch's new commit has the pinned tree."""
    pin = here.get("/tree/main/a/b").pin
    here.up.commit({**TREE, "README": "new\n"})
    here.server.old = True
    here.fresh()
    got = here.get("/tree/main/a/b", pin=pin)
    assert (got.way, got.pin, here.laid(got)) == ("depth 1", pin, below(TREE, "a/b"))
    assert "does not give the pinned tree by its id" in here.said(Detail)


def test_a_commit_that_only_history_has(here: World) -> None:
    """A server that gives no ids has only the tips of its refs to give."""
    here.server.old = True
    with pytest.raises(SourceError, match="does not give out what is needed") as refusal:
        here.get(f"/tree/{here.up.id('v1~1')}/a/b")
    assert "--source NAME=URL" in refusal.value.hint


def test_a_file_in_the_way_is_not_written_over(here: World) -> None:
    got = here.get("/tree/v1/a/b")
    target = _folder(here)
    (target / "a" / "b").mkdir(parents=True)
    (target / "a" / "b" / "mnist.py").write_text("mine")
    with pytest.raises(Exists, match=r"a/b/mnist\.py is there already"):
        got.lay(target)
    assert (target / "a" / "b" / "mnist.py").read_text() == "mine"


def _folder(here: World) -> Path:
    (here.folder / "target").mkdir()
    return here.folder / "target"


def test_nothing_is_written_through_a_link(here: World, tmp_path: Path) -> None:
    """Another source has laid a link where ours has a folder."""
    got = here.get("/tree/v1/a/b")
    target, outside = _folder(here), tmp_path / "outside"
    outside.mkdir()
    (target / "a").symlink_to(outside)
    with pytest.raises(GuildError, match="not a folder"):
        got.lay(target)
    assert list(outside.iterdir()) == []


def test_attributes_change_nothing(here: World) -> None:
    """Line ends and export-subst are left as they were committed, whatever the user's git would do."""
    files = {
        ".gitattributes": "* text eol=crlf\n*.py export-subst\nx export-ignore\n",
        "m.py": "$Format:%H$\n",
        "x": "1",
    }
    here.up.commit(files)
    assert here.laid(here.get("/tree/main")) == below(files, "")


def test_odd_names_come_as_they_are(here: World) -> None:
    names = ("with blank", "quo\"te'", "-dash", "new\nline", "tab\t", "é", "\udcff raw", "back\\slash", "a:b*c?", "~")
    files: dict[str, Content] = {f"d/{name}": name.encode("utf-8", "surrogateescape") for name in names}
    here.up.commit(files)
    assert here.laid(here.get("/tree/main/d")) == files


def test_a_repository_with_sha256_ids(here: World) -> None:
    """The other kind of ids: found out by itself, pinned, and fetched by."""
    wide = here.repo("wide", "sha256")
    wide.commit(TREE)
    text = f"{here.server.url}/org/wide/tree/main/a/b"
    pin = here.get(text).pin
    assert pin.tree == wide.id("main:a/b")
    assert len(pin.tree) == 64
    here.fresh()
    got = here.get(text, pin=pin)
    assert (got.way, here.laid(got)) == ("tree id", below(TREE, "a/b"))


def test_a_link_may_lead_anywhere_within_the_repository(here: World) -> None:
    files: dict[str, Content] = {"d/up": Link("../other/file"), "d/near": Link("x"), "d/x": b"1", "other/file": b"2"}
    here.up.commit(files)
    assert here.laid(here.get("/tree/main/d")) == below(files, "d")
    assert here.events[-1].text == "d/up is a link to ../other/file, which the source does not bring"  # type: ignore[union-attr]
