"""How differences between two archives are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guildpkg.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guildpkg.pipeline.package.inspect import Difference


def show(session: Session, differences: Sequence[Difference]) -> None:
    """Write differences for people."""
    for item in differences:
        session.output.result(f"  {item}")
        for line in item.detail:
            session.output.result(f"    {line}")
