"""``GuildPkg.lock``: written canonically, read back whole, refused when damaged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.digests import GitId, Sha256
from guildpkg.core.recipe.lock import DEFAULT_EPOCH, Lock, format_lock, read_lock
from guildpkg.core.sources import Pin, Source
from guildpkg.errors import RecipeError, Where

COMMIT = GitId("d752244fbaad5e4268243355046d30990f59418f")
TREE = GitId("aa2f2477fef5e44b5b6e047f5f39465e15dc81b3")
DIGEST = Sha256("ab" * 32)
GIT = Pin(
    name="tensorflow",
    source="https://github.com/tensorflow/tensorflow/tree/v1.4.0/mnist",
    kind="git",
    repository="https://github.com/tensorflow/tensorflow.git",
    ref="refs/tags/v1.4.0",
    path="mnist",
    commit=COMMIT,
    tree=TREE,
    time=1_509_500_000,
    digest=DIGEST,
    size=12_345,
)
SDIST = Pin(
    name="scikit-learn",
    source="pypi:scikit-learn==1.9.1",
    kind="pypi",
    file="scikit_learn-1.9.1.tar.gz",
    sha256=Sha256("cd" * 32),
    digest=DIGEST,
    size=7,
)
TEXT = f"""\
#-*-conf-*-
# Written by `guild lock` and the first build. Keep it under version control.

[lock]
  schema = 1

[source "tensorflow"]
  source     = https://github.com/tensorflow/tensorflow/tree/v1.4.0/mnist
  kind       = git
  repository = https://github.com/tensorflow/tensorflow.git
  ref        = refs/tags/v1.4.0
  path       = mnist
  commit     = {COMMIT}
  tree       = {TREE}
  time       = 1509500000
  digest     = {DIGEST}
  size       = 12345

[source "scikit-learn"]
  source     = pypi:scikit-learn==1.9.1
  kind       = pypi
  file       = scikit_learn-1.9.1.tar.gz
  sha256     = {"cd" * 32}
  digest     = {DIGEST}
  size       = 7

[patch "compat.patch"]
  sha256     = {DIGEST}
