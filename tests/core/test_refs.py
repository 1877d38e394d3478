"""URLs of git sources, as text: what they mean, and what is wrong with them."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.git.ref_choice import Split, candidates, probe, short_names, split_ref
from guildpkg.core.git.refs import GitUrl, Problem, parse_git_url

ID = "0123456789abcdef0123456789abcdef01234567"
HUB = "https://github.com/org/repo"
CLONE = "https://github.com/org/repo.git"


def page(rest: str, repository: str = CLONE, kind: str = "either") -> GitUrl:
    return GitUrl(repository, repository.rpartition("/")[2].removesuffix(".git"), kind, rest=rest)


def plus(repository: str, kind: str = "head", ref: str = "", path: str = "") -> GitUrl:
    return GitUrl(repository, "repo", kind, ref, path)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (f"{HUB}/tree/v1.4.0/a/b", page("v1.4.0/a/b")),
        (f"{HUB}/tree/main", page("main")),
        (f"{HUB}/tree/main/a//b/", page("main/a/b")),
        (f"{HUB}/blob/main/a/b.py", page("main/a/b.py")),
        (f"{HUB}.git/tree/main/a", page("main/a")),
        (f"{HUB}/tree/refs/tags/v1/a", page("refs/tags/v1/a")),
        (f"{HUB}/tree/main/some%20dir/%C3%A9", page("main/some dir/é")),
        (f"{HUB}/tree/feature%2Fx/a", page("feature/x/a")),
        (f"{HUB}/tree/{ID}/a/b", GitUrl(CLONE, "repo", "commit", ID, "a/b")),
        (f"{HUB}/tree/{ID * 2}"[: len(HUB) + 70], GitUrl(CLONE, "repo", "commit", (ID * 2)[:64])),
        ("https://GitLab.com/g/h/repo/-/tree/v1/a", page("v1/a", "https://gitlab.com/g/h/repo.git")),
        ("https://gitlab.com/g/repo/-/blob/v1/a", page("v1/a", "https://gitlab.com/g/repo.git")),
        ("https://bitbucket.org/o/repo/src/v1/a", page("v1/a", "https://bitbucket.org/o/repo.git")),
        ("https://codeberg.org/o/repo/src/tag/v1/a", page("v1/a", "https://codeberg.org/o/repo.git", "tag")),
        ("https://codeberg.org/o/repo/src/branch/x/y/a", page("x/y/a", "https://codeberg.org/o/repo.git", "branch")),
        (f"https://h/o/repo/src/commit/{ID}/a", GitUrl("https://h/o/repo.git", "repo", "commit", ID, "a")),
        ("http://127.0.0.1:8080/o/repo/tree/v1/a", page("v1/a", "http://127.0.0.1:8080/o/repo.git")),
        ("git+https://h/x/repo.git", plus("https://h/x/repo.git")),
        ("git+https://h/x/repo/", plus("https://h/x/repo")),
        ("git+https://h/x/repo#tag=v1&path=a/b/", plus("https://h/x/repo", "tag", "v1", "a/b")),
        ("git+http://h/x/repo#path=a&branch=x/y", plus("http://h/x/repo", "branch", "x/y", "a")),
        (f"git+ssh://git@h:22/x/repo.git#commit={ID}", plus("ssh://git@h:22/x/repo.git", "commit", ID)),
        ("git+file:///srv/repo.git#tag=v1", plus("file:///srv/repo.git", "tag", "v1")),
        ("git+file://localhost/srv/repo.git", plus("file:///srv/repo.git")),
    ],
)
def test_the_meaning_of_a_url(text: str, meaning: GitUrl) -> None:
    assert parse_git_url(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "notes.txt",
        "https://example.org/data.tar.gz",
        f"{HUB}/archive/v1.tar.gz",
        f"{HUB}/releases/download/v1/a.zip",
        "https://example.org/pub/repo/src/repo-1.0.tar.xz",
        "https://gitlab.com/g/repo/-/raw/v1/a",
        "pypi:digits==1",
        "ftp://h/o/r/tree/x",
    ],
)
def test_what_is_no_git_source(text: str) -> None:
    """Other kinds of source are left to others."""
    assert parse_git_url(text) is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (f"{HUB}/tree", "names no tag", f"git+{CLONE}"),
        (f"{HUB}/tree/v1/../../x", "has ..", "from the repository's root"),
        (f"{HUB}/tree/v1/%2E%2E/x", "has ..", "from the repository's root"),
        (f"{HUB}/tree/--upload-pack=x/a", "not a name that git allows", ""),
        (f"{HUB}/tree/a%20b/c", "not a name that git allows", ""),
        (f"{HUB}/tree/v1/a%0Ab", "control characters", ""),
        (f"{HUB}/tree/v1/a%FFb", "not UTF-8", ""),
        (f"{HUB}/tree/v1/a b", "blanks", "%XX"),
        (f"{HUB}/tree/v1/a?tab=readme", "?tab=readme", "leave it off"),
        (f"{HUB}/blob/v1/a.py#L10", "#L10", "leave it off"),
        (HUB, "whole repository", f"git+{HUB}#tag="),
        ("https://h/deep/er/repo.git", "whole repository", "git+https://h/deep/er/repo.git#tag="),
        ("https://me:secret@github.com/o/r/tree/v1/a", "must not carry a password", "netrc"),
        ("https://token@github.com/o/r/tree/v1/a", "must not carry a password", "netrc"),
        ("git+https://me:secret@h/r.git", "must not carry a password", "netrc"),
        ("git+ssh://git:secret@h/r.git", "must not carry a password", "netrc"),
        ("git+ssh://-oProxyCommand=x/r.git", "looks like an option", ""),
        ("git+https://h:port/r.git", "not a URL", ""),
        ("git+https:///r.git", "names no host", ""),
        ("git+https://h/", "names no repository", ""),
        ("git+https://h/r.git?x=1", "?x=1", "#tag="),
        ("git+file://srv/r.git", "path from the root", "git+file:///srv/r.git"),
        ("git+https://h/r#tga=v1", "#tga is not known", "did you mean tag?"),
        ("git+https://h/r#tag", "exactly one value", ""),
        ("git+https://h/r#tag=a&tag=b", "exactly one value", ""),
        ("git+https://h/r#tag=a&branch=b", "contradict", "one of them"),
        ("git+https://h/r#commit=abc123", "not the id of a commit", "40"),
        ("git+https://h/r#branch=-x", "not a name that git allows", ""),
        ("git+https://h/r#tag=a..b", "not a name that git allows", ""),
        ("git+https://h/r#path=../x", "has ..", ""),
        ("https://h/o/r/src/commit/abc/x", "not the id of a commit", "40"),
    ],
)
def test_what_is_wrong_with_a_url(text: str, message: str, hint: str) -> None:
    problem = parse_git_url(text)
    assert isinstance(problem, Problem)
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("rest", "refs", "split"),
    [
        ("v1/a/b", {"refs/tags/v1"}, Split("refs/tags/v1", "a/b")),
        ("v1", {"refs/tags/v1"}, Split("refs/tags/v1", "")),
        ("a/b/c", {"refs/heads/a"}, Split("refs/heads/a", "b/c")),
        ("a/b/c", {"refs/heads/a/b", "refs/tags/a"}, Split("refs/heads/a/b", "c")),
        ("a/b/c", {"refs/heads/a/b/c", "refs/heads/ab"}, Split("refs/heads/a/b/c", "")),
        ("v1/a", {"refs/heads/v1", "refs/tags/v1"}, Split("refs/tags/v1", "a", "refs/heads/v1")),
        ("refs/heads/v1/a", {"refs/heads/v1", "refs/tags/v1"}, Split("refs/heads/v1", "a")),
        ("refs/heads/v1/a", {"refs/tags/v1"}, None),
        ("v1/a", {"refs/tags/v10", "refs/heads/v1a"}, None),
    ],
)
def test_a_ref_is_split_from_its_path(rest: str, refs: set[str], split: Split | None) -> None:
    """The longest ref wins, then the tag."""
    assert split_ref(page(rest), refs) == split


WORD = st.text("abcv1.-_", min_size=1, max_size=5).filter(lambda word: word[0] not in ".-" and word[-1] != ".")
WORDS = st.lists(WORD.filter(lambda word: ".." not in word), min_size=1, max_size=5)


@given(WORDS, st.data())
def test_a_split_gives_back_the_whole(words: list[str], data: st.DataObject) -> None:
    """Whatever the remote has, ref and path together are what the URL said, and asking finds that ref."""
    url = page("/".join(words))
    refs = data.draw(st.sets(st.sampled_from((*candidates(url), "refs/heads/other"))))
    split = split_ref(url, refs)
    assert (split is None) == (not refs - {"refs/heads/other"})
    if split is not None:
        short = split.ref.split("/", 2)[2]
        assert split.ref in refs
        assert f"{short}/{split.path}".rstrip("/") == url.rest


@given(WORDS)
def test_a_probe_matches_its_ref(words: list[str]) -> None:
    """The pattern has one star, finds the ref itself, and neither a longer name nor one below it."""
    ref = "refs/tags/" + "/".join(words)
    assert probe(ref).count("*") == 1
    assert fnmatchcase(ref, probe(ref))
    assert not fnmatchcase(ref + "-rc1~", probe(ref))


def test_candidates_leave_out_what_git_would_not_take() -> None:
    """A path with a blank or a star in it never becomes a pattern that is sent."""
    assert candidates(page("v1/a b/c*")) == ("refs/tags/v1", "refs/heads/v1")
    assert candidates(plus("https://h/r", "tag", "v1")) == ("refs/tags/v1",)


def test_names_are_shown_once() -> None:
    assert short_names({"refs/heads/main", "refs/tags/v1", "refs/heads/v1"}) == ("main", "v1")
