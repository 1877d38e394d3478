"""A source's text for another ref."""

from __future__ import annotations

import pytest

from guildpkg.core.recipe.onto import onto

ID = "d752244fbaad5e4268243355046d30990f59418f"


@pytest.mark.parametrize(
    ("text", "ref", "new", "found"),
    [
        ("https://github.com/a/b/tree/v1/c/d", "v1", "v2", ("https://github.com/a/b/tree/v2/c/d",)),
        ("https://github.com/a/b/tree/x/y/c", "x/y", "z", ("https://github.com/a/b/tree/z/c",)),
        (f"https://github.com/a/b/blob/{ID}/c.py", ID, "v2", ("https://github.com/a/b/blob/v2/c.py",)),
        ("https://gitlab.com/a/b/-/tree/v1/c", "v1", ID, (f"https://gitlab.com/a/b/-/tree/{ID}/c",)),
        ("https://h.org/a/b/src/v1/c", "v1", "v2", ("https://h.org/a/b/src/v2/c",)),
        ("https://h.org/a/b/src/branch/m/c", "m", ID, (f"https://h.org/a/b/src/commit/{ID}/c",)),
        (
            "git+https://h.org/b#tag=v1&path=c",
            "v1",
            "v2",
            ("git+https://h.org/b#tag=v2&path=c", "git+https://h.org/b#branch=v2&path=c"),
        ),
        ("git+file:///b", "HEAD", ID, (f"git+file:///b#commit={ID}",)),
        ("pypi:six==1.0", "", "1.1", ("pypi:six==1.1",)),
        ("https://h.org/a.tar.gz", "", "1.1", ()),
    ],
)
def test_the_ref_is_put_where_the_old_one_stood(text: str, ref: str, new: str, found: tuple[str, ...]) -> None:
    assert onto(text, ref, new) == found
