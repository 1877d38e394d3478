"""Names and paths that may stand in a project file."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.project.names import is_sha256, name_problem, path_problem


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a:b", "a/b", "-a", "@a", ".", "..", "a\n", "\u202ea", "x" * 201])
def test_a_name_that_a_command_line_would_not_understand_is_refused(name: str) -> None:
    assert name_problem(name, "a flag")


@given(st.text(max_size=20))
def test_a_name_that_passes_survives_a_command_line(name: str) -> None:
    if not name_problem(name, "a model"):
        assert f"{name}:train".partition(":")[0] == name
        assert f"{name}=1".partition("=")[0] == name
        assert name.split() == [name]


@given(st.lists(st.sampled_from(["a", "..", ".", "", "b"]), max_size=8))
def test_a_path_that_passes_stays_inside(parts: list[str]) -> None:
    path = "/".join(parts)
    inside = (posixpath.normpath(posixpath.join("/project", path)) + "/").startswith("/project/")
    assert (path_problem(path) == "") == (inside and not path.startswith("/"))


def test_a_digest_is_sixty_four_lower_case_digits() -> None:
    assert is_sha256("a0" * 32)
    assert not is_sha256("A0" * 32)
    assert not is_sha256("a0" * 31)
