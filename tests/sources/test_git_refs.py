"""Refs and paths of git sources: which one is meant, and what is said when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.core.events import Warn
from guildpkg.errors import IntegrityError, SourceError
from tests.support.gitworld import TREE, World, below, world
from tests.support.repos import Link, Module, Repo


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("rest", "ref", "path"),
    [
        ("feature/x/a/b", "refs/heads/feature/x", "a/b"),
        ("release/2024/q1/a/b", "refs/tags/release/2024/q1", "a/b"),
        ("v1/a/b", "refs/tags/v1", "a/b"),
        ("v/a/b", "refs/heads/v", "a/b"),
        ("z/1/a/b", "refs/tags/z/1", "a/b"),
        ("refs/heads/feature/x/a/b", "refs/heads/feature/x", "a/b"),
        ("refs/tags/v1", "refs/tags/v1", ""),
    ],
)
def test_a_ref_may_have_slashes_in_it(here: World, rest: str, ref: str, path: str) -> None:
    """The remote is asked which part of ``REF/PATH`` is the ref, also among names that look alike."""
    for name in ("feature/x", "feature/xx", "v", "vv"):
        here.up.git("branch", name, "v1")
    for name in ("release/2024/q1", "v1-rc1", "v11", "z/1", "z/11"):
        here.up.tag(name)
    pin = here.get(f"/tree/{rest}").pin
    assert (pin.ref, pin.path, pin.tree) == (ref, path, here.up.id(f"{ref}:{path}"))


def test_a_ref_is_found_among_hundreds_without_listing_them(here: World) -> None:
    """The server lists the refs that begin alike, and no others."""
    commit = here.up.id("v1")
    refs = "".join(f"create refs/heads/pull/request/number/{number} {commit}\n" for number in range(500))
    here.up.git("update-ref", "--stdin", given=refs.encode())
    here.get("/tree/v1/a/b")
    assert here.server.traffic < 12_000


def test_a_tag_wins_over_a_branch_and_both_are_named(here: World) -> None:
    old = here.up.id("v1~1")
    here.up.git("branch", "v1", old)
    pin = here.get("/tree/v1/a/b").pin
    assert (pin.ref, pin.commit) == ("refs/tags/v1", here.up.id("refs/tags/v1"))
    assert "has refs/tags/v1 and refs/heads/v1: refs/tags/v1 is taken" in here.said(Warn)
    assert here.get(f"git+{here.pages}.git#branch=v1&path=a/b").pin.commit == old


def test_an_annotated_tag_is_peeled(here: World) -> None:
    """Also a tag of a tag: the pin has the commit."""
    here.up.tag("one", "v1", annotated=True)
    here.up.tag("two", "one", annotated=True)
    for name in ("one", "two"):
        got = here.get(f"/tree/{name}/a/b")
        assert (got.pin.ref, got.pin.commit) == (f"refs/tags/{name}", here.up.id("v1"))
        assert here.laid(got) == below(TREE, "a/b")


def test_a_tag_that_says_it_is_another_is_forged(here: World) -> None:
    """A server cannot pass an old signed tag off as a new one."""
    here.up.tag("v0.9-insecure", "v1~1", annotated=True)
    here.up.git("update-ref", "refs/tags/v2", here.up.id("v0.9-insecure"))
    with pytest.raises(IntegrityError, match=r"v2 .* is forged: .*'v0.9-insecure'"):
        here.get("/tree/v2/a/b")


def test_a_tag_of_something_else_than_a_commit(here: World) -> None:
    here.up.tag("just-a-tree", here.up.id("v1:a"))
    with pytest.raises(SourceError, match=r"just-a-tree .* names a tree, not a commit"):
        here.get("/tree/just-a-tree")


def test_an_id_of_something_else_than_a_commit(here: World) -> None:
    with pytest.raises(SourceError, match=r"is a tree of .*, not a commit"):
        here.get(f"/tree/{here.up.id('v1:a')}")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("/tree/v11/a/b", "has no branch or tag v11", "did you mean v1?"),
        ("/tree/mian/a/b", "has no branch or tag mian", "did you mean main?"),
        ("/tree/0123abc/a/b", "has no branch or tag 0123abc", "there is main, v1"),
        ("git+{page}.git#tag=main", "has no tag main", "there is v1"),
        ("git+{page}.git#branch=v1", "has no branch v1", "there is main"),
        ("/src/tag/main/a", "has no tag main", "there is v1"),
        ("/tree/v1/a/c", "no a/c at refs/tags/v1: there is no c in a/", "there is b/, other"),
        ("/tree/v1/a/b/mnist.p/x", "there is no mnist.p in a/b/", "did you mean mnist.py?"),
        ("/tree/v1/src/a", "there is no src in its root", "there is README, a/, z/"),
        ("/tree/v1/a/b/run.sh/x", "a/b/run.sh .* is not a folder", ""),
        ("/blob/v1/a/b/link", "a/b/link .* is a symbolic link", "what it leads to"),
    ],
)
def test_what_is_not_there(here: World, text: str, message: str, hint: str) -> None:
    """What was asked for is named, and the hint says what there is, nearest first."""
    with pytest.raises(SourceError, match=message) as refusal:
        here.get(text.format(page=here.pages))
    assert hint in refusal.value.hint


@pytest.mark.parametrize("url", ["{url}/org/empty/tree/main", "git+{url}/org/empty.git"])
def test_an_empty_repository(here: World, url: str) -> None:
    here.repo("empty")
    with pytest.raises(SourceError, match=r"empty.git is empty: it has no branch and no tag yet"):
        here.get(url.format(url=here.server.url))


def test_a_commit_that_does_not_exist(here: World) -> None:
    with pytest.raises(SourceError, match=r"does not give out what is needed: .*not our ref"):
        here.get(f"/tree/{'1' * 40}/a/b")


def test_a_path_that_leads_into_a_submodule(here: World) -> None:
    here.up.commit({"lib": Module("1" * 40), "x": "1"})
    for path in ("lib", "lib/y"):
        with pytest.raises(SourceError, match=r"lib .* is a submodule") as refusal:
            here.get(f"/tree/main/{path}")
        assert "own repository" in refusal.value.hint


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../x", "../b/../../../x", "y/../../../../x"])
def test_a_link_that_leads_out_is_refused(here: World, target: str) -> None:
    """Out of the repository, that is; also by way of another link."""
    here.up.commit({"a/b/bad": Link(target), "a/b/y": Link("../../z"), "z/1": "1"})
    with pytest.raises(SourceError, match=r"a/b/bad of .* leads out of it"):
        here.get("/tree/main/a/b")


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"


def test_lfs_pointers_are_refused_by_name(here: World) -> None:
    """A pointer is not the file: the message has names and true sizes, the hint a way out."""
    pointers = {f"w/{name}.bin": POINTER.format(name * 64, size) for name, size in (("a", 1_200_000_000), ("b", 17))}
    here.up.commit({**pointers, "w/plain": "version https://git-lfs.github.com/spec/v1 is a line\n"})
    with pytest.raises(SourceError, match=r"w/a.bin \(1\.2 GB\), w/b.bin \(17 B\) only as Git LFS") as refusal:
        here.get("/tree/main/w")
    assert "w/plain" not in str(refusal.value)
    assert "sha256" in refusal.value.hint


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "a/b"])
def test_a_tree_with_a_hostile_name_is_refused(here: World, name: str) -> None:
    """Made by hand, as git itself would not."""
    blob = here.up.git("hash-object", "-w", "--stdin", given=b"x")
    tree = b"100644 %s\0%s" % (name.encode(), bytes.fromhex(blob))
    bad = here.up.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=tree)
    here.up.git("update-ref", "refs/heads/bad", here.up.git("commit-tree", bad, "-m", "bad"))
    with pytest.raises(IntegrityError, match="has an entry named"):
        here.get("/tree/bad")
    assert not (here.folder / "src").exists()


def submodules(here: World, *, url: str = "../lib.git") -> Repo:
    """Give org/up a submodule at a/lib, which has one of its own at deep."""
    deep, lib = here.repo("deep"), here.repo("lib")
    inner = deep.commit({"d.py": "deep\n"})
    modules = f'[submodule "deep"]\n\tpath = deep\n\turl = {here.server.url}/org/deep.git\n'
    commit = lib.commit({".gitmodules": modules, "deep": Module(inner), "l.py": "lib\n", "sub/s.py": "s\n"})
    lib.commit({"l.py": "newer\n"})
    modules = f'[submodule "the lib"]\n\tpath = a/lib\n\turl = {url}\n'
    here.up.commit({".gitmodules": modules, "a/lib": Module(commit), "a/own": "own\n"})
    return lib


def test_submodules_are_refused_by_name(here: World) -> None:
    submodules(here)
    with pytest.raises(SourceError, match="has submodules there: a/lib") as refusal:
        here.get("/tree/main/a")
    assert 'submodules = yes` under [source "up"]' in refusal.value.hint


@pytest.mark.parametrize("setting", [{}, {"uploadpack.allowFilter": "false"}], ids=["tree walk", "depth 1"])
def test_submodules_are_fetched_when_asked_for(here: World, setting: dict[str, str]) -> None:
    """By the commits that the trees record, theirs too; relative URLs count from the repository."""
    submodules(here)
    for name, value in setting.items():
        here.up.git("config", name, value)
    expected = {"a/own": b"own\n", "a/lib/l.py": b"lib\n", "a/lib/sub/s.py": b"s\n", "a/lib/deep/d.py": b"deep\n"}
    got = here.get("/tree/main/a", submodules=True)
    files = here.laid(got)
    assert expected.items() <= files.items()
    assert set(files) - set(expected) == {"a/lib/.gitmodules"}
    here.server.forget()
    assert here.laid(here.get("/tree/main/a", submodules=True, pin=got.pin, offline=True)) == files
    here.fresh()
    assert here.laid(here.get("/tree/main/a", submodules=True, pin=got.pin)) == files


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ext::touch${IFS}x", "of a kind that is not fetched"),
        ("/etc", "of a kind that is not fetched"),
        ("../../../../x", "leads out of"),
        ("../gone.git", "there is no git repository at"),
    ],
)
def test_submodules_that_cannot_be_had(here: World, url: str, message: str) -> None:
    submodules(here, url=url)
    with pytest.raises(SourceError, match=message):
        here.get("/tree/main/a", submodules=True)


def test_a_submodule_without_a_url(here: World) -> None:
    here.up.commit({"a/lib": Module("1" * 40), "a/x": "1"})
    with pytest.raises(SourceError, match=r"a/lib has no URL in .gitmodules"):
        here.get("/tree/main/a", submodules=True)
