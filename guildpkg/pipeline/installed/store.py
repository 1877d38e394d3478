"""The store of packages of a home, for those who only look: no indexes, archives or network come with it."""

from __future__ import annotations

from guildpkg.pipeline.setting import Setting
from guildpkg.stores.packages import Packages


def open_store(setting: Setting) -> Packages:
    """Open the store of packages."""
    return Packages(setting.home, lambda: int(setting.now() * 1e9))
