"""Names of packages and archives."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from guildpkg.core.names import canonical_version, check_name

NAMES = st.from_regex(r"[a-z0-9][a-z0-9+._-]{0,30}", fullmatch=True)
VERSIONS = st.from_regex(r"([0-9]!)?[0-9]{1,4}(\.[0-9]{1,3}){0,3}(a[0-9]|rc[0-9])?(\+[a-z0-9]{1,4})?", fullmatch=True)


@pytest.mark.parametrize("name", ["digits", "mnist-tutorial-src", "resnet+cifar10", "0ad", "a.b_c-d"])
def test_good_names_have_no_problem(name: str) -> None:
    assert check_name(name) is None


@pytest.mark.parametrize("name", ["", "-a", ".hidden", "Digits", "a b", "a/b", "naïve", "a\n", "..", "x" * 101])
def test_bad_names_are_told_what_is_wrong(name: str) -> None:
    problem = check_name(name)
    assert problem is not None
    assert "package name" in problem or "too long" in problem


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1", "1"),
        ("20170301", "20170301"),
        ("1.2RC1", "1.2rc1"),
        ("v1.0", "1.0"),
        ("1!2", "1!2"),
        ("1.0-1", "1.0.post1"),
        ("1.0+Ubuntu-1", "1.0+ubuntu.1"),
        (" 1 ", "1"),
        ("", None),
        ("one", None),
        ("1..2", None),
        ("1" * 101, None),
    ],
)
def test_versions_have_one_spelling(text: str, canonical: str | None) -> None:
    assert canonical_version(text) == canonical
