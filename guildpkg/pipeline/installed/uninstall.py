"""`guild uninstall`, `guild rollback`, `guild gc`: what was installed goes, or comes back."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from guildpkg.core.packages.generation import Generation, Installed, difference
from guildpkg.core.packages.graph import without
from guildpkg.errors import GuildError
from guildpkg.install.apply import Change, apply, earlier, refuse_broken, roll_back
from guildpkg.install.collect import Garbage, collect, find_garbage, staying
from guildpkg.lean import dataclass
from guildpkg.pipeline.installed.environments import drop, idle
from guildpkg.pipeline.installed.listing import choose
from guildpkg.pipeline.installed.store import open_store
from guildpkg.pipeline.setting import Setting
from guildpkg.stores.downloads_old import UNUSED, sweep
from guildpkg.stores.runs import Runs


@dataclass(frozen=True, slots=True)
class Going:
    """What an uninstallation takes away.

    Attributes:
        named: What the user named.
        useless: What nothing else needs then.
    """

    named: tuple[Installed, ...]
    useless: tuple[Installed, ...]


def plan_uninstall(words: Sequence[str], setting: Setting) -> Going:
    """Find out what goes.

    Raises:
        Unknown: A package is not installed.
        Needed: Something that stays needs it.
    """
    current = open_store(setting).current()
    named = tuple(dict.fromkeys(package for word in words for package in choose(current, word)))
    gone, broken = without(current.packages, named)
    refuse_broken(broken, ())
    return Going(named, gone[len(named) :])


def uninstall(going: Going, setting: Setting) -> Generation | None:
    """Take away what was planned.

    Raises:
        Needed: Something that was installed meanwhile needs it; nothing is changed.
    """
    gone = frozenset(package.entry for package in (*going.named, *going.useless))
    return apply(open_store(setting), Change("uninstall", gone=gone), setting.report)


def plan_rollback(number: int | None, setting: Setting) -> tuple[Generation, str]:
    """Say where a rollback leads, and what it changes.

    Raises:
        GuildError: There is no such generation.
    """
    store = open_store(setting)
    target = earlier(store, number)
    return target, difference(store.packages_now(), target.packages)


def rollback(number: int | None, setting: Setting) -> Generation | None:
    """Go back to a generation; None for the one before.

    Raises:
        GuildError: There is no such generation, or its files are gone.
    """
    return roll_back(open_store(setting), number, setting.report)


def plan_gc(keep: int, setting: Setting) -> tuple[Garbage, tuple[Path, ...], int]:
    """Say what can go, environments and bytes of old downloads apart; what a run that goes on may use stays.

    Raises:
        GuildError: What is installed cannot be read.
    """
    store = open_store(setting)
    stay = staying(store.history(), store.number(), keep=keep, since=_oldest_running(setting))
    downloads = sweep(setting.home, before=setting.now() - UNUSED, dry_run=True)
    return find_garbage(store, stay, setting.report), idle(store, stay, setting.report), downloads


def gc(keep: int, setting: Setting) -> None:
    """Remove what can go; see `plan_gc`."""
    store = open_store(setting)
    with store.changing(setting.report):
        # a run that has begun since the plan, or another generation, counts as well
        stay = staying(store.history(), store.number(), keep=keep, since=_oldest_running(setting))
        collect(store, stay, setting.report)
        for folder in idle(store, stay):
            drop(folder)
    sweep(setting.home, before=setting.now() - UNUSED)


def _oldest_running(setting: Setting) -> int | None:
    """Give the start of the oldest run that goes on, or operation in a run, nanoseconds since the epoch."""
    runs = Runs(setting.home, lambda: int(setting.now() * 1e9))
    going = [run.created for run in runs.summaries() if not run.status.over]
    for run in runs.all():
        inside = runs.inside(run)  # not by its summaries: they would be remembered in the folder of the run
        for one in inside.all():
            with contextlib.suppress(GuildError, OSError):  # a damaged one is not running
                if not inside.status(one).over:
                    going.append(one.record().created)
    return min(going, default=None)
