"""What a rule is: a module with these four names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity

Subject_contra = TypeVar("Subject_contra", contravariant=True)


class Rule(Protocol[Subject_contra]):
    """A module of ``rules/``; its file is named like its id.

    Attributes:
        ID: Stable name in kebab-case; people write it into their recipes.
        SEVERITY: How bad its findings are.
        SUMMARY: One sentence, without a full stop, for the documentation.
    """

    @property
    def ID(self) -> str: ...  # noqa: N802, D102 - the name of a constant
    @property
    def SEVERITY(self) -> Severity: ...  # noqa: N802, D102
    @property
    def SUMMARY(self) -> str: ...  # noqa: N802, D102

    def check(self, subject: Subject_contra, /) -> Iterator[Fault]:
        """Find what the rule is about: where, what, and the way out."""
        ...
