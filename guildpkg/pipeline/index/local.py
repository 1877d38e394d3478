"""The index under ``$GUILD_HOME/index``: trusted and signed again without anybody setting it up."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from guildpkg.core.events import Step
from guildpkg.errors import Unknown
from guildpkg.index import trust
from guildpkg.index.layout import TIMESTAMP, metadata_path
from guildpkg.index.trust import Known
from guildpkg.pipeline.setting import Setting
from guildpkg.system.disk import locked, room_for

LOCAL: Final = trust.LOCAL
"""What it is called."""

SOON: Final = 10 * 86400.0
"""Seconds before its end at which it is signed again, as nobody else would."""


def find_local(setting: Setting) -> Known | None:
    """Give the embedded index, trusted because it is this user's own; None where there is none."""
    if not (setting.home / "index" / TIMESTAMP).exists():
        return None
    with contextlib.suppress(Unknown):
        return trust.find(setting.home, LOCAL)
    with in_turn(setting):
        return find_in_turn(setting)


@contextlib.contextmanager
def in_turn(setting: Setting) -> Iterator[None]:
    """Keep others out who make the embedded index, or begin to trust it; the file of the lock stays for ever.

    Locks are taken in this order: this one, then that of the folder of trust or of an index.
    """

    def waiting() -> None:
        setting.report(Step("Waiting for another guild process that makes your own index"))

    with room_for(setting.home):
        setting.home.mkdir(parents=True, exist_ok=True)
        with locked(setting.home / ".index.lock", waiting=waiting):
            yield


def find_in_turn(setting: Setting) -> Known | None:
    """Do what `find_local` does, for those who have the turn."""
    folder = setting.home / "index"
    with contextlib.suppress(FileNotFoundError):
        (folder / TIMESTAMP).stat()
        with contextlib.suppress(Unknown):
            return trust.find(setting.home, LOCAL)
        pinned = (folder / metadata_path("root", 1)).read_bytes()
        return trust.add(
            setting.home, LOCAL, folder.as_uri(), pinned, store=str(folder), now=setting.now(), report=setting.report
        )
    return None


def expires_soon(setting: Setting) -> bool:
    """Tell whether the embedded index must be signed again."""
    try:
        signed = json.loads((setting.home / "index" / TIMESTAMP).read_bytes())["signed"]
        return datetime.fromisoformat(signed["expires"]).timestamp() - setting.now() < SOON
    except (OSError, ValueError, KeyError, TypeError):
        return False  # whoever reads the index says what is wrong with it


def known_indexes(setting: Setting, only: str = "") -> tuple[Known, ...]:
    """Give the indexes that are asked, the first to be asked first; the embedded one is signed again when it must be.

    Args:
        setting: The outside world.
        only: Name of the one index to ask; empty for all.

    Raises:
        Unknown: The only one that was to be asked is not known.
    """
    if find_local(setting) and expires_soon(setting):
        from guildpkg.pipeline.index.admin import sign_local  # what signs takes a while to import

        sign_local(setting)
    return (trust.find(setting.home, only),) if only else trust.listed(setting.home)
