"""Whoever has to wait for another guild process is told so, without asking for more than the usual talk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from guildpkg.core.events import Step
from guildpkg.index.keys import no_passphrase
from guildpkg.pipeline.index import admin as index_admin
from guildpkg.pipeline.index import beginning
from guildpkg.pipeline.index.local import find_local
from guildpkg.pipeline.installed.uninstall import gc
from guildpkg.system.disk import locked
from tests.index.worlds import Home, make_archive
from tests.support.builds import wait_for

TRUSTED = "Waiting for another guild process that changes which indexes are trusted"
ACTS: dict[str, tuple[str, Callable[[Home], object]]] = {
    "changes the index": ("index", lambda home: index_admin.sign("", home.setting, no_passphrase)),
    "reads the index local": ("index-trust/local", lambda home: home.versions("mnist")),
    "changes which indexes are trusted": ("index-trust", lambda home: index_admin.remove(home.setting, "local")),
    "changes what is installed": ("store/lock", lambda home: gc(3, home.setting)),
    "makes your own index": (".index.lock", lambda home: find_local(home.setting)),
}


@pytest.mark.parametrize("what", ACTS)
def test_whoever_has_to_wait_is_told_for_whom(tmp_path: Path, what: str) -> None:
    home = Home(tmp_path / "home")
    place, act = ACTS[what]
    home.publish(make_archive(tmp_path))
    (home.path / "store").mkdir()
    if place == ".index.lock":
        index_admin.remove(home.setting, "local")  # so that it has to be trusted again
    with locked(home.path / place):
        waits = threading.Thread(target=act, args=(home,), daemon=True)
        waits.start()
        told = f"Waiting for another guild process that {what}"
        wait_for(lambda: any(isinstance(event, Step) and told in event.text for event in home.told), told)
    waits.join(30)
    assert not waits.is_alive()
    assert sum(isinstance(event, Step) and told in event.text for event in home.told) == 1


def test_whoever_adds_an_index_waits_aloud_and_only_when_somebody_is_there(tmp_path: Path) -> None:
    owner, user = Home(tmp_path / "home"), Home(tmp_path / "user")
    root = (index_admin.init(tmp_path / "srv", "ours", owner.setting, bits=1)).pinned
    url = (tmp_path / "srv").as_uri()
    beginning.add("ours", url, root, user.setting)
    assert not [event for event in user.told if isinstance(event, Step) and "Waiting" in event.text]
    with locked(user.path / "index-trust"):
        waits = threading.Thread(target=beginning.add, args=("again", url, root, user.setting), daemon=True)
        waits.start()
        wait_for(lambda: any(isinstance(event, Step) and TRUSTED in event.text for event in user.told), TRUSTED)
    waits.join(30)
    assert [row.name for row in index_admin.listing(user.setting)] == ["ours", "again"]
