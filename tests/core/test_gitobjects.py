"""git's objects from their bytes, links on paper, and the URLs that .gitmodules may name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.archive.links import landing
from guildpkg.core.digests import GitId
from guildpkg.core.git.objects import (
    FILE,
    FOLDER,
    LINK,
    PROGRAM,
    SUBMODULE,
    Node,
    object_id,
    parse_commit,
    parse_tag,
    parse_tree,
)
from guildpkg.core.git.refs import Problem
from guildpkg.core.git.submodules import modules, submodule_url
from guildpkg.errors import IntegrityError

ONE = GitId("1" * 40)
RAW = bytes.fromhex(ONE)


def test_ids_are_those_of_git() -> None:
    """`git hash-object` of nothing, in both kinds of repository."""
    assert object_id("blob", b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert object_id("blob", b"", "sha256") == "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"


def test_a_tree_is_read() -> None:
    data = b"40000 lib\0" + RAW + b"100664 old\0" + RAW
    assert parse_tree(ONE, data) == (Node(FOLDER, b"lib", ONE), Node(FILE, b"old", ONE))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"100644 a\0" + RAW[:-1], "damaged"),
        (b"100644 a", "damaged"),
        (b"1006x4 a\0" + RAW, "damaged"),
        (b"100600 a\0" + RAW, "unknown mode"),
        (b"100644 ..\0" + RAW, "named '..'"),
        (b"100644 .GIT\0" + RAW, "named '.GIT'"),
        (b"100644 a/b\0" + RAW, "named 'a/b'"),
        (b"100644 \0" + RAW, "named ''"),
        (b"100644 a\0" + RAW + b"40000 a\0" + RAW, "one name twice"),
    ],
)
def test_a_tree_that_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(IntegrityError, match=message):
        parse_tree(ONE, data)


NAMES = st.binary(min_size=1, max_size=9).filter(
    lambda name: not {0, 47} & set(name) and name not in (b".", b"..") and name.lower() != b".git"
)


@given(st.dictionaries(NAMES, st.sampled_from([FILE, PROGRAM, LINK, FOLDER, SUBMODULE])), st.sampled_from([20, 32]))
def test_what_was_written_is_read(entries: dict[bytes, int], width: int) -> None:
    """Any names and modes come back, with ids of either kind."""
    data = b"".join(b"%o %s\0%s" % (mode, name, b"\x2a" * width) for name, mode in entries.items())
    read = parse_tree(GitId("2a" * width), data)
    assert [(node.name, node.mode, node.id) for node in read] == [(n, m, "2a" * width) for n, m in entries.items()]


def test_a_commit_and_a_tag_are_read() -> None:
    """The header alone counts, and of a name given twice the first."""
    commit = b"tree %s\ncommitter A > <a@b> 17 +0200\n\ntree x\n" % ONE.encode()
    tag = b"object %s\ntype commit\ntag v1\ntag v2\n\nobject 3" % ONE.encode()
    assert (parse_commit(ONE, commit).tree, parse_commit(ONE, commit).time) == (ONE, 17)
    assert (parse_tag(ONE, tag).target, parse_tag(ONE, tag).name) == (ONE, "v1")


def test_a_commit_from_before_1970_counts_as_the_epoch() -> None:
    """No archive can hold a time before it."""
    assert parse_commit(ONE, b"tree %s\ncommitter A <a@b> -5 +0000\n\n" % ONE.encode()).time == 0


@pytest.mark.parametrize("data", [b"", b"tree x", b"tree x\ncommitter A", b"tree x\ncommitter A b c"])
def test_a_damaged_commit(data: bytes) -> None:
    with pytest.raises(IntegrityError, match="damaged"):
        parse_commit(ONE, data)


@pytest.mark.parametrize(
    ("path", "links", "arrives"),
    [
        (b"a/b", {}, b"a/b"),
        (b"l", {b"l": b"a/../b"}, b"b"),
        (b"a/l", {b"a/l": b"../b"}, b"b"),
        (b"a/l", {b"a/l": b".."}, b""),
        (b"l", {b"l": b"../b"}, None),
        (b"l", {b"l": b"/etc/passwd"}, None),
        (b"m", {b"l": b"/etc", b"m": b"l/passwd"}, None),
        (b"m", {b"a/b/c": b"../../top", b"m": b"a/b/c/../../x"}, None),
        (b"l", {b"l": b"m", b"m": b"l"}, b""),
    ],
    ids=["file", "inside", "up", "root", "out", "absolute", "through an absolute one", "up from elsewhere", "circle"],
)
def test_where_a_link_leads(path: bytes, links: dict[bytes, bytes], arrives: bytes | None) -> None:
    """Links on the way count: ``a/b/c/..`` is not ``a/b`` when ``c`` is a link."""
    assert landing(path, links) == arrives


@pytest.mark.parametrize(
    ("url", "parent", "whole"),
    [
        ("https://h/o/sub.git", "https://h/o/up.git", "https://h/o/sub.git"),
        ("../sub.git", "https://h/o/up.git", "https://h/o/sub.git"),
        ("./sub.git", "https://h/o/up.git", "https://h/o/up.git/sub.git"),
        ("../../x/sub.git", "ssh://git@h/o/up.git", "ssh://git@h/x/sub.git"),
        ("../sub.git", "/srv/up.git", "/srv/sub.git"),
        ("git@h:o/sub.git", "https://h/o/up.git", "ssh://git@h/o/sub.git"),
        ("h:/srv/sub.git", "https://h/o/up.git", "ssh://h/srv/sub.git"),
        ("/srv/sub.git", "file:///srv/up.git", "/srv/sub.git"),
    ],
)
def test_where_a_submodule_comes_from(url: str, parent: str, whole: str) -> None:
    assert submodule_url(url, parent) == whole


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c id",
        "ext::id",
        "--upload-pack=id",
        "file:///etc/repo",
        "/etc/repo",
        "../../../../x",
        "ssh://-oProxyCommand=id/x",
        "-oProxyCommand=id:x",
        "https://me:secret@h/x",
        "git://h/x",
        "",
    ],
)
def test_a_submodule_that_is_not_fetched(url: str) -> None:
    """Transports that run commands, this machine's own files, and options in disguise are all refused."""
    assert isinstance(submodule_url(url, "https://h/o/up.git"), Problem)


def test_gitmodules_pairs_paths_with_urls() -> None:
    settings = {"submodule.x.path": "lib/x", "submodule.x.url": "../x", "submodule.y.path": "y", "core.bare": "1"}
    assert modules(settings) == {"lib/x": "../x"}