"""
LOCK = Lock((GIT, SDIST), {"compat.patch": DIGEST})


def source_of(pin: Pin) -> Source:
    return Source(pin.name, pin.source, pin.kind, Where("GuildPkg", 1))


def refused(text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        read_lock(text, "GuildPkg.lock")
    assert "`guild lock --update`" in caught.value.hint
    return [str(fault) for fault in caught.value.faults]


def test_a_lock_is_written_in_one_way_only() -> None:
    assert format_lock(LOCK) == TEXT


def test_what_was_written_is_read_back() -> None:
    assert read_lock(TEXT, "GuildPkg.lock") == LOCK


def test_a_size_of_nothing_is_not_lost() -> None:
    empty = replace(SDIST, size=0, time=0)
    assert read_lock(format_lock(Lock((empty,))), "L").pins == (empty,)


def test_the_epoch_is_the_newest_time_of_a_source() -> None:
    older = replace(GIT, name="older", time=1_000_000_000)
    assert Lock((older, GIT, SDIST)).epoch == 1_509_500_000


def test_without_any_time_the_epoch_is_1980() -> None:
    assert Lock((SDIST,)).epoch == DEFAULT_EPOCH == 315_532_800


def test_a_pin_serves_the_source_that_it_was_made_of() -> None:
    assert LOCK.pin(source_of(GIT)) == GIT
    assert LOCK.pin(replace(source_of(GIT), commit=COMMIT, tree=TREE)) == GIT


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "https://github.com/tensorflow/tensorflow/tree/v1.5.0/mnist"},
        {"name": "other"},
        {"commit": "0" * 40},
        {"tree": "0" * 40},
        {"submodules": True},
        {"extract": False},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_pin_is_void_when_the_recipe_wants_something_else(changed: dict[str, object]) -> None:
    assert LOCK.pin(replace(source_of(GIT), **changed)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        pytest.param(TEXT, "", ["GuildPkg.lock: this is not a lock file"], id="empty"),
        pytest.param("schema = 1", "", ["GuildPkg.lock: this is not a lock file"], id="no schema"),
        pytest.param(
            "schema = 1", "schema = 2", ["GuildPkg.lock:5: the lock has schema '2', this guild knows 1"], id="later"
        ),
        pytest.param(
            "[lock]",
            "[lock",
            [
                'GuildPkg.lock:4: syntax error: [lock (write [type] or [type "name"], with the name in double quotes)',
            ],
            id="torn header",
        ),
        pytest.param(COMMIT, "beef", ['GuildPkg.lock:7: [source "tensorflow"] has a damaged commit'], id="commit"),
        pytest.param(TREE, TREE[1:], ['GuildPkg.lock:7: [source "tensorflow"] has a damaged tree'], id="tree"),
        pytest.param("cdcd", "CD", ['GuildPkg.lock:19: [source "scikit-learn"] has a damaged sha256'], id="sha256"),
        pytest.param(
            f"digest     = {DIGEST}\n  size       = 7",
            "size       = 7",
            ['GuildPkg.lock:19: [source "scikit-learn"] has a damaged digest'],
            id="no digest",
        ),
        pytest.param("1509500000", "soon", ["GuildPkg.lock:15: time is a number, not 'soon'"], id="time"),
        pytest.param("= 12345", "= -1", ["GuildPkg.lock:17: size is a number, not '-1'"], id="size"),
        pytest.param(
            "= 12345", "= " + "9" * 20, [f"GuildPkg.lock:17: size is a number, not '{'9' * 20}'"], id="huge size"
        ),
        pytest.param('[source "tensorflow"]', "[source]", ["GuildPkg.lock:7: [source] has no name"], id="no name"),
        pytest.param(
            f'patch"]\n  sha256     = {DIGEST}',
            'patch"]',
            ['GuildPkg.lock:27: [patch "compat.patch"] has no sound sha256'],
            id="patch",
        ),
    ],
)
def test_a_damaged_lock_is_refused_in_these_words(old: str, new: str, messages: list[str]) -> None:
    assert old in TEXT
    assert refused(TEXT.replace(old, new)) == messages


def test_all_damage_is_reported_at_once() -> None:
    assert len(refused(TEXT.replace(COMMIT, "x").replace("1509500000", "x").replace("cdcd", "xx"))) == 3


WORD = st.text(st.characters(exclude_characters='"\n\r\x1a\\', exclude_categories=["Cs"]), min_size=1)
PLAIN = WORD.map(str.strip).filter(bool)
HEX64 = st.text("0123456789abcdef", min_size=64, max_size=64).map(Sha256)
HEX40 = st.text("0123456789abcdef", min_size=40, max_size=40).map(GitId)
PINS = st.builds(
    Pin,
    name=WORD,
    source=PLAIN,
    kind=st.sampled_from(["git", "http", "pypi", "file"]),
    repository=PLAIN | st.just(""),
    ref=PLAIN | st.just(""),
    path=PLAIN | st.just(""),
    commit=HEX40 | st.just(GitId("")),
    tree=HEX40 | st.just(GitId("")),
    file=PLAIN | st.just(""),
    sha256=HEX64 | st.just(Sha256("")),
    time=st.none() | st.integers(0, 1 << 40),
    digest=HEX64,
    size=st.integers(0, 1 << 50),
    details=st.sampled_from(["", "extract=no", "extract=no submodules=yes"]),
)


@given(st.lists(PINS, max_size=4), st.dictionaries(WORD, HEX64))
def test_any_lock_survives_the_round_trip(pins: list[Pin], patches: dict[str, Sha256]) -> None:
    lock = Lock(tuple(pins), patches)
    assert read_lock(format_lock(lock), "L") == lock


@given(st.integers(0, len(TEXT) - 1), st.sampled_from('[]"=\\\n#0x '))
def test_a_lock_with_one_character_changed_is_read_or_refused(at: int, other: str) -> None:
    mutated = TEXT[:at] + other + TEXT[at + 1 :]
    try:
        pins = read_lock(mutated, "L").pins
    except RecipeError:
        return
    assert all(pin.digest for pin in pins)
